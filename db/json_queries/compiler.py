"""From a selection to the one statement that reads all of it."""

from collections import OrderedDict
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    FromClause,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import aliased

from db.json_queries.connections import Page
from db.json_queries.declarations import Mapping, One, Pages, Row, Same, Value
from db.json_queries.expressions import (
    NULL,
    ONE,
    Column,
    Parts,
    formatted,
    joined,
    list_of,
    name,
    object_of,
)
from db.json_queries.roots import (
    OWNER_SCOPE,
    POSITION,
    FieldsRoot,
    ListRoot,
    ManyRoot,
    OneRoot,
    PagesRoot,
    Root,
    argument_of,
)
from db.json_queries.selection import (
    TYPENAME,
    ArgumentSignature,
    SelectedField,
    Selection,
    Selections,
)
from domain.values import PAGE_SIZE_MAX

STATEMENTS_MAX = 256
_DIALECT = dialect()  # type: ignore[no-untyped-call]
_ROWS_MAX = literal_column(str(PAGE_SIZE_MAX + 1), BigInteger)


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


class JsonQueries:
    """A mapping, and the statements that were lately made by it."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._statements: OrderedDict[tuple[Root, Selections, ArgumentSignature], Statement] = (
            OrderedDict()
        )

    def statement(self, root: Root, selections: Selections, shape: ArgumentSignature) -> Statement:
        """Returns the statement that reads from `root` on what is selected of each of its types.

        Every field of the selections is in the mapping.
        """
        key = (root, selections, shape)
        if key in self._statements:
            self._statements.move_to_end(key)
        else:
            self._statements[key] = _Compiler(self.mapping, shape).statement(root, selections)
            if len(self._statements) > STATEMENTS_MAX:
                self._statements.popitem(last=False)
        return self._statements[key]


class _Compiler:
    def __init__(self, mapping: Mapping, shape: ArgumentSignature) -> None:
        self._mapping = mapping
        self._shape = shape
        self._arguments: dict[str, _Argument] = {}
        self._is_in_list = False

    def statement(self, root: Root, selections: Selections) -> Statement:
        compiled = self._root(root, selections).compile(dialect=_DIALECT)
        return Statement(
            compiled.string,
            tuple(
                self._arguments.get(name, compiled.params[name])
                for name in compiled.positiontup or ()
            ),
        )

    def _root(self, root: Root, selections: Selections) -> Select[Any]:
        if isinstance(root, ManyRoot):
            return self._many_root(root, selections)
        if isinstance(root, FieldsRoot):
            return self._fields_root(root, selections)
        [selection] = selections
        match root:
            case OneRoot():
                return self._one_root(root, selection)
            case ListRoot():
                return self._list_root(root, selection)
            case PagesRoot():
                return self._pages_root(root, selection)

    def _one_root(self, root: OneRoot, selection: Selection) -> Select[Any]:
        row = self._row(root.type_name)
        statement = select(formatted(self._object(selection, row))).select_from(row)
        statement = root.find(statement, row, partial(self._bind, 0))
        return self._shown(statement, root.type_name, row)

    def _shown(self, statement: Select[Any], type_name: str, row: Row) -> Select[Any]:
        """Returns the statement, narrowed to what may be shown to the owner_scope."""
        owner_id = self._mapping[type_name].owner_id
        if owner_id is None or OWNER_SCOPE not in self._shape[0]:
            return statement
        return statement.where(owner_id(row) == self._bind(0, OWNER_SCOPE, String))

    def _many_root(self, root: ManyRoot, selections: Selections) -> Select[Any]:
        found = union_all(
            *(
                self._one_kind(kind, selection)
                for kind, selection in zip(root.kinds, selections, strict=True)
            )
        ).subquery()
        count = self._bind(0, "count", Integer)
        numbers = func.generate_series(ONE, count)
        places = numbers.table_valued(column(POSITION, Integer)).render_derived()
        place, item = places.c[POSITION], func.coalesce(found.c.item, joined(NULL))
        items = func.string_agg(item, aggregate_order_by(joined(","), place))
        everywhere = places.outerjoin(found, found.c[POSITION] == place)
        return select(joined("[", items, "]")).select_from(everywhere)

    def _one_kind(self, kind: OneRoot, selection: Selection) -> Select[Any]:
        row = self._row(kind.type_name)
        columns = {POSITION: Integer, **kind.key}
        lists = (
            self._bind(0, argument_of(kind.type_name, name), ARRAY(type_))
            for name, type_ in columns.items()
        )
        asked = (
            func.unnest(*lists)
            .table_valued(*(column(name, type_) for name, type_ in columns.items()))
            .render_derived()
        )
        same = and_(*(getattr(row, name) == asked.c[name] for name in kind.key))
        item = formatted(self._object(selection, row)).label("item")
        statement = select(asked.c[POSITION], item).select_from(asked).join(row, same)
        return self._shown(statement, kind.type_name, row)

    def _fields_root(self, root: FieldsRoot, selections: Selections) -> Select[Any]:
        values: list[Column] = [
            self._field_of_one(number, kind, selection).scalar_subquery()
            for number, (kind, selection) in enumerate(zip(root.kinds, selections, strict=True))
        ]
        return select(array(values))

    def _field_of_one(self, number: int, kind: OneRoot, selection: Selection) -> Select[Any]:
        row = self._row(kind.type_name)
        [asked] = selection.fields

        def bind(name: str, type_: Any) -> BindParameter[Any]:
            return self._bind(0, argument_of(number, name), type_)

        value = formatted(self._field(kind.type_name, asked, row))
        found = kind.find(select(value).select_from(row), row, bind)
        return self._shown(found, kind.type_name, row)

    def _list_root(self, root: ListRoot, selection: Selection) -> Select[Any]:
        row = self._row(root.type_name)
        listed = select(row).order_by(*root.order_by(row))
        for argument, narrow in root.filters.items():
            if argument in self._shape[0]:
                listed = narrow(listed, row, partial(self._bind, 0))
        found = listed.subquery()
        item = self._object(selection, self._row(root.type_name, found))
        return select(formatted(list_of(item))).select_from(found)

    def _pages_root(self, root: PagesRoot, selection: Selection) -> Select[Any]:
        if root.of is None:
            return select(self._page(root.pages, selection, 0))
        row = self._row(root.of.type_name)
        statement = select(self._page(root.pages, selection, 0, row)).select_from(row)
        statement = root.of.find(statement, row, partial(self._bind, 0))
        return self._shown(statement, root.of.type_name, row)

    def _row(self, type_name: str, source: FromClause | None = None) -> Row:
        model = self._mapping[type_name].model
        assert model is not None, f"a {type_name} is found only by way of others"
        return aliased(model, source)

    def _bind(self, place: int, name: str, type_: Any) -> BindParameter[Any]:
        key = f"{name}_of_{place}"
        self._arguments[key] = _Argument(place, name)
        return bindparam(key, type_=type_)

    def _object(self, selection: Selection, row: Row | None) -> Parts:
        """Returns the object's JSON; without a row, that of a total object."""
        return object_of(
            (asked.key, self._field(selection.type_name, asked, row)) for asked in selection.fields
        )

    def _field(self, type_name: str, asked: SelectedField, row: Row | None) -> Parts:
        if asked.field == TYPENAME:
            return [name(type_name)]
        declared = self._mapping[type_name].fields[asked.field]
        if row is None:
            return [declared.absent if isinstance(declared, Value) else NULL]
        if isinstance(declared, Value):
            return declared.of(row)
        assert asked.selection is not None, "objects are asked for with a selection"
        match declared:
            case Same():
                return self._object(asked.selection, declared.of(row))
            case One():
                return [self._one(declared, asked.selection, row)]
            case Pages():
                assert asked.place is not None, "pages take arguments"
                return [self._page(declared, asked.selection, asked.place, row)]

    def _one(self, declared: One, selection: Selection, row: Row) -> Column:
        if declared.is_small_lookup and self._is_in_list:
            return self._small_lookup(declared, selection, row)
        found = declared.rows() if declared.rows else self._row(declared.type_name)
        item = formatted(self._object(selection, declared.seen_as(row, found)))
        statement = select(item).select_from(found).where(declared.where(row, found))
        statement = self._shown(statement, declared.type_name, found)
        if declared.order_by:
            statement = statement.order_by(declared.order_by(found)).limit(ONE)
        one = statement.correlate_except(found).scalar_subquery()
        absent = self._object(selection, None) if declared.is_total else [NULL]
        return func.coalesce(one, formatted(absent), type_=Text)

    def _small_lookup(self, declared: One, selection: Selection, row: Row) -> Column:
        """Finds an object among all of its type, each of which is put together once."""
        each = self._row(declared.type_name)
        item = formatted(self._object(selection, each)).label("item")
        few = select(each.id, item).cte().prefix_with("MATERIALIZED")
        statement = select(few.c.item).where(declared.where(row, few.c))
        found = statement.correlate_except(few).scalar_subquery()
        return func.coalesce(found, joined(NULL), type_=Text)

    def _page(
        self, declared: Pages, selection: Selection, place: int, row: Row | None = None
    ) -> Column:
        bind = partial(self._bind, place)
        given = self._shape[place]
        target = self._row(declared.type_name)
        order_by = declared.order_by(target)
        listed = self._shown(select(target), declared.type_name, target).order_by(*order_by)
        if declared.within is not None:
            listed = listed.where(declared.within(row, target)).correlate(row)
        if "after_0" in given:
            listed = listed.where(declared.after(target, bind))
        is_of_all = declared.within is None
        for argument, narrow in declared.filters.items():
            if argument in given:
                listed, is_of_all = narrow(listed, target, bind), False
        first = bind("first", BigInteger)
        has_info = any(part.field == "pageInfo" for part in selection.fields)
        # One more than asked for, to know whether the list goes on.
        size: Column = first + ONE if has_info else first
        is_numbered = has_info and declared.within is None
        if is_numbered:
            listed = listed.add_columns(func.row_number().over(order_by=order_by).label("number"))
        if is_of_all:
            # Of a bound limit PostgreSQL expects so many rows that it would rather make a plan at
            # every call, for a list whose plan is always the same.
            listed = select(listed.limit(_ROWS_MAX).subquery())
        page = listed.limit(size).subquery()
        was_in_list, self._is_in_list = self._is_in_list, True
        parts = Page(
            declared,
            self._row(declared.type_name, page),
            first,
            is_on_page=page.c.number <= first if is_numbered else None,
            is_cut=has_info and not is_numbered,
            is_later="after_0" in given,
        ).object(selection, self._object)
        self._is_in_list = was_in_list
        # One group even where nothing is asked for that needs the rows.
        return select(formatted(parts)).select_from(page).having(true()).scalar_subquery()
