"""Statements that are made text once, when their module is loaded, and are run by the driver.

What they are made of stays SQLAlchemy's: names, types and conditions that tools can check.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ClauseElement, TextClause
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Parameters = Mapping[str, Any]
Convert = Callable[[Any], Any]


def json_text(value: object) -> str:
    """Returns a value as JSON, as it is written into the database."""
    return orjson.dumps(value, default=_uuid_text).decode()


def _uuid_text(value: object) -> str:
    # orjson writes a UUID, but not asyncpg's own class of them.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


_DIALECT = asyncpg.dialect(json_serializer=json_text, json_deserializer=orjson.loads)  # type: ignore[no-untyped-call]
_REQUIRED = object()


class Compiled:
    """A statement's text, and what its parameters and its columns have to go through."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.post_compile_params, "the text is the same for all values"
        self.sql = compiled.string
        self._parameters = tuple(_parameters(compiled))
        self._columns = tuple(_conversions(statement))

    def bind(self, parameters: Parameters) -> list[Any]:
        """Returns the values in the order in which the text numbers them.

        Raises:
            KeyError: one that the statement needs is not given.
        """
        return [
            _bound(parameters[name] if value is _REQUIRED else value, convert)
            for name, value, convert in self._parameters
        ]

    def rows(self, records: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Returns the driver's rows with values of the types that the statement declares."""
        return [self._row(record) for record in records] if self._columns else records

    def _row(self, record: Sequence[Any]) -> Sequence[Any]:
        values = list(record)
        for place, convert in self._columns:
            values[place] = convert(values[place])
        return values


def _parameters(compiled: SQLCompiler) -> Iterator[tuple[str, Any, Convert | None]]:
    for name in compiled.positiontup or ():
        parameter = compiled.binds[name]
        value = _REQUIRED if parameter.required else parameter.effective_value
        yield name, value, _implementation(parameter.type).bind_processor(_DIALECT)


def _bound(value: Any, convert: Convert | None) -> Any:
    return value if convert is None else convert(value)


def _conversions(statement: Any) -> Iterator[tuple[int, Convert]]:
    """Yields the places of columns that are not served as the driver reads them."""
    if isinstance(statement, TextClause):
        return
    for place, column in enumerate(statement.exported_columns):
        convert = _implementation(column.type).result_processor(_DIALECT, None)
        if convert is not None:
            yield place, convert


def _implementation(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    return type_.dialect_impl(_DIALECT)
