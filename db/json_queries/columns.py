"""The fields of a type that show a column of the same name: their values follow from the column."""

from collections.abc import Callable
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy import BigInteger, Boolean, Enum, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from db.json_queries.declarations import Value
from db.json_queries.expressions import Parts, or_null, plain, quoted, string, timestamp
from db.models import Base

Serializer = Callable[[Any], Parts]

# An Enum is a String too, whose words need no escapes: the first that fits counts.
_SERIALIZERS: tuple[tuple[tuple[type[TypeEngine[Any]], ...], Serializer], ...] = (
    ((Enum, Uuid), quoted),
    ((String,), string),
    ((BigInteger, Integer, Boolean, JSONB), plain),
    ((TIMESTAMP,), timestamp),
)


def column_fields(model: type[Base]) -> dict[str, Value]:
    """Returns the value of each column of a table by the name that GraphQL would give it.

    Columns of a type without a serializer, such as `bytea`, are left out. Which fields there are is
    for the GraphQL type to say.
    """
    return {
        to_camel(attribute.key.rstrip("_")): value_of(attribute.key, serializer, is_default=True)
        for attribute in model.__mapper__.column_attrs
        if (serializer := _serializer(getattr(model, attribute.key)))
    }


def value_of(column: str, serializer: Serializer, *, is_default: bool = False) -> Value:
    """Returns the value that shows a column, null where it is NULL."""

    def parts(row: Any) -> Parts:
        attribute = getattr(row, column)
        [declared] = attribute.property.columns
        return or_null(serializer(attribute)) if declared.nullable else serializer(attribute)

    return Value(parts, is_default=is_default)


def _serializer(attribute: InstrumentedAttribute[Any]) -> Serializer | None:
    for types, serializer in _SERIALIZERS:
        if isinstance(attribute.type, types):
            return serializer
    return None
