"""JSON as text: in SQL what the resolvers' road makes of the same columns in Python.

Text is put together by one `format`: PostgreSQL's own `json_build_object` takes more than twice as
long, and `concat` a tenth longer, with an argument for each piece between the values. A value that
cannot be NULL is handed to it as it is, without a cast.
"""

import re
from collections.abc import Iterable, Sequence
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
# PostgreSQL's own limit for any function is 100 arguments, and the template is one.
_COLUMNS_MAX = 99


def joined(*parts: Part) -> Column:
    """Returns the text of all parts, one after the other; NULL where one of them is."""
    text: Column | None = None
    for part in _merged(parts):
        piece = _literal(part) if isinstance(part, str) else _text(part)
        text = piece if text is None else text + piece
    return _literal("") if text is None else text


def formatted(parts: Sequence[Part]) -> Column:
    """Returns the text of all parts, none of which is NULL: many at once, and so faster."""
    pieces = _merged(parts)
    while len(pieces) > _COLUMNS_MAX:
        pieces = [
            _formatted(pieces[start : start + _COLUMNS_MAX])
            for start in range(0, len(pieces), _COLUMNS_MAX)
        ]
    return _formatted(pieces)


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


def object_of(fields: Iterable[tuple[str, Parts]]) -> Parts:
    """Returns the parts of an object with these keys and values, in their order."""
    parts: Parts = []
    for key, value in fields:
        parts += ["," if parts else "", f"{name(key)}:", *value]
    return ["{", *parts, "}"]


def list_of(item: Parts, condition: Column | None = None) -> Parts:
    """Returns the parts of the list that has an item for each row that meets the condition."""
    # The rows come from a subquery in their order, and are listed in it.
    items: Any = func.string_agg(formatted(item), joined(","))
    if condition is not None:
        items = items.filter(condition)
    return _list(items)


def list_of_first(item: Parts, count: Column) -> Parts:
    """Returns the parts of the list that has an item for each of the first rows."""
    # It copies the items once more, which for a short list is faster than to number the rows.
    # An item without any column is of no type yet.
    items = func.array_agg(cast(formatted(item), Text), type_=ARRAY(Text))
    return _list(func.array_to_string(items[ONE:count], joined(",")))


def _list(items: Column) -> Parts:
    return ["[", func.coalesce(items, joined(""), type_=Text), "]"]


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


def _formatted(pieces: Sequence[Part]) -> Column:
    columns = [piece for piece in pieces if not isinstance(piece, str)]
    if not columns:
        return joined(*pieces)
    template = "".join(
        piece.replace("%", "%%") if isinstance(piece, str) else "%s" for piece in pieces
    )
    return func.format(_literal(template), *columns, type_=Text)


def _literal(text: str) -> Column:
    # Only what stands in the program or has passed `name` comes here; values are bound.
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return literal_column(f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'", Text)
