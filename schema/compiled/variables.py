"""The values of an operation's variables, read by types that are looked up once.

graphql-core looks them up for every value of every request, to tell what is wrong with it. Here a
value is only taken or refused: what is refused, graphql-core is asked to read again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    is_input_object_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.utilities.coerce_input_value import coerce_default_value

_Read: TypeAlias = Callable[[Any], Any]


class NotOfItsType(ValueError):
    """What was given is not what was declared."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A variable, or a field of an input: its name, and how it is read; or what it is otherwise."""

    name: str
    read: _Read
    default: Any  # Undefined where there is none
    is_required: bool

    def into(self, values: dict[str, Any], given: Mapping[str, Any]) -> None:
        """Adds the value to `values`, if there is one."""
        if self.name in given:
            values[self.name] = self.read(given[self.name])
        elif self.is_required:
            raise NotOfItsType
        elif self.default is not Undefined:
            values[self.name] = self.default


class Variables:
    """The variables that a valid operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        signatures = (
            cast(GraphQLVariableSignature, get_variable_signature(schema, node))
            for node in operation.variable_definitions or ()
        )
        self._declared = tuple(_value(each.name, each) for each in signatures)

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the values by name, without those that were left out and have no default.

        Raises:
            Exception: a value is not of its type, whatever the type raises for that.
        """
        values: dict[str, Any] = {}
        for each in self._declared:
            each.into(values, given)
        return values


def _value(name: str, declared: Any) -> _Value:
    default = coerce_default_value(declared)
    is_required = is_non_null_type(declared.type) and default is Undefined
    return _Value(name, _reader(declared.type), default, is_required)


def _reader(type_: GraphQLInputType) -> _Read:
    if is_non_null_type(type_):
        return _required(_reader_of_present(type_.of_type))
    return _optional(_reader_of_present(type_))


def _required(read: _Read) -> _Read:
    def present(value: Any) -> Any:
        if value is None:
            raise NotOfItsType
        return read(value)

    return present


def _optional(read: _Read) -> _Read:
    return lambda value: None if value is None else read(value)


def _reader_of_present(type_: GraphQLInputType) -> _Read:
    if is_leaf_type(type_):
        return _taken(type_.coerce_input_value)
    if is_input_object_type(type_) and not type_.is_one_of:
        return _object(type_)
    return _taken(lambda value: coerce_input_value(value, type_))


def _taken(read: _Read) -> _Read:
    def taken(value: Any) -> Any:
        if (found := read(value)) is Undefined:
            raise NotOfItsType
        return found

    return taken


def _object(type_: GraphQLInputObjectType) -> _Read:
    fields = tuple(_value(name, field) for name, field in type_.fields.items())
    names = type_.fields.keys()

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not names >= value.keys():
            raise NotOfItsType
        values: dict[str, Any] = {}
        for each in fields:
            each.into(values, value)
        return values

    return read
