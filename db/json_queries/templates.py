"""SQL texts with gaps: SQLAlchemy renders each expression once, the compiler fills it in often."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler

from db.json_queries.declarations import Row
from db.models import Base

_DIALECT = dialect()  # type: ignore[no-untyped-call]
_ARGUMENT = "argument_"
_GAP = re.compile(r"\$(\d+)|row_alias_(\d+)|content_(\d+)")
_VALUE_START, _VALUE_END = "SELECT rendered(", ") AS rendered_1"


@dataclass(frozen=True, slots=True)
class Alias:
    """The gap for the name of a row."""

    number: int


@dataclass(frozen=True, slots=True)
class Content:
    """The gap for a text that the compiler assembles."""

    number: int


@dataclass(frozen=True, slots=True)
class Argument:
    """The gap for an argument of a field."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The gap for a value that SQLAlchemy binds, and that is always the same."""

    value: Any


Gap: TypeAlias = Alias | Content | Argument | Constant


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A text with gaps, and the common table expression that the text reads from, if any."""

    parts: tuple[str | Gap, ...]
    common_table: str | None = None

    @property
    def is_of_row(self) -> bool:
        """Whether the text has no gaps but the names of rows."""
        return self.common_table is None and all(
            isinstance(part, str | Alias) for part in self.parts
        )

    def of_row(self, aliases: tuple[str, ...]) -> str:
        """Returns the text for the rows of these names."""
        return "".join(
            aliases[part.number] if isinstance(part, Alias) else str(part) for part in self.parts
        )


@dataclass(frozen=True, slots=True, eq=False)
class RowSource:
    """A row for which texts are rendered, and the tables that it comes from.

    The name of table number n is the gap `Alias(n)`.
    """

    row: Row
    tables: tuple[FromClause, ...] = ()


def alias(number: int) -> str:
    """Returns the name that stands for the gap `Alias(number)`."""
    return f"row_alias_{number}"


def content(number: int = 0) -> ColumnElement[Any]:
    """Returns the column that stands for the gap `Content(number)`."""
    return literal_column(f"content_{number}", Text)


def bind(name: str, type_: Any) -> BindParameter[Any]:
    """Returns the parameter that stands for the gap `Argument(name)`."""
    return bindparam(f"{_ARGUMENT}{name}", type_=type_)


@cache
def table_source(model: type[Base]) -> RowSource:
    """Returns a row of a table."""
    row = aliased(model, name=alias(0))
    return RowSource(row, (row,))  # type: ignore[arg-type]  # an alias of a model is a table


def render_statement(statement: Select[Any]) -> Template:
    """Returns the text of a statement."""
    compiled = _compiled(statement)
    return Template(tuple(_parts(compiled, compiled.string)))


def render_value(value: ColumnElement[Any], tables: Sequence[Any] = ()) -> Template:
    """Returns the text of a value, as it stands in a statement that reads from `tables`."""
    compiled = _compiled(select(func.rendered(value)).select_from(*tables))
    before, _, after = compiled.string.partition(_VALUE_START)
    text, end, _ = after.rpartition(_VALUE_END)
    assert end, "the value is the only column"
    common_table = before.strip().removeprefix("WITH ") or None
    assert common_table is None or not _GAP.search(common_table), "it is the same in every use"
    return Template(tuple(_parts(compiled, text)), common_table)


def _compiled(statement: Select[Any]) -> SQLCompiler:
    compiled = statement.compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _parts(compiled: SQLCompiler, text: str) -> Iterator[str | Gap]:
    names = compiled.positiontup or []
    end = 0
    for found in _GAP.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        end = found.end()
        parameter, row, part = found.groups()
        if row is not None:
            yield Alias(int(row))
        elif part is not None:
            yield Content(int(part))
        else:
            name = names[int(parameter) - 1]
            is_argument = name.startswith(_ARGUMENT)
            yield (
                Argument(name.removeprefix(_ARGUMENT))
                if is_argument
                else Constant(compiled.params[name])
            )
    if end < len(text):
        yield text[end:]
