"""The size limits of a document, checked before it is validated or executed.

A document within the limits costs little to validate, however its fragments are entangled: each is
measured once. What the selected fields cost to answer is `schema/limits/cost.py`'s.
"""

from collections.abc import Iterable
from typing import NamedTuple

from graphql import DocumentNode, FieldNode, FragmentSpreadNode, GraphQLError, SelectionSetNode
from graphql.language import (
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

TOKENS_MAX = 1_000
DEPTH_MAX = 10
ALIASES_MAX = 15
ROOT_FIELDS_MAX = 20
DIRECTIVES_MAX = 10
# With every fragment written out, and over all operations and fragments of the document.
SELECTIONS_MAX = 1_000
# Of one name in one place: validation compares each of them with each other.
REPEATS_MAX = 20
# The standard introspection query needs 14.
INTROSPECTION_DEPTH_MAX = 15
ERRORS_MAX = 5

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


class _Size(NamedTuple):
    """What a part of a document amounts to, its fragments written out."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0  # at its own level
    selections: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "_Size") -> "_Size":
        """Returns the size of both parts, one after the other."""
        return _Size(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.fields + other.fields,
            self.selections + other.selections,
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


class _Circle(Exception):
    """A fragment holds itself; `name` is that fragment's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Returns the fragments that a document defines, by name."""
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


def selections_of(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> int:
    """Returns how many selections an operation has, with its fragments written out."""
    return _Rule(fragments).size_of_definition(operation).selections


def excess(document: DocumentNode) -> GraphQLError | None:
    """Returns what is wrong with a document that asks for too much; None where nothing is."""
    rule = _Rule(fragments_of(document))
    try:
        sizes = [
            (node, rule.size_of_definition(node))
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
        ]
    except _Circle as circle:
        return GraphQLError(f"Cannot spread fragment '{circle.name}' within itself.")
    except RecursionError:
        return GraphQLError(_more_than("is", DEPTH_MAX, "levels deep"))
    if sum(size.selections for _, size in sizes) > SELECTIONS_MAX:
        return GraphQLError(
            _more_than("has", SELECTIONS_MAX, "selections with its fragments written out")
        )
    for node, size in sizes:
        if isinstance(node, OperationDefinitionNode) and (text := _excess_of(size)):
            return GraphQLError(text, node)
        if name := rule.repeated([node.selection_set]):
            return GraphQLError(
                f"The document selects '{name}' more than {REPEATS_MAX} times in one place."
            )
    return None


def _excess_of(size: _Size) -> str | None:
    bounds = (
        ("is", size.depth, DEPTH_MAX, "levels deep"),
        ("is", size.introspection_depth, INTROSPECTION_DEPTH_MAX, "levels of introspection deep"),
        ("has", size.aliases, ALIASES_MAX, "aliases"),
        ("has", size.fields, ROOT_FIELDS_MAX, "root fields"),
        ("has", size.directives, DIRECTIVES_MAX, "directives"),
    )
    exceeded = (
        _more_than(verb, limit, what) for verb, measured, limit, what in bounds if measured > limit
    )
    return next(exceeded, None)


def _more_than(verb: str, limit: int, what: str) -> str:
    return f"The document {verb} more than {limit:,} {what}."


class _Rule:
    """Measures definitions, each fragment once."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, _Size | None] = {}  # None while one is being measured

    def size_of_definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> _Size:
        """Returns the size of an operation or a fragment. Raises _Circle."""
        if isinstance(node, FragmentDefinitionNode):
            return self._size_of_fragment(node.name.value)
        size = self._size(node.selection_set, is_introspection=False)
        return size._replace(directives=size.directives + len(node.directives or ()))

    def _size_of_fragment(self, name: str) -> _Size:
        if name in self._sizes:
            size = self._sizes[name]
            if size is None:
                raise _Circle(name)
            return size
        fragment = self._fragments.get(name)
        if fragment is None:
            return _Size()  # Validation says so.
        self._sizes[name] = None
        size = self._size(
            fragment.selection_set,
            is_introspection=fragment.type_condition.name.value.startswith("__"),
        )
        size = size._replace(directives=size.directives + len(fragment.directives or ()))
        self._sizes[name] = size
        return size

    def _size(self, selection_set: SelectionSetNode, *, is_introspection: bool) -> _Size:
        total = _Size()
        for node in selection_set.selections:
            if isinstance(node, FragmentSpreadNode):
                size = self._size_of_fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                size = self._size(node.selection_set, is_introspection=is_introspection)
            else:
                assert isinstance(node, FieldNode), "there is no other kind of selection"
                size = self._size_of_field(node, is_introspection)
            total = total.beside(
                size._replace(
                    selections=size.selections + 1,
                    directives=size.directives + len(node.directives or ()),
                )
            )
        return total

    def _size_of_field(self, node: FieldNode, is_introspection: bool) -> _Size:
        is_introspection = is_introspection or node.name.value in INTROSPECTION_FIELDS
        below = (
            self._size(node.selection_set, is_introspection=is_introspection)
            if node.selection_set
            else _Size()
        )
        return below._replace(
            depth=below.depth + (not is_introspection),
            introspection_depth=below.introspection_depth + is_introspection,
            fields=1,
            aliases=below.aliases + (node.alias is not None),
        )

    def repeated(self, selection_sets: Iterable[SelectionSetNode]) -> str | None:
        """Returns the name that is selected too often where these sets meet, or further below.

        The document is small and has no cycle: its sizes have shown both.
        """
        places: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in selection_sets:
            self._collect(selection_set, places, seen)
        for name, nodes in places.items():
            if len(nodes) > REPEATS_MAX:
                return name
            below = [node.selection_set for node in nodes if node.selection_set]
            if below and (found := self.repeated(below)):
                return found
        return None

    def _collect(
        self, selection_set: SelectionSetNode, places: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                places.setdefault(name, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self._collect(node.selection_set, places, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                if fragment := self._fragments.get(node.name.value):
                    self._collect(fragment.selection_set, places, seen)
