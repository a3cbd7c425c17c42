"""The texts around an object's JSON: where its row comes from. Each is rendered once.

A frame has the gap `Content(0)` for the JSON. The tables that it adds are numbered after those of
the row that it belongs to; the row that the JSON shows is the first of them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    column,
    func,
    literal_column,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from db.json_queries.declarations import Connection, Embedded, Row, ToOne, Value
from db.json_queries.expressions import NULL, ONE, joined, list_of, list_of_first
from db.json_queries.roots import (
    OWNER_SCOPE,
    POSITION,
    ListRoot,
    ObjectRoot,
    ObjectsRoot,
    argument_of,
)
from db.json_queries.templates import (
    RowSource,
    Template,
    alias,
    bind,
    content,
    render_statement,
    render_value,
    table_source,
)
from db.models import Base
from domain.values import PAGE_SIZE_MAX

_ROWS_MAX = literal_column(str(PAGE_SIZE_MAX + 1), BigInteger)

OwnerId: TypeAlias = Callable[[Row], ColumnElement[Any]]
Target: TypeAlias = tuple[type[Base], OwnerId | None]
"""The table of the rows that are read, and their owner where the caller sees only their own."""


def shown(statement: Select[Any], owner_id: OwnerId | None, row: Row) -> Select[Any]:
    """Returns the statement, narrowed to the rows of the row owner scope if there is one."""
    if owner_id is None:
        return statement
    return statement.where(owner_id(row) == bind(OWNER_SCOPE, String))


@cache
def value_texts(declared: Value, source: RowSource) -> tuple[str | Template, ...]:
    """Returns the JSON of a scalar, part by part."""
    return tuple(
        part if isinstance(part, str) else render_value(part, source.tables)
        for part in declared.of(source.row)
    )


@cache
def embedded_source(declared: Embedded, outer: RowSource) -> RowSource:
    """Returns the row of an embedded object: it comes from the same tables."""
    return RowSource(declared.of(outer.row), outer.tables)


@cache
def found_source(declared: ToOne, outer: RowSource, model: type[Base] | None) -> RowSource:
    """Returns the row of the object that a to-one field finds.

    Where it is seen as another one, it comes from the tables of the outer row and its own.
    """
    if declared.seen_as is None:
        assert model is not None, "a type without a table is seen as something"
        return table_source(model)
    found = _found(declared, len(outer.tables), model)
    return RowSource(declared.seen_as(outer.row, found), (*outer.tables, found))


@cache
def to_one_frame(
    declared: ToOne, outer: RowSource, model: type[Base] | None, owner_id: OwnerId | None
) -> Template:
    """Returns the object that a to-one field finds, or `Content(1)` where it finds none."""
    found = _found(declared, len(outer.tables), model)
    statement = select(content()).select_from(found).where(declared.where(outer.row, found))
    statement = shown(statement, owner_id, found)
    if declared.order_by:
        statement = statement.order_by(declared.order_by(found)).limit(ONE)
    one = statement.correlate_except(found).scalar_subquery()
    return render_value(func.coalesce(one, content(1), type_=Text), outer.tables)


def _found(declared: ToOne, number: int, model: type[Base] | None) -> Any:
    if declared.rows is not None:
        return declared.rows(alias(number))
    assert model is not None, f"a {declared.type_name} is found only by way of others"
    return aliased(model, name=alias(number))


@cache
def lookup_frame(declared: ToOne, outer: RowSource) -> Template:
    """Returns the object that a to-one field finds in the rows of `lookup_rows`."""
    few = table(alias(len(outer.tables)), column("id"), column("item", Text))
    statement = select(few.c.item).where(declared.where(outer.row, few.c))
    found = statement.correlate_except(few).scalar_subquery()
    return render_value(func.coalesce(found, joined(NULL), type_=Text), outer.tables)


@cache
def lookup_rows(model: type[Base]) -> Template:
    """Returns the statement that reads all rows of a small lookup table."""
    each: Any = aliased(model, name=alias(0))
    return render_statement(select(each.id, content().label("item")))


@cache
def connection_frame(
    declared: Connection,
    outer: RowSource | None,
    target: Target,
    given: frozenset[str],
    has_info: bool,
) -> Template:
    """Returns a page of a list; with `has_info`, of one row more than the page has.

    Without an outer row, the list is of all. `given` are the arguments that have a value.
    """
    model, owner_id = target
    tables = outer.tables if outer else ()
    row: Any = aliased(model, name=alias(len(tables) + 1))
    order_by = declared.order_by(row)
    listed = shown(select(row), owner_id, row).order_by(*order_by)
    if declared.within is not None:
        assert outer is not None, "the list belongs to an object"
        listed = listed.where(declared.within(outer.row, row)).correlate(*tables)
    if "after_0" in given:
        listed = listed.where(declared.after(row, bind))
    is_of_all = declared.within is None
    for argument, narrow in declared.filters.items():
        if argument in given:
            listed, is_of_all = narrow(listed, row, bind), False
    # One more than the page has, to know whether the list goes on.
    first: Any = bind("first", BigInteger)
    size = first + ONE if has_info else first
    if has_info and declared.within is None:
        listed = listed.add_columns(func.row_number().over(order_by=order_by).label("number"))
    if is_of_all:
        # For a bound limit, PostgreSQL expects so many rows that it makes a plan at every call,
        # although the plan for such a list is always the same.
        listed = select(listed.limit(_ROWS_MAX).subquery(alias(len(tables) + 2)))
    page = listed.limit(size).subquery(alias(len(tables)))
    # One group, even where nothing that is selected needs the rows.
    whole = select(content()).select_from(page).having(true()).scalar_subquery()
    return render_value(whole, tables)


@cache
def items(is_numbered: bool, is_cut: bool) -> Template:
    """Returns the list of what `Content(0)` is for each row, or each row of the page alone."""
    first: Any = bind("first", BigInteger)
    if is_cut:
        return render_value(list_of_first(content(), first))
    number = literal_column(f"{alias(0)}.number", BigInteger)
    return render_value(list_of(content(), number <= first if is_numbered else None))


@cache
def object_frame(root: ObjectRoot, model: type[Base], owner_id: OwnerId | None) -> Template:
    """Returns the statement that finds one object."""
    row = table_source(model).row
    statement = root.find(select(content()).select_from(row), row, bind)
    return render_statement(shown(statement, owner_id, row))


@cache
def list_frame(root: ListRoot, model: type[Base], given: frozenset[str]) -> Template:
    """Returns the statement that lists all objects of a type."""
    row: Any = aliased(model, name=alias(1))
    listed = select(row).order_by(*root.order_by(row))
    for argument, narrow in root.filters.items():
        if argument in given:
            listed = narrow(listed, row, bind)
    return render_statement(select(content()).select_from(listed.subquery(alias(0))))


@cache
def objects_frame(root: ObjectsRoot, targets: tuple[Target, ...]) -> Template:
    """Returns the statement that finds objects by their keys, each type with its own content."""
    found = union_all(
        *(
            _objects_of(number, kind, *target)
            for number, (kind, target) in enumerate(zip(root.kinds, targets, strict=True))
        )
    ).subquery()
    numbers = func.generate_series(ONE, bind("count", Integer))
    positions = numbers.table_valued(column(POSITION, Integer)).render_derived()
    position, item = positions.c[POSITION], func.coalesce(found.c.item, joined(NULL))
    items = func.string_agg(item, aggregate_order_by(joined(","), position))
    everywhere = positions.outerjoin(found, found.c[POSITION] == position)
    return render_statement(select(joined("[", items, "]")).select_from(everywhere))


def _objects_of(
    number: int, kind: ObjectRoot, model: type[Base], owner_id: OwnerId | None
) -> Select[Any]:
    row: Any = aliased(model, name=alias(number))
    columns = {POSITION: Integer, **kind.key}
    lists = (
        bind(argument_of(kind.type_name, name), ARRAY(type_)) for name, type_ in columns.items()
    )
    given = (
        func.unnest(*lists)
        .table_valued(*(column(name, type_) for name, type_ in columns.items()))
        .render_derived()
    )
    same = and_(*(getattr(row, name) == given.c[name] for name in kind.key))
    item = content(number).label("item")
    statement = select(given.c[POSITION], item).select_from(given).join(row, same)
    return shown(statement, owner_id, row)
