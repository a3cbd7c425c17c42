"""The cost of an operation, computed from its document and its variables alone.

- A field that is an object costs 1, and what is selected of it; scalars are free.
- A connection costs `first` times its node, 1 at least for each item, and for two items at least,
  since a list is more work than its item; edges and page info are free.
- A mutation costs 100, and what is selected of its result.
- `nodes` costs its node as often as it has ids, and any other list 10 times its item.
- Fields that meet, by fragments or by repetition, are answered once and cost once; what is selected
  of several types adds up.

So `members(first: 100)` with tier, progress and 5 ledger entries each costs 100 x (1 + 1 + 1 + 5).
Introspection has no rows behind it and an account of its own: each of its fields costs 1, and lists
multiply by how many there are in this schema.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_introspection_query,
    get_named_type,
    is_composite_type,
    is_list_type,
    parse,
    value_from_ast_untyped,
)

from domain.values import PAGE_SIZE_MAX
from schema.limits.introspection import LISTS, list_length
from schema.limits.size import INTROSPECTION_FIELDS, fragments_of
from schema.types.connection import PAGE_SIZE_DEFAULT, is_part_of_page
from schema.types.node import NODES_MAX

COST_MAX = 1_000
LIST_LENGTH = 10
CONNECTION_ITEMS_MIN = 2
# A transaction takes as long as it does to resolve so many objects.
MUTATION_COST = 100
# Over the cost of the standard query: tools ask for a little more, or less.
_INTROSPECTION_MARGIN = 1.25

Variables = Mapping[str, Any]


@dataclass
class Cost:
    """What a part of an operation costs: so much, and so much for each item of some variables."""

    fixed: int = 0
    introspection: float = 0.0
    # How many items there are is known with the variables: each of them costs as its part does.
    varying: list[tuple["_Count", "Cost"]] = field(default_factory=list)

    def of(self, variables: Variables) -> int:
        """Returns the cost with these variables, without introspection."""
        return self.fixed + sum(
            count.of(variables) * part.of(variables) for count, part in self.varying
        )

    def add(self, part: "Cost", count: "_Count | int" = 1) -> None:
        """Adds a part, for each of `count` items."""
        if isinstance(count, _Count):
            self.varying.append((count, part))
            return
        self.fixed += count * part.fixed
        self.introspection += count * part.introspection
        for varying, below in part.varying:
            scaled = Cost()
            scaled.add(below, count)
            self.varying.append((varying, scaled))


@dataclass(frozen=True)
class _Count:
    """How many items a variable asks for: a number, or the length of a list."""

    variable: str
    default: Any
    least: int = 1

    def of(self, variables: Variables) -> int:
        return max(_items(variables.get(self.variable, self.default)), self.least)


def cost_of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> Cost:
    """Returns the cost of an operation of a valid document that is within the limits."""
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation has found the operation's type"
    defaults = {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value
    }
    return _Costs(schema, fragments, defaults).below([(root, operation.selection_set)])


@lru_cache(maxsize=1)
def introspection_max(schema: GraphQLSchema) -> float:
    """Returns what introspection may cost: the standard query, and a margin."""
    standard = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    document = parse(standard)
    [operation] = (
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    )
    cost = cost_of(schema, operation, fragments_of(document))
    return cost.introspection * _INTROSPECTION_MARGIN


def _items(value: Any) -> int:
    # A number or a list that is out of bounds is refused when the field is answered.
    if isinstance(value, list):
        return min(len(value), NODES_MAX)
    return min(max(value, 1), PAGE_SIZE_MAX) if type(value) is int else PAGE_SIZE_MAX


_Parts = Sequence[tuple[GraphQLNamedType, SelectionSetNode]]


class _Costs:
    """Adds up one operation, as it is executed: selections of the same name are one field."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        defaults: Variables,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._defaults = defaults

    def below(self, parts: _Parts, *, is_of_all: bool = False) -> Cost:
        """Returns the cost of what is selected, part by part, of one object.

        `is_of_all` distinguishes introspection of all types from that of one type.
        """
        total = Cost()
        met: dict[tuple[str, str], list[tuple[GraphQLNamedType, FieldNode]]] = {}
        for parent, node in self._fields(parts, set()):
            name = (node.alias or node.name).value
            met.setdefault((parent.name, name), []).append((parent, node))
        for selected in met.values():
            parent, node = selected[0]
            if parent.name.startswith("__") or node.name.value in INTROSPECTION_FIELDS:
                self._add_introspection(total, selected, is_of_all)
            else:
                self._add_field(total, selected)
        return total

    def _fields(
        self, parts: _Parts, seen: set[tuple[str, str]]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        for parent, selection_set in parts:
            for node in selection_set.selections:
                if isinstance(node, FieldNode):
                    yield parent, node
                    continue
                part: InlineFragmentNode | FragmentDefinitionNode
                if isinstance(node, FragmentSpreadNode):
                    if (parent.name, node.name.value) in seen:
                        continue
                    seen.add((parent.name, node.name.value))
                    part = self._fragments[node.name.value]
                else:
                    assert isinstance(node, InlineFragmentNode), "there is no other selection"
                    part = node
                condition = part.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                assert type_ is not None, "validation has found the fragment's type"
                yield from self._fields([(type_, part.selection_set)], seen)

    def _add_field(
        self, total: Cost, selected: Sequence[tuple[GraphQLNamedType, FieldNode]]
    ) -> None:
        parent, node = selected[0]
        definition = _definition(parent, node.name.value)
        type_ = definition and get_named_type(definition.type)
        if definition is None or not is_composite_type(type_):
            return  # Scalars are free, and so is __typename, which has no definition.
        below = self.below(_parts(type_, selected))
        if "first" in definition.args:
            self._add_connection(total, node, below)
        elif is_part_of_page(type_):
            total.add(below)
        else:
            below.fixed += MUTATION_COST if parent is self._schema.mutation_type else 1
            total.add(below, self._count(node, definition))

    def _add_introspection(
        self,
        total: Cost,
        selected: Sequence[tuple[GraphQLNamedType, FieldNode]],
        is_of_all: bool,
    ) -> None:
        parent, node = selected[0]
        name = node.name.value
        definition = _definition(parent, name)
        type_ = definition and get_named_type(definition.type)
        cost = 1.0
        if is_composite_type(type_):
            is_all = name == "types" or (is_of_all and name in LISTS)
            cost += self.below(_parts(type_, selected), is_of_all=is_all).introspection
        total.introspection += cost * list_length(self._schema, name, is_of_all=is_of_all)

    def _add_connection(self, total: Cost, node: FieldNode, below: Cost) -> None:
        if not below.fixed and not below.varying:
            below.fixed = 1
        items = self._argument(node, "first", PAGE_SIZE_DEFAULT)
        if isinstance(items, _Count):
            total.add(below, replace(items, least=CONNECTION_ITEMS_MIN))
        else:
            total.add(below, max(items, CONNECTION_ITEMS_MIN))

    def _count(self, node: FieldNode, definition: GraphQLField) -> "_Count | int":
        type_ = definition.type
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if not is_list_type(type_):
            return 1
        return self._argument(node, "ids", NODES_MAX) if "ids" in definition.args else LIST_LENGTH

    def _argument(self, node: FieldNode, name: str, default: int) -> "_Count | int":
        for argument in node.arguments or ():
            if argument.name.value == name:
                return self._value(argument.value, default)
        return default

    def _value(self, value: ValueNode, default: int) -> "_Count | int":
        match value:
            case VariableNode():
                variable = value.name.value
                return _Count(variable, self._defaults.get(variable, default))
            case IntValueNode():
                # A number of thousands of digits is none to Python.
                return _items(int(value.value) if len(value.value) < 10 else PAGE_SIZE_MAX)
            case ListValueNode():
                return min(len(value.values), NODES_MAX)
            case _:
                return 1


def _parts(
    type_: GraphQLNamedType, selected: Sequence[tuple[GraphQLNamedType, FieldNode]]
) -> _Parts:
    return [(type_, node.selection_set) for _, node in selected if node.selection_set]


def _definition(parent: GraphQLNamedType, name: str) -> GraphQLField | None:
    of_root = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
    definition = of_root.get(name) or getattr(parent, "fields", {}).get(name)
    assert definition is None or isinstance(definition, GraphQLField)
    return definition
