"""Two roads to one answer: the resolvers, or the whole tree beneath a root field in one statement.

The second is taken where all that is asked for is in the mapping, and surely the caller's to see.
Where anything is in doubt the resolvers answer, so that they alone decide what an error is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from db.trees import VIEWER, Statement
from domain.errors import InvalidInput
from resolvers.context import Context
from schema.memory import Memory
from schema.permissions import Info
from schema.plans import Asking, Plan, plan
from schema.starts import Arguments, StartOf

UNANSWERED = object()
"""Stands for an answer that only the resolver can give."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A statement with the arguments of its places."""

    statement: Statement
    arguments: list[Arguments]
    is_resolved_if_missing: bool
    is_public: bool


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
            question = self._question(asking, context, arguments)
        except (InvalidInput, GraphQLError):
            return UNANSWERED
        if question is None:
            return UNANSWERED
        statement = question.statement
        asked = context.single_flight if is_all and question.is_public else context.reader
        text = await asked.text(statement.sql, statement.parameters(question.arguments))
        if text is None and question.is_resolved_if_missing:
            return UNANSWERED
        context.roads.add("b")
        return None if text is None else orjson.Fragment(text)

    def _question(self, asking: Asking, context: Context, arguments: Arguments) -> _Question | None:
        start = self._start_of(context.actor, **arguments)
        if start is None:
            return None
        root, trees, actor = start.root, context.trees, context.actor
        planned = _plans.of(
            asking,
            (root.type_names, actor.is_admin, trees),
            lambda: plan(asking, root, trees.mapping, actor),
        )
        if planned is None:
            return None
        shown = {} if actor.viewer is None else {VIEWER: actor.viewer}
        places = [start.arguments | shown, *planned.arguments(asking.variables)]
        statement = trees.statement(root, planned.selections, tuple(map(tuple, places)))
        return _Question(statement, places, start.is_resolved_if_missing, start.is_public)


_plans: Memory[Plan] = Memory()
