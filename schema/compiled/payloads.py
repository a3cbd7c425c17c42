"""The payloads of mutations, serialized from the objects that a use case returns.

graphql-core visits every field of every object, which takes longer than the change itself. A field
that is not preloaded, such as a list, is deferred: one statement reads all of these after the
commit. What is selected is planned before the mutation is performed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import orjson
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList

from db.json_queries import TYPENAME, FieldsRoot, Selection
from db.json_queries.roots import ObjectRoot, argument_of
from resolvers import members
from resolvers.context import Context, NotPreloaded
from schema.compiled.planner import FieldSelection, NotPlannable, Plan, Planner
from schema.compiled.root_fields import Arguments
from schema.permissions import definition_of, is_always_allowed
from schema.types.member import Member
from schema.types.nodes import object_named
from schema.types.tier import Tier, TierProgress


@dataclass(slots=True)
class _DeferredField:
    """A field that is not preloaded: which one, of which object, and its JSON once it is read."""

    number: int
    root: ObjectRoot
    key: Arguments
    json: str | None = None


@dataclass(frozen=True, slots=True)
class _Serialization:
    """A payload that is being serialized, and the fields that are still to be read for it."""

    context: Context
    deferred: list[_DeferredField] = field(default_factory=list)


Serializer: TypeAlias = Callable[[Any, _Serialization], Any]
"""Returns what is served of an object."""


@dataclass(frozen=True, slots=True)
class PayloadPlans:
    """How to serialize each member of a result union, by name, and their deferred fields."""

    serializers: Mapping[str, Serializer]
    plan: Plan

    def bind(self, variables: dict[str, Any]) -> "PayloadPlan":
        """Returns the plan with the arguments of its lists.

        Raises:
            InvalidInput: an argument is out of its range.
            GraphQLError: an argument is of a wrong type.
        """
        return PayloadPlan(self, self.plan.list_arguments(variables))


@dataclass(frozen=True, slots=True)
class PayloadPlan:
    """How to serialize the payload of one request."""

    plans: PayloadPlans
    lists: list[Arguments]

    async def serialize(self, payload: Any, context: Context) -> orjson.Fragment:
        """Returns the JSON of a payload, once all deferred fields are read."""
        serialization = _Serialization(context)
        serializer = self.plans.serializers[payload.__strawberry_definition__.name]
        served = serializer(payload, serialization)
        if serialization.deferred:
            await self._read(serialization)
            context.is_compiled = True
        return orjson.Fragment(
            orjson.dumps(served, default=_json_of, option=orjson.OPT_PASSTHROUGH_DATACLASS)
        )

    async def _read(self, serialization: _Serialization) -> None:
        context, deferred = serialization.context, serialization.deferred
        keys = {
            argument_of(number, column): part
            for number, each in enumerate(deferred)
            for column, part in each.key.items()
        }
        root = FieldsRoot(tuple(each.root for each in deferred))
        selections = tuple(self.plans.plan.selections[each.number] for each in deferred)
        selected = replace(self.plans.plan, selections=selections)
        bound = selected.bound(context, root, keys, self.lists)
        texts = await context.reader.texts(bound.sql, bound.parameters)
        for each, text in zip(deferred, texts, strict=True):
            each.json = text


def _json_of(deferred: _DeferredField) -> orjson.Fragment:
    assert deferred.json is not None, "the object of a payload is in the database"
    return orjson.Fragment(deferred.json)


def payload_plans(selection: FieldSelection, context: Context) -> PayloadPlans:
    """Returns how to serialize the payloads of a mutation. Raises what `plan` does."""
    if not context.json_queries.mapping:
        raise NotPlannable("no type is in the mapping")
    returned = get_named_type(selection.return_type)
    types = (
        selection.schema.get_possible_types(returned) if is_abstract_type(returned) else [returned]
    )
    serializers = _Serializers(selection, context)
    by_name = {
        type_.name: serializers.object(type_, selection.details)
        for type_ in types
        if isinstance(type_, GraphQLObjectType)
    }
    return PayloadPlans(by_name, serializers.plan())


class _Serializers:
    """Makes the serializers of the objects of one payload."""

    def __init__(self, selection: FieldSelection, context: Context) -> None:
        self._actor = context.actor
        self._planner = Planner(selection, context.json_queries.mapping, context.actor)
        self._selections: list[Selection] = []

    def plan(self) -> Plan:
        """Returns what is selected of each deferred field."""
        return self._planner.plan(tuple(self._selections))

    def object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Serializer:
        """Returns the serializer of an object; null stays null."""
        parts = tuple(
            (key, self._field(type_, key, nodes))
            for key, nodes in self._planner.fields(type_, details).items()
        )

        def serialize(value: Any, serialization: _Serialization) -> Any:
            if value is None:
                return None
            return {key: part(value, serialization) for key, part in parts}

        return serialize

    def _field(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList) -> Serializer:
        name = details[0].node.name.value
        if name == TYPENAME:
            return lambda _value, _serialization: type_.name
        declared = type_.fields[name]
        preloaded = _preloaded(type_, name, declared)
        if preloaded is None or not is_always_allowed(declared, self._actor):
            return self._deferred(type_, key, details)
        serializer = self._known(type_, details, declared, preloaded)
        if (type_.name, name) not in _PRELOADED:
            return serializer
        deferred = self._deferred(type_, key, details)

        def serialize(value: Any, serialization: _Serialization) -> Any:
            try:
                return serializer(value, serialization)
            except NotPreloaded:
                return deferred(value, serialization)

        return serialize

    def _known(
        self,
        type_: GraphQLObjectType,
        details: FieldDetailsList,
        declared: GraphQLField,
        preloaded: Callable[[Any, Context], Any],
    ) -> Serializer:
        served = get_nullable_type(declared.type)
        if is_object_type(served):
            beneath = self.object(served, details)
            return lambda value, serialization: beneath(
                preloaded(value, serialization.context), serialization
            )
        if not is_leaf_type(served):
            raise NotPlannable(f"a field of {type_.name} is neither a value nor an object")
        serialize_leaf = served.serialize

        def serialize(value: Any, serialization: _Serialization) -> Any:
            leaf = preloaded(value, serialization.context)
            return None if leaf is None else serialize_leaf(leaf)

        return serialize

    def _deferred(
        self, type_: GraphQLObjectType, key: str, details: FieldDetailsList
    ) -> Serializer:
        if "id" not in type_.fields:
            raise NotPlannable(f"a {type_.name} cannot be found again")
        number = len(self._selections)
        self._selections.append(Selection(type_.name, (self._planner.asked(type_, key, details),)))

        def serialize(value: Any, serialization: _Serialization) -> _DeferredField:
            found = object_named("id", value.id)
            deferred = _DeferredField(number, found.root, found.key)
            serialization.deferred.append(deferred)
            return deferred

        return serialize


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
"""The fields with a resolver, by type and name, whose value is known after a change.

The two of a member raise NotPreloaded if the tiers are not known; then they are deferred.
"""
