"""Who may use the root fields, in both ways of execution: four callers, every field.

The table names every one of them, and every other guarded field; the mutations are those of
`tests/fixtures/mutation_cases.py`. A field without an expectation is a failure. All other fields of
all other types: test_matrix.py.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from schema import schema
from tests.fixtures.actors import ADA, ADMIN, EVERYBODY
from tests.fixtures.database import Rows
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api
from tests.fixtures.history import ENTRY_ID, Past
from tests.fixtures.mutation_cases import CASES, document_of

OK = "answered"
NULL = "null"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
GUARDS = {"isAuthenticated", "isSelfOrAdmin", "isAdmin"}

# What each of EVERYBODY gets: nobody, ada (whose everything is), bob, an admin.
FOR_ALL = (OK, OK, OK, OK)
FOR_ADMINS = (UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, OK)
FOR_SELF = (UNAUTHENTICATED, OK, FORBIDDEN, OK)
SEEN_BY_SELF = (NULL, OK, NULL, OK)
BENEATH_AN_UNSEEN_NODE = (NULL, FORBIDDEN, NULL, OK)


@dataclass(frozen=True)
class Expectation:
    """How to ask for a field of ada's past, the guard that it shows, and who gets what."""

    ask: str
    guard: str | None
    outcomes: tuple[str, str, str, str]


MUTATIONS = {
    f"Mutation.{name}": Expectation(
        document_of(name).replace(f"{name}(", f"value: {name}("), "isAdmin", FOR_ADMINS
    )
    for name in CASES
}
TABLE = MUTATIONS | {
    "Query.tiers": Expectation("{ value: tiers { slug } }", None, FOR_ALL),
    "Query.tier": Expectation('{ value: tier(slug: "gold") { slug } }', None, FOR_ALL),
    "Query.me": Expectation(
        "{ value: me { userId } }", "isAuthenticated", (UNAUTHENTICATED, OK, OK, NULL)
    ),
    "Query.member": Expectation(
        '{ value: member(userId: "ada") { userId } }', "isSelfOrAdmin", FOR_SELF
    ),
    "Query.members": Expectation("{ value: members { edges { cursor } } }", "isAdmin", FOR_ADMINS),
    "Query.referralInvite": Expectation(
        '{ value: referralInvite(code: "%(code)s") { code } }',
        "isAuthenticated",
        (UNAUTHENTICATED, OK, NULL, OK),
    ),
    "Query.referralInvites": Expectation(
        "{ value: referralInvites { edges { cursor } } }", "isAdmin", FOR_ADMINS
    ),
    "Query.notifications": Expectation(
        "{ value: notifications { edges { cursor } } }", "isAdmin", FOR_ADMINS
    ),
    "Query.ledgerCheckpoint": Expectation(
        "{ value: ledgerCheckpoint { digest } }", "isAdmin", FOR_ADMINS
    ),
    "Query.node": Expectation(f'{{ value: node(id: "{ENTRY_ID}") {{ id }} }}', None, SEEN_BY_SELF),
    "Query.nodes": Expectation(
        f'{{ value: nodes(ids: ["{ENTRY_ID}"]) {{ id }} }}', None, SEEN_BY_SELF
    ),
    "LedgerEntry.actorId": Expectation(
        f'{{ node(id: "{ENTRY_ID}") {{ ... on LedgerEntry {{ value: actorId }} }} }}',
        "isAdmin",
        BENEATH_AN_UNSEEN_NODE,
    ),
    "ReferralInvite.invitee": Expectation(
        '{ node(id: "%(invite_id)s") { ... on ReferralInvite { value: invitee { userId } } } }',
        "isAdmin",
        BENEATH_AN_UNSEEN_NODE,
    ),
    "Query.exportUser": Expectation('{ value: exportUser(userId: "ada") }', "isAdmin", FOR_ADMINS),
}


@cache
def guards_in_the_schema() -> dict[str, str | None]:
    """Returns the guard of every field of the roots, and of every other field that has one."""
    found: dict[str, str | None] = {}
    for definition in parse(schema.as_str()).definitions:
        if not isinstance(definition, ObjectTypeDefinitionNode):
            continue
        for field in definition.fields or ():
            names = [directive.name.value for directive in field.directives or ()]
            guards = [name for name in names if name in GUARDS]
            assert len(guards) <= 1
            if guards or definition.name.value in ("Query", "Mutation"):
                found[f"{definition.name.value}.{field.name.value}"] = guards[0] if guards else None
    return found


def outcome_of(data: Any, codes: list[str]) -> str:
    """Returns what came of asking: the code of the only error, NULL or OK."""
    if codes:
        [code] = codes
        return code
    value = data.get("value", data.get("node"))
    return NULL if value is None or value == [None] else OK


def test_every_field_that_needs_one_has_an_expectation() -> None:
    assert {name: expected.guard for name, expected in TABLE.items()} == guards_in_the_schema()


@pytest.mark.promised
@pytest.mark.parametrize("field", TABLE)
async def test_four_callers(api: Api, past: Past, rows: Rows, figure: Figure, field: str) -> None:
    expected = TABLE[field]
    ask = past.filled_into(expected.ask)
    outcomes = []
    for caller in EVERYBODY[:-1]:
        async with rows.unchanged():
            answer = await api.graphql(ask, caller=caller)
        outcomes.append(outcome_of(answer.data, answer.codes))
    by_admin = await api.graphql(ask, caller=ADMIN)
    outcomes.append(outcome_of(by_admin.data, by_admin.codes))

    assert tuple(outcomes) == expected.outcomes
    figure("guarded root fields as four callers", "each gets what the table says", "as it says")
    if field.startswith("Mutation."):
        assert by_admin.data["value"]["__typename"].endswith("Success")


async def test_a_refusal_of_one_root_field_keeps_the_others(api: Api, past: Past) -> None:
    answer = await api.graphql("{ tiers { slug } members { edges { cursor } } }", caller=ADA)

    # `members` cannot be null, so that its refusal takes the whole data with it.
    assert (answer.data, answer.codes) == (None, [FORBIDDEN])

    answer = await api.graphql('{ tiers { slug } member(userId: "bob") { userId } }', caller=ADA)
    assert answer.codes == [FORBIDDEN]
    assert answer.data["member"] is None
    assert len(answer.data["tiers"]) == 4
