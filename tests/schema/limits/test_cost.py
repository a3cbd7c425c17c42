"""What an operation costs, by the formula of `schema/limits/cost.py`."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from schema import schema
from schema.limits.cost import Cost, cost_of, introspection_max
from schema.limits.size import fragments_of

CORE = schema._schema
LIST = """query($first: Int! = 7) { members(first: $first) { edges { node {
  userId tier { slug } progress { fraction } ledger(first: 5) { edges { node { points } } }
} } pageInfo { endCursor } } }"""


def cost(document: str) -> Cost:
    """Returns the cost of a document's only operation."""
    parsed = parse(document)
    [operation] = [n for n in parsed.definitions if isinstance(n, OperationDefinitionNode)]
    return cost_of(CORE, operation, fragments_of(parsed))


FORMULA = {
    "{ __typename }": 0,
    'query { tier(slug: "gold") { slug name } }': 1,
    "{ tiers { slug } }": 10,
    "{ me { tier { slug } progress { nextTier { slug } } user { id } } }": 5,
    "{ me { ledger { edges { node { points } } } } }": 1 + 20,
    "{ me { ledger(first: 3) { edges { node { reverses { seq } } } } } }": 1 + 3 * 2,
    # The rows are read, whatever is shown of them.
    "{ me { ledger(first: 3) { pageInfo { endCursor } } } }": 1 + 3,
    "{ me { ledger(first: 3) { edges { cursor } } } }": 1 + 3,
    '{ nodes(ids: ["a", "b", "c"]) { id } }': 3,
    '{ nodes(ids: "a") { id } }': 1,
    # Out of bounds is refused by the field; it costs as much as the bound meanwhile.
    "{ me { ledger(first: 101) { edges { cursor } } } }": 1 + 100,
    f"{{ me {{ ledger(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }} }}": 1 + 100,
    "{ me { ledger(first: -1) { edges { cursor } } } }": 1 + 2,
    # What meets is answered once…
    "{ me { tier { slug } tier { id } ...F } } fragment F on Member { tier { id } user { id } }": 3,
    # …but under two names twice, and every type may be the one that is there.
    "{ a: me { userId } b: me { tier { slug } } }": 3,
    '{ node(id: "a") { ... on Member { tier { id } } ... on LedgerEntry { reverses { id } } } }': 3,
    "mutation { upsertUser(input: {}) { ...on UpsertUserSuccess { user { id } } } }": 100 + 1,
}
WITH_VARIABLES = [
    ({"first": 100}, 800),
    ({"first": 1}, 16),
    ({}, 7 * 8),
    # Refused when they are coerced, or by the field.
    ({"first": 10**9}, 800),
    ({"first": -5}, 16),
    ({"first": "x"}, 800),
    ({"first": None}, 800),
    ({"first": True}, 800),
    ({"first": float("nan")}, 800),
]


@pytest.mark.parametrize(("document", "expected"), FORMULA.items())
def test_the_formula(document: str, expected: int) -> None:
    assert cost(document).of({}) == expected


@pytest.mark.parametrize(("variables", "expected"), WITH_VARIABLES)
def test_first_may_be_a_variable(variables: dict[str, Any], expected: int) -> None:
    assert cost(LIST).of(variables) == expected


def test_variables_multiply() -> None:
    nested = cost(
        "query($a: Int!, $b: Int!) { members(first: $a) { edges { node {"
        " ledger(first: $b) { edges { node { points } } } } } } }"
    )

    assert nested.of({"a": 10, "b": 5}) == 10 * (1 + 5)


def test_ids_may_be_a_variable() -> None:
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }").of({"ids": ["a"] * 30}) == 30


class TestIntrospection:
    def test_costs_nothing_of_what_data_costs(self) -> None:
        assert cost(get_introspection_query()).of({}) == 0

    def test_of_the_standard_query_is_within_its_limit(self) -> None:
        for document in [
            get_introspection_query(),
            get_introspection_query(descriptions=False, input_value_deprecation=True, one_of=True),
        ]:
            assert 0 < cost(document).introspection <= introspection_max(CORE)

    @pytest.mark.parametrize(
        "document",
        [
            "{ __schema { types { a: fields { args { name description defaultValue } }"
            " b: fields { type { fields { name description } } } } } }",
            '{ __type(name: "Query") { fields { type { fields { type { fields { name } } } } } } }',
        ],
    )
    def test_grows_with_what_the_lists_hold(self, document: str) -> None:
        assert cost(document).introspection > 2_000
