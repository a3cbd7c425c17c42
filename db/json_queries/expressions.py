"""Values as JSON text in SQL: the same as the resolvers make of the same columns in Python.

A value that cannot be NULL is handed to `format` as it is, without a cast.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Text,
    cast,
    func,
    literal_column,
)

Column: TypeAlias = ColumnElement[Any]
Part: TypeAlias = "str | Column"
"""A piece of JSON text: one that is the same in every row, or a column."""

Parts: TypeAlias = "list[Part]"
"""JSON text, part by part; a column is NULL where its value is, and shows as JSON if made text."""

_NAME = re.compile("[_0-9A-Za-z]+")
NULL = "null"
ONE: Column = literal_column("1", BigInteger)


def joined(*parts: Part) -> Column:
    """Returns the text of all parts, one after the other; NULL where one of them is."""
    text: Column | None = None
    for part in _merged(parts):
        piece = _literal(part) if isinstance(part, str) else _text(part)
        text = piece if text is None else text + piece
    return _literal("") if text is None else text


def name(text: str) -> str:
    """Returns a name as a JSON string.

    Raises:
        ValueError: it is not of letters, digits and underscores, as names in GraphQL are.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a name: {text!r}")
    return f'"{text}"'


def plain(column: Any) -> Parts:
    """Returns a number, a truth value or a JSON column as JSON."""
    # By itself a truth value is written as one letter.
    return [cast(column, Text) if isinstance(column.type, Boolean) else column]


def quoted(column: Any) -> Parts:
    """Returns a column whose text needs no escapes, a word or a UUID, as a JSON string."""
    return ['"', column, '"']


def string(column: Any) -> Parts:
    """Returns any text as a JSON string."""
    return [func.to_json(column, type_=JSON)]


def timestamp(column: Any) -> Parts:
    """Returns a timestamp as `domain/timestamps.py` writes it; the connection must be in UTC."""
    return [func.to_json(column, type_=JSON)]


def global_id(type_name: str, *key: Any) -> Parts:
    """Returns the id of the object of a type that has this key: see `schema/types/node.py`."""
    parts: Parts = [type_name]
    for part in key:
        parts += [":", part]
    return quoted(_base64(joined(*parts)))


def cursor(list_name: str, *key: Parts) -> Parts:
    """Returns the cursor of a row with this key: see `schema/types/connection.py`."""
    parts: Parts = [f'["{list_name}"']
    for part in key:
        parts += [",", *part]
    return quoted(_base64(joined(*parts, "]")))


def or_null(parts: Parts) -> Parts:
    """Returns JSON text that is `null` where one of the parts is NULL."""
    return [func.coalesce(joined(*parts), _literal(NULL), type_=Text)]


def list_of(item: Column, condition: Column | None = None) -> Column:
    """Returns the items, joined by commas, of each row that meets the condition."""
    # The rows come from a subquery in their order, and are listed in it.
    items: Any = func.string_agg(item, joined(","))
    if condition is not None:
        items = items.filter(condition)
    return func.coalesce(items, joined(""), type_=Text)


def list_of_first(item: Column, count: Column) -> Column:
    """Returns the items, joined by commas, of each of the first rows."""
    # It copies the items once more, which for a short list is faster than to number the rows.
    # An item without any column is of no type yet.
    items = func.array_agg(cast(item, Text), type_=ARRAY(Text))
    first = func.array_to_string(items[ONE:count], joined(","))
    return func.coalesce(first, joined(""), type_=Text)


def _base64(content: Column) -> Column:
    octets = func.convert_to(content, _literal("UTF8"))
    text: Column = func.encode(octets, _literal("base64"))
    # PostgreSQL breaks the lines, and knows no alphabet for URLs. Three times `replace` is faster
    # than one `translate`, which goes letter by letter.
    for one, other in (("\n", ""), ("+", "-"), ("/", "_")):
        text = func.replace(text, _literal(one), _literal(other), type_=Text)
    return text


def _text(column: Column) -> Column:
    return column if isinstance(column.type, Text) else cast(column, Text)


def _merged(parts: Iterable[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def literal(text: str) -> str:
    """Returns a text of the program, or of names, as an SQL literal. Values are bound instead."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'"


def _literal(text: str) -> Column:
    return literal_column(literal(text), Text)
