"""Two roads to one answer: the resolvers, or the whole tree beneath a root field in one statement.

The second is taken where all that is asked for is in the mapping, and surely the caller's to see.
Where anything is in doubt the resolvers answer, so that they alone decide what an error is.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from domain.errors import InvalidInput
from resolvers.context import Context
from schema.memory import Memory
from schema.permissions import Info
from schema.plans import Asking, Plan, Question, plan
from schema.starts import Arguments, Start, StartOf

UNANSWERED = object()
"""Stands for an answer that only the resolver can give."""


class WholeTree(FieldExtension):
    """Answers a root field with one statement, where that is possible.

    It stands before the guards in the field's list of extensions, and so runs after them.
    """

    def __init__(self, start_of: StartOf) -> None:
        self._start_of = start_of

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Returns the JSON of the answer, or what the resolver returns."""
        value = await self.read(Asking.of(info._raw_info), info.context, arguments)
        if value is not UNANSWERED:
            return value
        info.context.roads.add("a")
        return await next_(source, info, **arguments)

    async def read(
        self, asking: Asking, context: Context, arguments: Arguments, *, is_all: bool = False
    ) -> Any:
        """Returns the JSON of the answer, None where that is null, or `UNANSWERED`.

        `is_all` says that the request asks for nothing else, and so holds no connection: only then
        may it wait for what is asked together with others.
        """
        try:
            start = self._start_of(context.actor, **arguments)
            question = None if start is None else _question(start, asking, context)
        except (InvalidInput, GraphQLError):
            return UNANSWERED
        if start is None or question is None:
            return UNANSWERED
        asked = context.single_flight if is_all and start.is_public else context.reader
        text = await asked.text(question.sql, question.parameters)
        if text is None and start.is_resolved_if_missing:
            return UNANSWERED
        context.roads.add("b")
        return None if text is None else orjson.Fragment(text)


def _question(start: Start, asking: Asking, context: Context) -> Question | None:
    root = start.root
    planned = _plans.of(
        asking,
        context,
        root.type_names,
        lambda: plan(asking, root, context.trees.mapping, context.actor),
    )
    if planned is None:
        return None
    return planned.question(context, root, start.arguments, asking.variables)


_plans: Memory[Plan] = Memory()
