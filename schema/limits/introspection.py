"""How long the lists of introspection are in a schema, so that it can have a limit of its own."""

from collections.abc import Sized
from functools import lru_cache

from graphql import GraphQLInputObjectType, GraphQLNamedType, GraphQLSchema

# What of a type, a field or a directive is a list in introspection.
LISTS = frozenset(
    {"args", "directives", "enumValues", "fields", "inputFields", "interfaces", "possibleTypes"}
    | {"types", "locations"}
)


def list_length(schema: GraphQLSchema, field: str, *, is_of_all: bool) -> float:
    """Returns how long the list `field` is: on average over all types, or at most for a chosen one.

    What is no list counts as one item.
    """
    if field not in LISTS:
        return 1.0
    average, longest = _lengths(schema)[field]
    return average if is_of_all else longest


@lru_cache(maxsize=1)
def _lengths(schema: GraphQLSchema) -> dict[str, tuple[float, float]]:
    types = list(schema.type_map.values())
    inputs = [type_ for type_ in types if isinstance(type_, GraphQLInputObjectType)]
    outputs = [type_ for type_ in types if not isinstance(type_, GraphQLInputObjectType)]
    fields = [field for type_ in outputs for field in getattr(type_, "fields", {}).values()]
    of_types = {
        "fields": [_length(type_, "fields") for type_ in outputs],
        "inputFields": [_length(type_, "fields") for type_ in inputs],
        "enumValues": [_length(type_, "values") for type_ in types],
        "interfaces": [_length(type_, "interfaces") for type_ in types],
        "possibleTypes": [_length(type_, "types") for type_ in types],
    }
    counts = {name: (sum(each) / len(types), max(each)) for name, each in of_types.items()}
    arguments = [len(each.args) for each in (*fields, *schema.directives)]
    return {
        **counts,
        "args": (sum(arguments) / len(arguments), max(arguments)),
        "types": (len(types), len(types)),
        "directives": (len(schema.directives), len(schema.directives)),
        "locations": (1, 1),
    }


def _length(type_: GraphQLNamedType, part: str) -> int:
    found = getattr(type_, part, ())
    return len(found) if isinstance(found, Sized) else 0
