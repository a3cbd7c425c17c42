"""From a selection to the one statement that reads all of it.

The compiler assembles the statement from texts that SQLAlchemy has rendered once for each
declaration, and fills in the names of rows, the arguments and the JSON within. To build and render
one expression for each document would take SQLAlchemy 0.3 ms for each selection.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from db.json_queries import frames
from db.json_queries.connections import Page
from db.json_queries.declarations import Connection, Embedded, Mapping, ToOne, Value
from db.json_queries.expressions import NULL, name
from db.json_queries.roots import (
    OWNER_SCOPE,
    ConnectionRoot,
    FieldsRoot,
    ListRoot,
    ObjectRoot,
    ObjectsRoot,
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
from db.json_queries.statement import Slot, Statement
from db.json_queries.templates import (
    Alias,
    Argument,
    Constant,
    RowSource,
    Template,
    table_source,
)
from db.json_queries.texts import JsonText, Sql, formatted, object_text

STATEMENTS_MAX = 256


class JsonQueries:
    """A mapping, and the statements that were lately made by it."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._statements: OrderedDict[tuple[Root, Selections, ArgumentSignature], Statement] = (
            OrderedDict()
        )

    def statement(
        self, root: Root, selections: Selections, signature: ArgumentSignature
    ) -> Statement:
        """Returns the statement that reads the selections of each of the root's types.

        Every field of the selections is in the mapping.
        """
        key = (root, selections, signature)
        if key in self._statements:
            self._statements.move_to_end(key)
        else:
            self._statements[key] = _Compiler(self.mapping, signature).statement(root, selections)
            if len(self._statements) > STATEMENTS_MAX:
                self._statements.popitem(last=False)
        return self._statements[key]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: the texts that are rendered for it, and the names of its tables in this statement."""

    source: RowSource
    aliases: tuple[str, ...]


@lru_cache(4_096)
def _value_of_row(declared: Value, source: RowSource, aliases: tuple[str, ...]) -> JsonText | None:
    """Returns the JSON of a scalar if it depends on the row alone. Nobody may change the list."""
    texts: JsonText = []
    for template in frames.value_texts(declared, source):
        if isinstance(template, str):
            texts.append(template)
        elif template.is_of_row:
            texts.append(Sql(template.of_row(aliases)))
        else:
            return None
    return texts


class _Compiler:
    def __init__(self, mapping: Mapping, signature: ArgumentSignature) -> None:
        self._mapping = mapping
        self._signature = signature
        self._sources: list[Slot | Constant] = []
        self._numbers: dict[Slot, int] = {}
        self._common_tables: dict[str, None] = {}
        self._lookups: dict[str, str] = {}
        self._aliases_count = 0
        self._is_in_list = False

    def statement(self, root: Root, selections: Selections) -> Statement:
        sql = self._root(root, selections)
        if self._common_tables:
            sql = f"WITH {', '.join(self._common_tables)} {sql}"
        return Statement(sql, tuple(self._sources))

    def _root(self, root: Root, selections: Selections) -> str:
        if isinstance(root, ObjectsRoot):
            return self._objects(root, selections)
        if isinstance(root, FieldsRoot):
            return self._fields(root, selections)
        [selection] = selections
        match root:
            case ObjectRoot():
                return self._one_object(root, lambda row: formatted(self._object(selection, row)))
            case ListRoot():
                return self._list(root, selection)
            case ConnectionRoot():
                if root.of is None:
                    return f"SELECT {self._page(root.pages, selection, 0, None)}"
                return self._one_object(
                    root.of, lambda row: self._page(root.pages, selection, 0, row)
                )

    def _one_object(
        self,
        root: ObjectRoot,
        content: Callable[[_Row], str],
        rename: Callable[[str], str] | None = None,
    ) -> str:
        row = self._row(root.type_name)
        frame = frames.object_frame(root, *self._target(root.type_name))
        return self._fill(frame, row.aliases, (content(row),), rename=rename)

    def _objects(self, root: ObjectsRoot, selections: Selections) -> str:
        rows = [self._row(kind.type_name) for kind in root.kinds]
        targets = tuple(self._target(kind.type_name) for kind in root.kinds)
        contents = tuple(
            formatted(self._object(selection, row))
            for selection, row in zip(selections, rows, strict=True)
        )
        aliases = tuple(alias for row in rows for alias in row.aliases)
        return self._fill(frames.objects_frame(root, targets), aliases, contents)

    def _fields(self, root: FieldsRoot, selections: Selections) -> str:
        values = (
            self._field_of_object(number, kind, selection)
            for number, (kind, selection) in enumerate(zip(root.kinds, selections, strict=True))
        )
        return f"SELECT ARRAY[{', '.join(values)}]"

    def _field_of_object(self, number: int, kind: ObjectRoot, selection: Selection) -> str:
        [selected] = selection.fields
        statement = self._one_object(
            kind,
            lambda row: formatted(self._field(kind.type_name, selected, row)),
            rename=lambda name: argument_of(number, name),
        )
        # A text without any column is of no type yet.
        return f"CAST(({statement}) AS TEXT)"

    def _list(self, root: ListRoot, selection: Selection) -> str:
        row = self._row(root.type_name)
        model, _ = self._target(root.type_name)
        items = self._fill(
            frames.items(False, False), row.aliases, (formatted(self._object(selection, row)),)
        )
        frame = frames.list_frame(root, model, frozenset(self._signature[0]))
        return self._fill(
            frame, (*row.aliases, self._alias()), (formatted(["[", Sql(items), "]"]),)
        )

    def _target(self, type_name: str) -> frames.Target:
        """Returns the table of a type, and its owner if the caller sees only their own rows."""
        entity = self._mapping[type_name]
        assert entity.model is not None, f"a {type_name} is found only by way of others"
        return entity.model, self._owner_id(type_name)

    def _owner_id(self, type_name: str) -> frames.OwnerId | None:
        return self._mapping[type_name].owner_id if OWNER_SCOPE in self._signature[0] else None

    def _row(self, type_name: str) -> _Row:
        model, _ = self._target(type_name)
        return _Row(table_source(model), (self._alias(),))

    def _alias(self) -> str:
        self._aliases_count += 1
        return f"r{self._aliases_count}"

    def _object(self, selection: Selection, row: _Row | None) -> JsonText:
        """Returns the object's JSON; without a row, that of a total object."""
        return object_text(
            (selected.key, self._field(selection.type_name, selected, row))
            for selected in selection.fields
        )

    def _field(self, type_name: str, selected: SelectedField, row: _Row | None) -> JsonText:
        if selected.field == TYPENAME:
            return [name(type_name)]
        declared = self._mapping[type_name].fields[selected.field]
        if row is None:
            return [declared.absent if isinstance(declared, Value) else NULL]
        if isinstance(declared, Value):
            return self._value(declared, row)
        assert selected.selection is not None, "an object has a selection"
        match declared:
            case Embedded():
                source = frames.embedded_source(declared, row.source)
                return self._object(selected.selection, replace(row, source=source))
            case ToOne():
                return [Sql(self._to_one(declared, selected.selection, row))]
            case Connection():
                assert selected.slot is not None, "a connection takes arguments"
                return [Sql(self._page(declared, selected.selection, selected.slot, row))]

    def _value(self, declared: Value, row: _Row) -> JsonText:
        if (texts := _value_of_row(declared, row.source, row.aliases)) is not None:
            return texts
        return [
            part if isinstance(part, str) else Sql(self._fill(part, row.aliases))
            for part in frames.value_texts(declared, row.source)
        ]

    def _to_one(self, declared: ToOne, selection: Selection, row: _Row) -> str:
        if declared.is_small_lookup and self._is_in_list:
            return self._small_lookup(declared, selection, row)
        model = self._mapping[declared.type_name].model
        source = frames.found_source(declared, row.source, model)
        aliases = (*row.aliases, self._alias())
        found = _Row(source, aliases if declared.seen_as else aliases[-1:])
        item = formatted(self._object(selection, found))
        absent = formatted(self._object(selection, None) if declared.is_total else [NULL])
        frame = frames.to_one_frame(declared, row.source, model, self._owner_id(declared.type_name))
        return self._fill(frame, aliases, (item, absent))

    def _small_lookup(self, declared: ToOne, selection: Selection, row: _Row) -> str:
        """Finds an object among all of its type, each of which is serialized once."""
        model, _ = self._target(declared.type_name)
        each = _Row(table_source(model), ("each_row",))
        item = formatted(self._object(selection, each))
        rows = self._fill(frames.lookup_rows(model), each.aliases, (item,))
        if rows not in self._lookups:
            self._lookups[rows] = table = f"lookup_{len(self._lookups)}"
            self._common_tables[f"{table} AS MATERIALIZED ({rows})"] = None
        frame = frames.lookup_frame(declared, row.source)
        return self._fill(frame, (*row.aliases, self._lookups[rows]))

    def _page(self, declared: Connection, selection: Selection, slot: int, row: _Row | None) -> str:
        model, owner_id = self._target(declared.type_name)
        given = frozenset(self._signature[slot])
        has_info = any(part.field == "pageInfo" for part in selection.fields)
        listed = self._row(declared.type_name)
        was_in_list, self._is_in_list = self._is_in_list, True
        content = Page(
            declared,
            model,
            fill=lambda template, *contents: self._fill(template, listed.aliases, contents, slot),
            node=lambda selected: self._object(selected, listed),
            is_numbered=has_info and declared.within is None,
            is_cut=has_info and declared.within is not None,
            is_later="after_0" in given,
        ).object(selection)
        self._is_in_list = was_in_list
        frame = frames.connection_frame(
            declared, row and row.source, (model, owner_id), given - {OWNER_SCOPE}, has_info
        )
        outer = row.aliases if row else ()
        aliases = (*outer, *listed.aliases, self._alias(), self._alias())
        return self._fill(frame, aliases, (formatted(content),), slot)

    def _fill(
        self,
        template: Template,
        aliases: tuple[str, ...],
        contents: tuple[str, ...] = (),
        slot: int = 0,
        rename: Callable[[str], str] | None = None,
    ) -> str:
        """Returns the text of a template; its arguments are those of a slot."""
        if template.common_table is not None:
            self._common_tables[template.common_table] = None
        texts = []
        for part in template.parts:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, Alias):
                texts.append(aliases[part.number])
            elif isinstance(part, Argument):
                texts.append(self._argument(part.name, slot, rename))
            elif isinstance(part, Constant):
                self._sources.append(part)
                texts.append(f"${len(self._sources)}")
            else:
                texts.append(contents[part.number])
        return "".join(texts)

    def _argument(self, name: str, slot: int, rename: Callable[[str], str] | None) -> str:
        # Every slot shares the row owner scope.
        source = Slot(slot, rename(name) if rename else name)
        if name == OWNER_SCOPE:
            source = Slot(0, name)
        if source not in self._numbers:
            self._sources.append(source)
            self._numbers[source] = len(self._sources)
        return f"${self._numbers[source]}"
