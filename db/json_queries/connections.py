"""One page of a list as JSON: its edges, and where the list goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BindParameter, func

from db.json_queries.declarations import Pages, Row
from db.json_queries.expressions import (
    ONE,
    Column,
    Parts,
    cursor,
    list_of,
    list_of_first,
    name,
    object_of,
    or_null,
    plain,
)
from db.json_queries.selection import SelectedField, Selection

NodeOf: TypeAlias = Callable[[Selection, Row], Parts]
"""Makes the JSON of what is listed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, and where they may be one more than the page has, which are on it.

    In the lists within objects, which are short, the one more is cut off.
    """

    declared: Pages
    row: Row
    first: BindParameter[Any]
    is_on_page: Column | None
    is_cut: bool
    is_later: bool

    def object(self, selection: Selection, node: NodeOf) -> Parts:
        """Returns the connection's JSON; `node` makes that of what is listed."""
        return object_of(
            (asked.key, self._split_by_member(selection, asked, node)) for asked in selection.fields
        )

    def _split_by_member(self, selection: Selection, asked: SelectedField, node: NodeOf) -> Parts:
        if asked.selection is None:
            return [name(selection.type_name)]
        beneath = asked.selection
        if asked.field == "edges":
            edge = object_of(
                (part.key, self._of_edge(beneath, part, node)) for part in beneath.fields
            )
            if self.is_cut:
                return list_of_first(edge, self.first)
            return list_of(edge, self.is_on_page)
        return object_of((part.key, self._of_info(beneath, part)) for part in beneath.fields)

    def _of_edge(self, selection: Selection, asked: SelectedField, node: NodeOf) -> Parts:
        if asked.selection is not None:
            return node(asked.selection, self.row)
        if asked.field == "cursor":
            return self._cursor(self.declared.key(self.row))
        return [name(selection.type_name)]

    def _of_info(self, selection: Selection, asked: SelectedField) -> Parts:
        match asked.field:
            case "hasNextPage":
                return plain(func.count() > self.first)
            case "hasPreviousPage":
                return ["true" if self.is_later else "false"]
            case "startCursor":
                return self._cursor_at(ONE)
            case "endCursor":
                return self._cursor_at(func.least(func.count(), self.first))
            case _:
                return [name(selection.type_name)]

    def _cursor_at(self, number: Column) -> Parts:
        keys = (
            func.array_agg(part, type_=ARRAY(part.type))[number]
            for part in self.declared.key(self.row)
        )
        return or_null(self._cursor(keys))

    def _cursor(self, key: Iterable[Column]) -> Parts:
        written = (write(part) for write, part in zip(self.declared.written, key, strict=True))
        return cursor(self.declared.name, *written)
