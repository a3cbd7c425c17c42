"""The payloads of mutations: what a use case has returned is written as it is, without resolvers.

graphql-core visits every field of every object, which takes longer than the change itself. Where
something is asked for that has to be read first, or that is guarded, the resolvers answer.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import orjson
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_nullable_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.extensions import FieldExtension

from db.trees import TYPENAME
from resolvers.context import Context, NotHeld
from schema.member import AT_HAND
from schema.permissions import Info, definition_of
from schema.plans import Asking, NotPlannable, directive_variables

WRITERS_MAX = 256
# What longer documents ask for is not remembered.
DOCUMENT_LENGTH_MAX = 10_000

Write: TypeAlias = Callable[[Any, Context], Any]
"""Returns what is served of an object. Raises `NotHeld`."""


class Payload(FieldExtension):
    """Writes the payload of a mutation, where all that is asked for is at hand.

    It stands before the guards in the field's list of extensions, and so runs after them.
    """

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **arguments: Any
    ) -> Any:
        """Returns the JSON of the payload, or the payload for the resolvers of its fields."""
        payload = await next_(source, info, **arguments)
        write = _writers.of(Asking.of(info._raw_info), payload)
        if write is None:
            return payload
        try:
            return orjson.Fragment(orjson.dumps(write(payload, info.context)))
        except NotHeld:
            return payload


class _Writers:
    """How to write what was lately asked for, by the document and the field's place in it."""

    def __init__(self) -> None:
        self._writers: OrderedDict[tuple[Any, ...], Write | None] = OrderedDict()

    def of(self, asking: Asking, payload: Any) -> Write | None:
        """Returns what writes the payload, or None if its fields have to be resolved."""
        location = asking.nodes[0].loc
        if location is None or len(location.source.body) > DOCUMENT_LENGTH_MAX:
            return None
        starts = tuple(node.loc.start for node in asking.nodes if node.loc)
        key = (location.source.body, starts, type(payload))
        if key in self._writers:
            self._writers.move_to_end(key)
        else:
            self._writers[key] = _writer(asking, payload)
            if len(self._writers) > WRITERS_MAX:
                self._writers.popitem(last=False)
        return self._writers[key]


def _writer(asking: Asking, payload: Any) -> Write | None:
    if directive_variables(asking):
        return None
    type_ = asking.schema.get_type(payload.__strawberry_definition__.name)
    assert isinstance(type_, GraphQLObjectType), "a payload is an object"
    try:
        return _object(asking, type_, [FieldDetails(node, None, None) for node in asking.nodes])
    except NotPlannable:
        return None


def _object(asking: Asking, type_: GraphQLObjectType, details: FieldDetailsList) -> Write:
    fragments = {name: FragmentDetails(fragment) for name, fragment in asking.fragments.items()}
    variables = VariableValues({}, {})
    collected = collect_subfields(
        asking.schema, fragments, variables, asking.operation, type_, details
    )
    parts = tuple(
        (key, _field(asking, type_, nodes)) for key, nodes in collected.grouped_field_set.items()
    )

    def write(value: Any, context: Context) -> Any:
        return None if value is None else {key: part(value, context) for key, part in parts}

    return write


def _field(asking: Asking, type_: GraphQLObjectType, details: FieldDetailsList) -> Write:
    name = details[0].node.name.value
    if name == TYPENAME:
        return lambda _value, _context: type_.name
    field = type_.fields[name]
    read = _reading(type_, name, field)
    served = get_nullable_type(field.type)
    if is_object_type(served):
        beneath = _object(asking, served, details)
        return lambda value, context: beneath(read(value, context), context)
    if not is_leaf_type(served):
        raise NotPlannable(f"{type_.name}.{name} is neither a value nor an object of one type")
    serialize = served.serialize

    def write(value: Any, context: Context) -> Any:
        leaf = read(value, context)
        return None if leaf is None else serialize(leaf)

    return write


def _reading(type_: GraphQLObjectType, name: str, field: GraphQLField) -> Write:
    if (at_hand := AT_HAND.get((type_.name, name))) is not None:
        return at_hand
    declared = definition_of(field)
    if not declared.is_basic_field:
        raise NotPlannable(f"{type_.name}.{name} has a resolver or a guard")
    attribute = declared.python_name
    return lambda value, _context: getattr(value, attribute)


_writers = _Writers()
