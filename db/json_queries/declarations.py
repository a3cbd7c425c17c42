"""The words in which `mapping.py` says what each field of a type is in the database.

A *row* is an alias of a type's table, or of a subquery that has its columns. Conditions and values
are functions of rows, so that one statement may read one table in several places.
"""

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, ColumnElement, Select

from db.json_queries.expressions import NULL, Parts
from db.models import Base

Row: TypeAlias = Any
"""An alias of a model, as `sqlalchemy.orm.aliased` makes it."""
Column: TypeAlias = ColumnElement[Any]
Bind: TypeAlias = Callable[..., BindParameter[Any]]
"""Names an argument, with its type; its value is bound when the statement runs."""

Filter: TypeAlias = Callable[[Select[Any], Row, Bind], Select[Any]]
"""Narrows a list by an argument."""


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar, as JSON that is never NULL; `absent` is that in a total object without a row."""

    of: Callable[[Row], Parts]
    absent: str = NULL


@dataclass(frozen=True, slots=True)
class Same:
    """The row itself, or what `of` makes of it, seen as another type."""

    type_name: str
    of: Callable[[Row], Row]


@dataclass(frozen=True, slots=True)
class One:
    """At most one object of a type, which `where` finds for a row; null where it finds none.

    Of several the first by `order_by` counts. `rows` are where to look if not in the type's table,
    and `seen_as` is what the object's fields are functions of, where the row that was found is not
    enough. An object that is total is never null: without a row, its fields are what they are when
    `absent`. One of few is found by its id for many rows, and belongs to nobody.
    """

    type_name: str
    where: Callable[[Row, Row], Column]
    order_by: Callable[[Row], Column] | None = None
    rows: Callable[[], Row] | None = None
    seen_as: Callable[[Row, Row], Row] = lambda _row, found: found
    is_total: bool = False
    is_small_lookup: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """A list of objects of a type in pages: edges with cursors, and where the page ends.

    A cursor is made of the list's name and the `key` of its row, each part `written` as JSON;
    a row comes `after` a bound key. `filters` narrow the list by those arguments that are given.
    """

    type_name: str
    name: str
    key: Callable[[Row], tuple[Column, ...]]
    written: tuple[Callable[[Column], Parts], ...]
    order_by: Callable[[Row], tuple[Column, ...]]
    after: Callable[[Row, Bind], Column]
    within: Callable[[Row, Row], Column] | None = None
    filters: Map[str, Filter] = field(default_factory=dict)


Field: TypeAlias = Value | Same | One | Pages


@dataclass(frozen=True, slots=True)
class Entity:
    """A type: its table, unless its rows are made up by whoever leads to it, and its fields.

    `owner_id` is the user whose a row is, where it is somebody's.
    """

    model: type[Base] | None
    fields: Map[str, Field]
    owner_id: Callable[[Row], Column] | None = None


Mapping: TypeAlias = Map[str, Entity]
"""Every type that whole trees can be read of, by its name."""
