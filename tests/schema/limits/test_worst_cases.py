"""The most that a document within the limits costs before it is executed, or refused.

The promise is 100 ms of CPU on a machine that prepares a small query in about 1 ms. A busy machine
measures more of both, so they are compared with each other.
"""

import time
from collections.abc import Iterable

import pytest
from graphql import get_introspection_query

from schema import schema
from schema.operations.documents import Documents

PLAIN = "{ tiers { slug } }"
RATIO_MAX = 100
ROUNDS = 3


def times(numbers: Iterable[int], text: str) -> str:
    """Returns the text for each number, with the number in place of `#`."""
    return " ".join(text.replace("#", str(number)) for number in numbers)


def chain(length: int, spreads: int, field: str) -> str:
    """Returns fragments each of which spreads so many of the next ones."""
    return " ".join(
        f"fragment F{n} on Member {{ {field} "
        + times(range(n + 1, min(n + 1 + spreads, length)), "...F#")
        + " }"
        for n in range(length)
    )


MEMBERS = "{ members { edges { node { %s } } } }"
TWENTY = range(20)
DOCUMENTS = {
    "tokens": "{ tiers { " + "slug " * 990 + "} }",
    "bytes": "{ tiers { slug } } #" + "x" * 99_000,
    "a text": '{ tier(slug: "' + "x" * 99_000 + '") { slug } }',
    "a block text": '{ tier(slug: """' + "\n  x" * 24_000 + '""") { slug } }',
    "commas": "{" + "," * 99_000 + "tiers { slug } }",
    "escapes": '{ tier(slug: "' + "\\u0041" * 16_000 + '") { slug } }',
    "digits": "{ me { ledger(first: " + "9" * 99_000 + ") { edges { cursor } } } }",
    "one field": MEMBERS % ("tier { slug } " * 240),
    "one field, nested": MEMBERS % times(TWENTY, "tier { " + "slug " * 20 + "}"),
    "many fields, repeated": MEMBERS
    % times(TWENTY, "id userId referralCode pointsBalance lifetimePoints tierSince createdAt "
    "tier { id slug name pointThreshold benefits isActive } "
    "user { id userId email displayName marketingMessages createdAt } "
    "progress { fraction pointsToNextTier nextTier { id slug name } }"),
    "objects, repeated": MEMBERS
    % times(TWENTY, "tier { id slug } user { id email } progress { fraction nextTier { id } }"
    " ledger { edges { node { id reverses { id } } } }"),
    "aliases": MEMBERS % times(range(15), "a#: ledger { edges { node { reverses { id seq } } } }"),
    "inline fragments": "{ tiers " + "{ ... " * 190 + "{ slug }" + "}" * 190 + "}",
    "inline fragments, side by side": "{ tiers { " + "... { slug } " * 240 + "} }",
    "fragments, side by side": MEMBERS % times(range(60), "...F#")
    + chain(60, 0, "id userId tier { id }"),
    "fragments, doubling": MEMBERS % "...F0" + chain(9, 9, "id tier { slug }"),
    "fragments, doubling for ever": MEMBERS % "...F0" + chain(70, 2, "id"),
    "fragments in a row": MEMBERS % "...F0" + chain(80, 1, "id"),
    "fragments in a circle": MEMBERS % "...F0" + chain(30, 1, "id")
    + "fragment F30 on Member { ...F0 }",
    "unknown fragments": MEMBERS % times(range(400), "...U#"),
    "unknown fields": "{ tiers { " + times(range(900), "f#") + " } }",
    "unknown arguments": "{ tiers(" + times(range(300), "a#: 1") + ") { slug } }",
    "unknown input fields": "mutation { upsertUser(input: {" + times(range(300), "a#: 1")
    + "}) { __typename } }",
    "unused variables": "query(" + times(range(200), "$v#: Int") + ") { tiers { slug } }",
    "used variables": "query(" + times(range(60), "$v#: Boolean!") + ") { "
    + times(TWENTY, "f#: tiers(includeInactive: $v#) { slug }") + " }",
    "operations": times(range(150), "query Q# { ...F }") + "fragment F on Query { tiers { slug } }",
    "operations with variables": times(range(50), "query Q#($v: Boolean) { ...F }")
    + "fragment F on Query {" + "tiers(includeInactive: $v) { slug } " * 15 + "}",
    "a list": "{ nodes(ids: [" + '"a" ' * 950 + "]) { id } }",
    "lists in lists": "{ nodes(ids: " + "[" * 180 + "]" * 180 + ") { id } }",
    "directives": "{ tiers { slug " + "@skip(if: true) " * 120 + "} }",
    "types of a node": '{ node(id: "a") { ' + "... on Tier { slug } " * 160 + "} }",
    "conflicts": MEMBERS % times(TWENTY, "ledger(first: #) { edges { cursor } }"),
    "the standard introspection": get_introspection_query(),
}  # fmt: skip


def cpu_seconds(document: str) -> float:
    """Returns how much CPU it takes, at best, to prepare a document that was never seen."""
    spent = []
    for _ in range(ROUNDS):
        documents = Documents(schema._schema)
        before = time.process_time()
        documents.prepare(document, may_introspect=True)
        spent.append(time.process_time() - before)
    return min(spent)


@pytest.fixture(scope="module")
def plain_seconds() -> float:
    """How much CPU a small query takes in this run."""
    cpu_seconds(PLAIN)
    return cpu_seconds(PLAIN)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_costs_a_hundred_times_a_small_query_at_most(document: str, plain_seconds: float) -> None:
    assert len(document) <= 100_000
    assert cpu_seconds(document) < RATIO_MAX * plain_seconds
