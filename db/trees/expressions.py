"""How ids, cursors and moments look in JSON: in SQL what `schema/` makes of them in Python."""

from typing import Any

from sqlalchemy import ColumnElement, String, Text, cast, func, literal_column, type_coerce

Column = ColumnElement[Any]


def word(text: str) -> Column:
    """Returns a word of letters, digits, underscores and dots as a literal.

    Raises:
        ValueError: it is anything else, which may not stand in a statement.
    """
    if not text.isascii() or not text.replace(".", "_").isidentifier():
        raise ValueError(f"not a word: {text!r}")
    return literal_column(f"'{text}'", Text)


def moment(column: Any) -> Column:
    """Returns a timestamp as Python's `isoformat` writes it, whose microseconds are six or none."""
    pattern: Column = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'""")
    written = func.to_char(func.timezone(literal_column("'UTC'"), column), pattern)
    return func.replace(written, literal_column("'.000000'"), literal_column("''"), type_=Text)


def global_id(type_name: str, *key: Any) -> Column:
    """Returns the id of the object of a type that has this key: see `schema/node.py`."""
    content = word(type_name)
    for part in key:
        content = content + literal_column("':'", Text) + cast(part, Text)
    return _base64(content)


def cursor(list_name: str, *key: Column) -> Column:
    """Returns the cursor of a row of a list that has this key: see `schema/connection.py`."""
    content = literal_column("'[\"'", Text) + word(list_name) + literal_column("'\"'", Text)
    for part in key:
        content = content + literal_column("','", Text) + cast(func.to_json(part), Text)
    return _base64(content + literal_column("']'", Text))


def stored(column: Any) -> Column:
    """Returns a column of one of our vocabularies as the plain text that is stored."""
    return type_coerce(column, String)


def _base64(content: Column) -> Column:
    # PostgreSQL breaks the lines of base64, and knows no alphabet for URLs.
    octets = func.convert_to(content, literal_column("'UTF8'"))
    lines = func.encode(octets, literal_column("'base64'"))
    return func.translate(lines, literal_column("E'+/\\n'"), literal_column("'-_'"), type_=Text)
