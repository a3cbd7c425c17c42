"""The executor: Strawberry's, with a short way to the scalars that an object has."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_nullable_type, is_leaf_type
from strawberry.schema.name_converter import NameConverter
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, which serves the scalar attributes of an object without a resolver.

    Most fields are such attributes; this halves the time of a large answer.
    """

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Any,
        position_context: Any,
    ) -> Any:
        """Returns the value of a field as it is served."""
        plain = _plain_field(self.schema, parent_type, field_details_list[0].node.name.value)
        if plain is not None and (value := getattr(source, plain.attribute)) is not None:
            try:
                return plain.serve(value)
            except Exception:  # noqa: BLE001, S110 - the base class reports the error
                pass
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


class Names(NameConverter):
    """Strawberry's, which would make the same few names anew for every argument of every call."""

    apply_naming_config = lru_cache(maxsize=None)(NameConverter.apply_naming_config)


@dataclass(frozen=True, slots=True)
class _PlainField:
    """A scalar field without a resolver: where it is, and how it is served."""

    attribute: str
    serve: Callable[[Any], Any]


# One schema has so many fields, and documents are validated before they are executed.
_plain_fields: dict[tuple[GraphQLSchema, str, str], _PlainField | None] = {}


def _plain_field(
    schema: GraphQLSchema, parent_type: GraphQLObjectType, name: str
) -> _PlainField | None:
    key = (schema, parent_type.name, name)
    if key not in _plain_fields:
        _plain_fields[key] = _found(schema, parent_type, name)
    return _plain_fields[key]


def _found(schema: GraphQLSchema, parent_type: GraphQLObjectType, name: str) -> _PlainField | None:
    field = schema.get_field(parent_type, name)
    if field is None or not is_leaf_type(type_ := get_nullable_type(field.type)):
        return None
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    return _PlainField(
        definition.python_name, lambda value: Execution.complete_leaf_value(type_, value)
    )
