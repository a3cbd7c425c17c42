"""The payloads of mutations: what a use case has returned is written as it is, without resolvers.

graphql-core visits every field of every object, which takes longer than the change itself. What is
not at hand, such as a list, is read after the commit: all of it in one statement.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import orjson
from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    get_nullable_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.extensions import FieldExtension

from db.json_queries import TYPENAME, FieldsRoot, Selection
from db.json_queries.roots import ObjectRoot, argument_of
from domain.errors import InvalidInput
from resolvers import members
from resolvers.context import Context, NotPreloaded
from schema.compiled.plan_cache import Memory
from schema.compiled.planner import FieldSelection, NotPlannable, Plan, Planner
from schema.compiled.root_fields import Arguments, object_named
from schema.permissions import Info, definition_of, is_always_allowed
from schema.types.member import Member
from schema.types.tier import Tier, TierProgress


class Payload(FieldExtension):
    """Writes the payload of a mutation, if all that is asked for is at hand or can be read whole.

    It stands before the guards in the field's list of extensions, and so runs after them.
    """

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Returns the JSON of the payload, or the payload for the resolvers of its fields."""
        if isinstance(source, CompletedMutation):
            return source.outcome()
        payload = await next_(source, info, **arguments)
        written = await self.written(payload, FieldSelection.of(info._raw_info), info.context)
        return payload if written is None else written

    async def written(
        self, payload: Any, asking: FieldSelection, context: Context
    ) -> orjson.Fragment | None:
        """Returns the JSON of a payload, or None if the resolvers of its fields have to find it."""
        try:
            served = await _served(payload, asking, context)
        except (InvalidInput, GraphQLError, NotPreloaded):
            served = None
        if served is None:
            context.executions.add("a")
        return served


@dataclass(frozen=True, slots=True)
class CompletedMutation:
    """The root value of an operation whose only field, a change, was made before: what came of it.

    The executor resolves the rest of it, or tells its error.
    """

    payload: Any = None
    error: Exception | None = None

    def outcome(self) -> Any:
        """Returns the payload, or raises the error."""
        if self.error is not None:
            raise self.error
        return self.payload


@dataclass(slots=True)
class _DeferredField:
    """A field that is not at hand: which one, of which object, and its JSON once it is read."""

    number: int
    root: ObjectRoot
    key: Arguments
    json: str | None = None


@dataclass(frozen=True, slots=True)
class _Writing:
    """A payload that is being written, and what is still to be read for it."""

    context: Context
    unread: list[_DeferredField] = field(default_factory=list)


Write: TypeAlias = Callable[[Any, _Writing], Any]
"""Returns what is served of an object. Raises `NotPreloaded`."""


@dataclass(frozen=True, slots=True)
class _SerializationPlan:
    """How to write a payload, and what is selected of each field that is not at hand."""

    write: Write
    plan: Plan


async def _served(payload: Any, asking: FieldSelection, context: Context) -> orjson.Fragment | None:
    recipe = _plans.of(
        asking, context, type(payload), lambda: _serialization_plan(asking, payload, context)
    )
    if recipe is None:
        return None
    writing = _Writing(context)
    written = recipe.write(payload, writing)
    if writing.unread:
        await _read(writing, recipe.plan, asking)
        if any(each.json is None for each in writing.unread):
            return None
        context.executions.add("b")
    return orjson.Fragment(
        orjson.dumps(written, default=_json_of, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    )


async def _read(writing: _Writing, plan: Plan, asking: FieldSelection) -> None:
    context, unread = writing.context, writing.unread
    keys = {
        argument_of(number, column): part
        for number, each in enumerate(unread)
        for column, part in each.key.items()
    }
    root = FieldsRoot(tuple(each.root for each in unread))
    asked = replace(plan, selections=tuple(plan.selections[each.number] for each in unread))
    question = asked.question(context, root, keys, asking.variables)
    texts = await context.reader.texts(question.sql, question.parameters)
    for each, text in zip(unread, texts, strict=True):
        each.json = text


def _json_of(unread: _DeferredField) -> orjson.Fragment:
    assert unread.json is not None, "it is read before it is written"
    return orjson.Fragment(unread.json)


def _serialization_plan(
    asking: FieldSelection, payload: Any, context: Context
) -> _SerializationPlan:
    """Returns how to write the payload. Raises what `Planner` does."""
    if not context.trees.mapping:
        raise NotPlannable("no type is in the mapping")
    type_ = asking.schema.get_type(payload.__strawberry_definition__.name)
    assert isinstance(type_, GraphQLObjectType), "a payload is an object"
    writers = _Writers(asking, context)
    return _SerializationPlan(writers.object(type_, asking.details), writers.plan())


class _Writers:
    """Makes what writes the objects of one payload."""

    def __init__(self, asking: FieldSelection, context: Context) -> None:
        self._actor = context.actor
        self._planner = Planner(asking, context.trees.mapping, context.actor)
        self._selections: list[Selection] = []

    def plan(self) -> Plan:
        """Returns what is selected of each field that has to be read."""
        return self._planner.plan(tuple(self._selections))

    def object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Write:
        """Returns what writes an object; null stays null."""
        parts = tuple(
            (key, self._field(type_, key, nodes))
            for key, nodes in self._planner.fields(type_, details).items()
        )

        def write(value: Any, writing: _Writing) -> Any:
            return None if value is None else {key: part(value, writing) for key, part in parts}

        return write

    def _field(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList) -> Write:
        name = details[0].node.name.value
        if name == TYPENAME:
            return lambda _value, _writing: type_.name
        declared = type_.fields[name]
        preloaded = _preloaded(type_, name, declared)
        if preloaded is None or not is_always_allowed(declared, self._actor):
            return self._unread(type_, key, details)
        served = get_nullable_type(declared.type)
        if is_object_type(served):
            beneath = self.object(served, details)
            return lambda value, writing: beneath(preloaded(value, writing.context), writing)
        if not is_leaf_type(served):
            raise NotPlannable(f"{type_.name}.{name} is neither a value nor an object of one type")
        serialize = served.serialize

        def write(value: Any, writing: _Writing) -> Any:
            leaf = preloaded(value, writing.context)
            return None if leaf is None else serialize(leaf)

        return write

    def _unread(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList) -> Write:
        if "id" not in type_.fields:
            raise NotPlannable(f"a {type_.name} cannot be found again")
        number = len(self._selections)
        self._selections.append(Selection(type_.name, (self._planner.asked(type_, key, details),)))

        def write(value: Any, writing: _Writing) -> _DeferredField:
            found = object_named("id", value.id)
            unread = _DeferredField(number, found.root, found.key)
            writing.unread.append(unread)
            return unread

        return write


def _preloaded(
    type_: GraphQLObjectType, name: str, declared: GraphQLField
) -> Callable[[Any, Context], Any] | None:
    """Returns what finds a field's value in its object, or None if it has to be read."""
    definition = definition_of(declared)
    if not definition.is_basic_field:
        return _PRELOADED.get((type_.name, name))
    attribute = definition.python_name
    return lambda value, _context: getattr(value, attribute)


def _preloaded_tier(member: Member, context: Context) -> Tier | None:
    tier = members.preloaded_tier_of(context, member.tier_id)
    return Tier.of(tier) if tier else None


def _preloaded_progress(member: Member, context: Context) -> TierProgress:
    return TierProgress.of(members.preloaded_progress_of(context, member.lifetime_points))


_PRELOADED: Mapping[tuple[str, str], Callable[[Any, Context], Any]] = {
    ("Member", "tier"): _preloaded_tier,
    ("Member", "progress"): _preloaded_progress,
    ("LedgerEntry", "actorId"): lambda entry, _context: entry.written_by,
}
"""The fields with a resolver, by type and name, that need not be read after a change.

Those of the ladder raise `NotPreloaded` where they have to be all the same.
"""

_plans: Memory[_SerializationPlan] = Memory()
