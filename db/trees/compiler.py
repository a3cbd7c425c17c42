"""From a selection to the one statement that reads all of it."""

from collections import OrderedDict
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import aliased

from db.trees.declarations import Mapping, One, Pages, Row, Same, Value
from db.trees.expressions import cursor, word
from db.trees.roots import ListRoot, OneRoot, PagesRoot, Root
from db.trees.selection import TYPENAME, Asked, Selection, Shape

Column: TypeAlias = ColumnElement[Any]

STATEMENTS_MAX = 512
# A function of PostgreSQL takes at most 100 arguments, and an object two for each of its fields.
FIELDS_MAX = 50
_DIALECT = dialect()  # type: ignore[no-untyped-call]
_ONE = literal_column("1", BigInteger)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one column of JSON text, and where each of its parameters comes from."""

    sql: str
    _sources: tuple[tuple[int, str] | Any, ...]

    def parameters(self, values: Sequence[Map[str, Any]]) -> tuple[Any, ...]:
        """Returns what to run it with: `values` are the arguments of each place."""
        return tuple(
            values[source.place][source.name] if isinstance(source, _Argument) else source
            for source in self._sources
        )


@dataclass(frozen=True, slots=True)
class _Argument:
    place: int
    name: str


class Trees:
    """A mapping, and the statements that were lately made by it."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._statements: OrderedDict[tuple[Root, Selection, Shape], Statement] = OrderedDict()

    def statement(self, root: Root, selection: Selection, shape: Shape) -> Statement:
        """Returns the statement that reads `selection` from `root` on, with arguments of a shape.

        Every field of the selection is in the mapping, and no object has more than 50.
        """
        key = (root, selection, shape)
        if key in self._statements:
            self._statements.move_to_end(key)
        else:
            self._statements[key] = _Compiler(self.mapping, shape).statement(root, selection)
            if len(self._statements) > STATEMENTS_MAX:
                self._statements.popitem(last=False)
        return self._statements[key]


class _Compiler:
    def __init__(self, mapping: Mapping, shape: Shape) -> None:
        self._mapping = mapping
        self._shape = shape
        self._arguments: dict[str, _Argument] = {}

    def statement(self, root: Root, selection: Selection) -> Statement:
        compiled = self._root(root, selection).compile(dialect=_DIALECT)
        return Statement(
            compiled.string,
            tuple(
                self._arguments.get(name, compiled.params[name])
                for name in compiled.positiontup or ()
            ),
        )

    def _root(self, root: Root, selection: Selection) -> Select[Any]:
        match root:
            case OneRoot():
                return self._one_root(root, selection)
            case ListRoot():
                return self._list_root(root, selection)
            case PagesRoot():
                return select(cast(self._page(root.pages, selection, 0), Text))

    def _one_root(self, root: OneRoot, selection: Selection) -> Select[Any]:
        row = self._row(root.type_name)
        statement = select(cast(self._object(selection, row), Text)).select_from(row)
        statement = root.find(statement, row, partial(self._bind, 0))
        if "actor_id" in self._shape[0]:
            assert root.owner_id is not None, "what is nobody's has no owner to be"
            statement = statement.where(root.owner_id(row) == self._bind(0, "actor_id", Text))
        return statement

    def _list_root(self, root: ListRoot, selection: Selection) -> Select[Any]:
        row = self._row(root.type_name)
        listed = select(row).order_by(*root.order_by(row))
        for name, narrow in root.filters.items():
            if name in self._shape[0]:
                listed = narrow(listed, row, partial(self._bind, 0))
        found = listed.subquery()
        item = self._object(selection, self._row(root.type_name, found))
        return select(cast(_list_of(item), Text)).select_from(found)

    def _row(self, type_name: str, source: FromClause | None = None) -> Row:
        model = self._mapping[type_name].model
        assert model is not None, f"a {type_name} is found only by way of others"
        return aliased(model, source)

    def _bind(self, place: int, name: str, type_: Any) -> BindParameter[Any]:
        key = f"{name}_of_{place}"
        self._arguments[key] = _Argument(place, name)
        return bindparam(key, type_=type_)

    def _object(self, selection: Selection, row: Row | None) -> Column:
        """Returns the object's JSON; without a row, that of a total object."""
        return _json_object(
            (asked.key, self._field(selection.type_name, asked, row)) for asked in selection.fields
        )

    def _field(self, type_name: str, asked: Asked, row: Row | None) -> Column:
        if asked.field == TYPENAME:
            return word(type_name)
        declared = self._mapping[type_name].fields[asked.field]
        if row is None:
            absent = declared.absent if isinstance(declared, Value) else None
            return null() if absent is None else absent
        if isinstance(declared, Value):
            return declared.of(row)
        assert asked.selection is not None, "objects are asked for with a selection"
        match declared:
            case Same():
                return self._object(asked.selection, declared.of(row))
            case One():
                return self._one(declared, asked.selection, row)
            case Pages():
                assert asked.place is not None, "pages take arguments"
                return self._page(declared, asked.selection, asked.place, row)

    def _one(self, declared: One, selection: Selection, row: Row) -> Column:
        found = declared.rows() if declared.rows else self._row(declared.type_name)
        item = self._object(selection, declared.seen_as(row, found))
        statement = select(item).select_from(found).where(declared.where(row, found))
        if declared.order_by:
            statement = statement.order_by(declared.order_by(found)).limit(_ONE)
        one = statement.correlate_except(found).scalar_subquery()
        return func.coalesce(one, self._object(selection, None)) if declared.is_total else one

    def _page(
        self, declared: Pages, selection: Selection, place: int, row: Row | None = None
    ) -> Column:
        bind = partial(self._bind, place)
        given = self._shape[place]
        target = self._row(declared.type_name)
        order_by = declared.order_by(target)
        listed = select(target).order_by(*order_by)
        if declared.within is not None:
            listed = listed.where(declared.within(row, target)).correlate(row)
        if "after_0" in given:
            listed = listed.where(declared.after(target, bind))
        for name, narrow in declared.filters.items():
            if name in given:
                listed = narrow(listed, target, bind)
        # One more than asked for, to know whether the list goes on.
        number = func.row_number().over(order_by=order_by).label("number")
        first = bind("first", BigInteger)
        page = listed.add_columns(number).limit(first + _ONE).subquery()
        return (
            select(_Page(self, declared, page, first, "after_0" in given).object(selection))
            .select_from(page)
            # One group even where nothing is asked for that needs the rows.
            .having(true())
            .scalar_subquery()
        )


class _Page:
    """One page: the rows of a subquery, numbered, with one more than the page has."""

    def __init__(
        self,
        compiler: _Compiler,
        declared: Pages,
        page: FromClause,
        first: BindParameter[Any],
        is_later: bool,
    ) -> None:
        self._compiler = compiler
        self._declared = declared
        self._row = compiler._row(declared.type_name, page)
        self._is_on_page = page.c.number <= first
        self._first = first
        self._is_later = is_later

    def object(self, selection: Selection) -> Column:
        """Returns the connection's JSON."""
        return _json_object((asked.key, self._part(selection, asked)) for asked in selection.fields)

    def _part(self, selection: Selection, asked: Asked) -> Column:
        if asked.field == TYPENAME:
            return word(selection.type_name)
        assert asked.selection is not None, "objects are asked for with a selection"
        if asked.field == "edges":
            edge = _json_object(
                (part.key, self._of_edge(asked.selection, part)) for part in asked.selection.fields
            )
            return _list_of(edge, self._is_on_page)
        return _json_object(
            (part.key, self._of_info(asked.selection, part)) for part in asked.selection.fields
        )

    def _of_edge(self, selection: Selection, asked: Asked) -> Column:
        match asked.field:
            case "cursor":
                return cursor(self._declared.name, *self._declared.key(self._row))
            case "node":
                assert asked.selection is not None, "objects are asked for with a selection"
                return self._compiler._object(asked.selection, self._row)
            case _:
                return word(selection.type_name)

    def _of_info(self, selection: Selection, asked: Asked) -> Column:
        match asked.field:
            case "hasNextPage":
                return func.count() > self._first
            case "hasPreviousPage":
                return true() if self._is_later else false()
            case "startCursor":
                return self._cursor_at(_ONE)
            case "endCursor":
                return self._cursor_at(func.least(func.count(), self._first))
            case _:
                return word(selection.type_name)

    def _cursor_at(self, number: Column) -> Column:
        keys = (
            func.array_agg(part, type_=ARRAY(part.type))[number]
            for part in self._declared.key(self._row)
        )
        return cursor(self._declared.name, *keys)


def _json_object(pairs: Any) -> Column:
    return func.json_build_object(
        *(part for key, value in pairs for part in (word(key), value)), type_=JSON
    )


def _list_of(item: Column, condition: Column | None = None) -> Column:
    # The rows come from a subquery in their order, and are listed in it.
    listed: Any = func.json_agg(item)
    if condition is not None:
        listed = listed.filter(condition)
    return func.coalesce(listed, literal_column("'[]'::json"), type_=JSON)
