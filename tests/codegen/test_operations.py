from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    concat_ast,
    get_named_type,
    parse,
    validate,
)
from graphql.language import FieldNode, FragmentDefinitionNode, FragmentSpreadNode

from codegen.paths import PACKAGE, SCHEMA_FILE

SCHEMA = build_schema(SCHEMA_FILE.read_text())
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
DOCUMENT = concat_ast(
    [parse(path.read_text()) for path in sorted((PACKAGE / "operations").glob("*.graphql"))]
)
FRAGMENTS = {
    node.name.value: node
    for node in DOCUMENT.definitions
    if isinstance(node, FragmentDefinitionNode)
}
OPERATIONS = [node for node in DOCUMENT.definitions if isinstance(node, OperationDefinitionNode)]


def _selected(selection: SelectionSetNode, of_type: GraphQLObjectType) -> dict[str, FieldNode]:
    """Returns the fields that are selected where the object is of this type."""
    fields: dict[str, FieldNode] = {}
    for node in selection.selections:
        if isinstance(node, FieldNode):
            fields[node.name.value] = node
            continue
        part: Any = FRAGMENTS[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = part.type_condition
        names = {of_type.name, *(interface.name for interface in of_type.interfaces)}
        if condition is None or condition.name.value in names:
            fields |= _selected(part.selection_set, of_type)
    return fields


def _union(type_: GraphQLOutputType) -> GraphQLUnionType:
    union = get_named_type(type_)
    assert isinstance(union, GraphQLUnionType)
    return union


def test_the_operations_fit_the_schema() -> None:
    assert validate(SCHEMA, DOCUMENT) == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_reads_every_member_of_its_union_whole(name: str) -> None:
    roots = [
        root
        for operation in OPERATIONS
        if operation.operation is OperationType.MUTATION
        for root in operation.selection_set.selections
        if isinstance(root, FieldNode) and root.name.value == name
    ]
    assert len(roots) == 1
    selection = roots[0].selection_set
    assert selection is not None
    for member in _union(MUTATIONS[name].type).types:
        assert _selected(selection, member).keys() == {"__typename", *member.fields}, member.name


def test_the_queries_are_what_a_frontend_needs() -> None:
    queries = [op.name.value for op in OPERATIONS if op.operation is OperationType.QUERY if op.name]
    assert sorted(queries) == [
        "ExportUser",
        "MemberDashboard",
        "MemberInvites",
        "MemberLedger",
        "MyDashboard",
        "Notifications",
        "ReferralInvite",
        "ReferralInvites",
        "SearchMembers",
        "Tier",
        "Tiers",
    ]
