"""The arguments of a field, from what a document gives to what the resolver takes.

Strawberry finds out at every call what its arguments are made of. Here that is known from the
document on, and what has no variables in it is read once.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, get_nullable_type, is_leaf_type
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext, convert_arguments
from strawberry.types.base import StrawberryMaybe

from schema import schema
from schema.compiled.planner import varies
from schema.compiled.root_fields import Arguments
from schema.permissions import definition_of

_SCALARS = schema.schema_converter.scalar_registry
_INPUTS = InputContext(None, schema.config, _SCALARS, path=())

ArgumentsOf: TypeAlias = Callable[[dict[str, Any]], Arguments]
"""From the values of an operation's variables, or of arguments, to what the resolver takes.

It raises whatever is raised where one of them is not of its type.
"""


def arguments_of(field: GraphQLField, node: FieldNode) -> ArgumentsOf:
    """Returns what reads the arguments that a valid document gives to a field."""
    converted = _conversion(field)

    def read(variables: dict[str, Any]) -> Arguments:
        return converted(get_argument_values(field, node, VariableValues({}, variables)))

    if varies(node):
        return read
    constant = cache(lambda: read({}))
    return lambda _variables: constant()


def _conversion(field: GraphQLField) -> ArgumentsOf:
    arguments = definition_of(field).arguments
    names = {
        schema.config.name_converter.from_argument(each): each.python_name for each in arguments
    }
    if all(is_leaf_type(get_nullable_type(each.type)) for each in field.args.values()) and not any(
        isinstance(each.type, StrawberryMaybe) for each in arguments
    ):
        return lambda values: {names[name]: value for name, value in values.items()}
    if len(arguments) == 1 and (taken := get_object_definition(arguments[0].type)):
        name, make = arguments[0].python_name, taken.from_input
        if make is not None:
            return lambda values: {name: make(taken.origin, values[name], _INPUTS)}
    return lambda values: convert_arguments(values, arguments, _SCALARS, schema.config)
