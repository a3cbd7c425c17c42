"""JSON as text: in SQL what the resolvers' road makes of the same columns in Python.

Text is put together piece by piece: PostgreSQL's own `json_build_object` takes more than twice as
long, and at most 100 arguments. A column of JSON text is NULL where its value is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Text, cast, func, literal_column

Column: TypeAlias = ColumnElement[Any]
Part: TypeAlias = "str | Column"
"""A piece of JSON text: one that is the same in every row, or a column."""

_NAME = re.compile("[_0-9A-Za-z]+")
NULL = "null"
# PostgreSQL's own limit for any function.
_ARGUMENTS_MAX = 100


def joined(*parts: Part) -> Column:
    """Returns the text of all parts, one after the other; NULL where one of them is."""
    text: Column | None = None
    for piece in _pieces(parts):
        text = piece if text is None else text + piece
    return _literal("") if text is None else text


def whole(parts: Sequence[Part]) -> Column:
    """Returns the text of all parts, none of which is NULL: many at once, and so faster."""
    pieces = _pieces(parts)
    while len(pieces) > 1:
        pieces = [
            func.concat(*pieces[start : start + _ARGUMENTS_MAX], type_=Text)
            for start in range(0, len(pieces), _ARGUMENTS_MAX)
        ]
    return pieces[0]


def name(text: str) -> str:
    """Returns a name as a JSON string.

    Raises:
        ValueError: it is not of letters, digits and underscores, as names in GraphQL are.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a name: {text!r}")
    return f'"{text}"'


def plain(column: Any) -> Column:
    """Returns a number, a truth value or a JSON column as JSON."""
    return cast(column, Text)


def quoted(column: Any) -> Column:
    """Returns a column whose text needs no escapes, a word or a UUID, as a JSON string."""
    return joined('"', cast(column, Text), '"')


def string(column: Any) -> Column:
    """Returns any text as a JSON string."""
    return cast(func.to_json(column), Text)


def moment(column: Any) -> Column:
    """Returns a timestamp as `domain/moments.py` writes it; the connection must be in UTC."""
    return cast(func.to_json(column), Text)


def global_id(type_name: str, *key: Any) -> Column:
    """Returns the id of the object of a type that has this key: see `schema/node.py`."""
    parts: list[Part] = [type_name]
    for part in key:
        parts += [":", cast(part, Text)]
    return _base64(joined(*parts))


def cursor(list_name: str, *key: Column) -> Column:
    """Returns the cursor of a row with this key, of JSON texts: see `schema/connection.py`."""
    parts: list[Part] = [f'["{list_name}"']
    for part in key:
        parts += [",", part]
    return _base64(joined(*parts, "]"))


def or_null(column: Column) -> Column:
    """Returns JSON text that is `null` where the column is NULL."""
    return func.coalesce(column, _literal(NULL), type_=Text)


def object_of(fields: Iterable[tuple[str, list[Part]]]) -> list[Part]:
    """Returns the parts of an object with these keys and values, in their order."""
    parts: list[Part] = []
    for key, value in fields:
        parts += ["," if parts else "", f"{name(key)}:", *value]
    return ["{", *parts, "}"]


def list_of(item: list[Part], condition: Column | None = None) -> list[Part]:
    """Returns the parts of the list that has an item for each row that meets the condition."""
    # The rows come from a subquery in their order, and are listed in it.
    items: Any = func.string_agg(whole(item), joined(","))
    if condition is not None:
        items = items.filter(condition)
    return ["[", func.coalesce(items, joined(""), type_=Text), "]"]


def _base64(content: Column) -> Column:
    octets = func.convert_to(content, _literal("UTF8"))
    text: Column = func.encode(octets, _literal("base64"))
    # PostgreSQL breaks the lines, and knows no alphabet for URLs. Three times `replace` is faster
    # than one `translate`, which goes letter by letter.
    for one, other in (("\n", ""), ("+", "-"), ("/", "_")):
        text = func.replace(text, _literal(one), _literal(other), type_=Text)
    return joined('"', text, '"')


def _pieces(parts: Iterable[Part]) -> list[Column]:
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return [_literal(part) if isinstance(part, str) else part for part in merged]


def _literal(text: str) -> Column:
    # Only what stands in the program or has passed `name` comes here; values are bound.
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return literal_column(f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'", Text)
