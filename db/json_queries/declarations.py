"""The vocabulary of `mapping.py`: the declarations of what each field of a type is in the database.

A *row* is an alias of a type's table, or of a subquery that has its columns. Conditions and values
are functions of rows, so that one statement may read one table in several places. A declaration is
equal to itself alone, so that the texts that are rendered for it are found again.
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


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A scalar, as JSON that is never NULL.

    `absent` is the JSON of the scalar in a total object that has no row. A default value is not
    declared: it shows a column, and stands for a field of the same name without a resolver.
    """

    of: Callable[[Row], Parts]
    absent: str = NULL
    is_default: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The row itself, or what `of` makes of it, seen as another type."""

    type_name: str
    of: Callable[[Row], Row]


@dataclass(frozen=True, slots=True, eq=False)
class ToOne:
    """At most one object of a type, which `where` finds for a row; null where it finds none.

    Of several rows, the first by `order_by` counts. `rows` returns where to look, under the name
    that it is given, if not in the type's table. `seen_as` returns the row that the object's fields
    are functions of, where the row that was found is not enough. A total object is never null:
    without a row, its fields are `absent`. A small lookup table is read whole, once a statement,
    where many rows need it; its rows have no owner.
    """

    type_name: str
    where: Callable[[Row, Row], Column]
    order_by: Callable[[Row], Column] | None = None
    rows: Callable[[str], Row] | None = None
    seen_as: Callable[[Row, Row], Row] | None = None
    is_total: bool = False
    is_small_lookup: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A list of objects of a type in pages: edges with cursors, and where the page ends.

    A cursor is made of the list's name and the `key` of its row, each part as JSON by its
    serializer. A row comes `after` a bound key. `filters` narrow the list by the arguments that
    are given.
    """

    type_name: str
    name: str
    key: Callable[[Row], tuple[Column, ...]]
    serializers: tuple[Callable[[Column], Parts], ...]
    order_by: Callable[[Row], tuple[Column, ...]]
    after: Callable[[Row, Bind], Column]
    within: Callable[[Row, Row], Column] | None = None
    filters: Map[str, Filter] = field(default_factory=dict)


Field: TypeAlias = Value | Embedded | ToOne | Connection


@dataclass(frozen=True, slots=True)
class Entity:
    """A type: its table, if it has one, and its fields.

    `owner_id` returns the column that names the user who owns a row, where rows have an owner.
    """

    model: type[Base] | None
    fields: Map[str, Field]
    owner_id: Callable[[Row], Column] | None = None


Mapping: TypeAlias = Map[str, Entity]
"""Every type that JSON queries can read, by its name."""
