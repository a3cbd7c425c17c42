"""Two roads to one answer: the resolvers, or the whole tree beneath a root field in one statement.

The second is taken where all that is asked for is in the mapping, and surely the caller's to see.
Where anything is in doubt the resolvers answer, so that they alone decide what an error is.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from db.trees import VIEWER, Root, Statement, Trees
from domain.actor import Actor
from domain.errors import InvalidInput
from resolvers.context import Context
from schema.limits import selections_of
from schema.permissions import Info
from schema.plans import Asking, NotPlannable, Plan, directive_variables, plan
from schema.starts import Arguments, StartOf

PLANS_MAX = 256
# What longer documents ask for is not remembered, and so not worth compiling.
DOCUMENT_LENGTH_MAX = 10_000
# A statement takes a third of a millisecond to compile for each.
SELECTIONS_MAX = 150
UNANSWERED = object()
"""Stands for an answer that only the resolver can give."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A statement with the arguments of its places."""

    statement: Statement
    arguments: list[Arguments]
    is_made_on_sight: bool
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
        except (InvalidInput, GraphQLError, NotPlannable):
            return UNANSWERED
        if question is None:
            return UNANSWERED
        statement = question.statement
        asked = context.single_flight if is_all and question.is_public else context.reader
        text = await asked.text(statement.sql, statement.parameters(question.arguments))
        if text is None and question.is_made_on_sight:
            return UNANSWERED
        context.roads.add("b")
        return None if text is None else orjson.Fragment(text)

    def _question(self, asking: Asking, context: Context, arguments: Arguments) -> _Question | None:
        start = self._start_of(context.actor, **arguments)
        if start is None:
            return None
        planned = _plans.of(asking, start.root, context.trees, context.actor)
        if planned is None:
            return None
        viewer = context.actor.viewer
        shown = {} if viewer is None else {VIEWER: viewer}
        places = [start.arguments | shown, *planned.arguments(asking.variables)]
        shape = tuple(map(tuple, places))
        statement = context.trees.statement(start.root, planned.selections, shape)
        return _Question(statement, places, start.is_made_on_sight, start.is_public)


class _Plans:
    """The plans of what was lately asked for, by what they depend on."""

    def __init__(self) -> None:
        self._sizes: OrderedDict[tuple[Any, ...], int] = OrderedDict()
        self._variables: OrderedDict[tuple[Any, ...], tuple[str, ...]] = OrderedDict()
        self._plans: OrderedDict[tuple[Any, ...], Plan | None] = OrderedDict()

    def of(self, asking: Asking, root: Root, trees: Trees, actor: Actor) -> Plan | None:
        """Returns the plan of what is asked of a root field, or None if it has to be resolved.

        Raises:
            InvalidInput: an argument is out of its range.
            GraphQLError: an argument is of a wrong type.
        """
        location = asking.nodes[0].loc
        if location is None or len(location.source.body) > DOCUMENT_LENGTH_MAX:
            return None
        operation = (location.source.body, asking.operation.loc)
        size: int = _remembered(
            self._sizes,
            operation,
            PLANS_MAX,
            lambda: selections_of(asking.operation, asking.fragments),
        )
        if size > SELECTIONS_MAX:
            return None
        starts = tuple(node.loc.start for node in asking.nodes if node.loc)
        field = (location.source.body, starts)
        names: tuple[str, ...] = _remembered(
            self._variables, field, PLANS_MAX, lambda: directive_variables(asking)
        )
        values = tuple(asking.variables.get(name) for name in names)
        key = (field, values, root.type_names, actor.is_admin, trees)
        planned: Plan | None = _remembered(
            self._plans, key, PLANS_MAX, lambda: _plan(asking, root, trees, actor)
        )
        return planned


def _plan(asking: Asking, root: Root, trees: Trees, actor: Actor) -> Plan | None:
    try:
        return plan(asking, root, trees.mapping, actor)
    except NotPlannable:
        return None


def _remembered(memory: OrderedDict[Any, Any], key: Any, most: int, make: Callable[[], Any]) -> Any:
    if key in memory:
        memory.move_to_end(key)
    else:
        memory[key] = make()
        if len(memory) > most:
            memory.popitem(last=False)
    return memory[key]


_plans = _Plans()
