"""Compiled reads: one statement answers everything that is selected of a root field.

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
from schema.compiled.plan_cache import Memory
from schema.compiled.planner import BoundStatement, FieldSelection, Plan, plan
from schema.compiled.root_fields import Arguments, BindRootField, RootFieldBinding
from schema.permissions import Info

UNANSWERED = object()
"""Stands for an answer that only the resolver can give."""


class CompiledRead(FieldExtension):
    """Answers a root field with one statement, where that is possible.

    It stands before the guards in the field's list of extensions, and so runs after them.
    """

    def __init__(self, bind: BindRootField) -> None:
        self._bind = bind

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Returns the JSON of the answer, or what the resolver returns."""
        value = await self.read(FieldSelection.of(info._raw_info), info.context, arguments)
        if value is not UNANSWERED:
            return value
        info.context.executions.add("a")
        return await next_(source, info, **arguments)

    async def read(
        self,
        asking: FieldSelection,
        context: Context,
        arguments: Arguments,
        *,
        is_all: bool = False,
    ) -> Any:
        """Returns the JSON of the answer, None where that is null, or `UNANSWERED`.

        `is_all` says that the request asks for nothing else, and so holds no connection: only then
        may it wait for what is asked together with others.
        """
        try:
            start = self._bind(context.actor, **arguments)
            question = None if start is None else _question(start, asking, context)
        except (InvalidInput, GraphQLError):
            return UNANSWERED
        if start is None or question is None:
            return UNANSWERED
        asked = context.single_flight if is_all and start.is_public else context.reader
        text = await asked.text(question.sql, question.parameters)
        if text is None and start.is_resolved_if_missing:
            return UNANSWERED
        context.executions.add("b")
        return None if text is None else orjson.Fragment(text)


def _question(
    start: RootFieldBinding, asking: FieldSelection, context: Context
) -> BoundStatement | None:
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
