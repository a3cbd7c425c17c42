"""One page of a list as JSON: its edges, and where the list goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BigInteger, func

from db.json_queries import frames
from db.json_queries.declarations import Connection
from db.json_queries.expressions import (
    ONE,
    Column,
    Parts,
    cursor,
    name,
    or_null,
    plain,
)
from db.json_queries.selection import SelectedField, Selection
from db.json_queries.templates import (
    RowSource,
    Template,
    bind,
    render_value,
    table_source,
)
from db.json_queries.texts import JsonText, Sql, formatted, object_text
from db.models import Base

Texts: TypeAlias = tuple[str | Template, ...]
Fill: TypeAlias = Callable[..., str]
"""Fills in a template; its second argument is the content."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, whose rows may be one more than the page has.

    A list of all numbers its rows (`is_numbered`). The lists within objects, which are short, cut
    the additional row off (`is_cut`). `fill` fills in texts for the row of the page, and `node`
    returns the JSON of the object that is listed.
    """

    declared: Connection
    model: type[Base]
    fill: Fill
    node: Callable[[Selection], JsonText]
    is_numbered: bool
    is_cut: bool
    is_later: bool

    def object(self, selection: Selection) -> JsonText:
        """Returns the connection's JSON."""
        return object_text(
            (selected.key, self._field(selection, selected)) for selected in selection.fields
        )

    def _field(self, selection: Selection, selected: SelectedField) -> JsonText:
        beneath = selected.selection
        if beneath is None:
            return [name(selection.type_name)]
        if selected.field == "edges":
            edge = object_text(
                (part.key, self._edge_field(beneath, part)) for part in beneath.fields
            )
            items = frames.items(self.is_numbered, self.is_cut)
            return ["[", Sql(self.fill(items, formatted(edge))), "]"]
        return object_text((part.key, self._info_field(beneath, part)) for part in beneath.fields)

    def _edge_field(self, selection: Selection, selected: SelectedField) -> JsonText:
        if selected.selection is not None:
            return self.node(selected.selection)
        if selected.field == "cursor":
            return self._filled(_cursor(self.declared, table_source(self.model)))
        return [name(selection.type_name)]

    def _info_field(self, selection: Selection, selected: SelectedField) -> JsonText:
        match selected.field:
            case "hasNextPage":
                return self._filled(_has_next_page())
            case "hasPreviousPage":
                return ["true" if self.is_later else "false"]
            case "startCursor" | "endCursor":
                is_end = selected.field == "endCursor"
                return self._filled(_cursor_at(self.declared, table_source(self.model), is_end))
            case _:
                return [name(selection.type_name)]

    def _filled(self, texts: Texts) -> JsonText:
        return [part if isinstance(part, str) else Sql(self.fill(part)) for part in texts]


@cache
def _cursor(declared: Connection, source: RowSource) -> Texts:
    return _rendered(_cursor_of(declared, declared.key(source.row)), source)


@cache
def _cursor_at(declared: Connection, source: RowSource, is_end: bool) -> Texts:
    first: Any = bind("first", BigInteger)
    number: Any = func.least(func.count(), first) if is_end else ONE
    key = (
        func.array_agg(part, type_=ARRAY(part.type))[number] for part in declared.key(source.row)
    )
    return _rendered(or_null(_cursor_of(declared, tuple(key))), source)


@cache
def _has_next_page() -> Texts:
    return _rendered(plain(func.count() > bind("first", BigInteger)), RowSource(None))


def _cursor_of(declared: Connection, key: tuple[Column, ...]) -> Parts:
    parts = (serialize(part) for serialize, part in zip(declared.serializers, key, strict=True))
    return cursor(declared.name, *parts)


def _rendered(parts: Parts, source: RowSource) -> Texts:
    return tuple(
        part if isinstance(part, str) else render_value(part, source.tables) for part in parts
    )
