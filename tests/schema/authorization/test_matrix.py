"""Who gets what of every field of every type: four callers each, and none without an expectation.

The fields of Query and Mutation have a table of their own in test_root_fields.py. A refusal that
the caller can act on is no type of its own to be guarded: it comes only out of a mutation, and all
of these are for admins.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_union_type,
)

from schema import schema
from tests.fixtures.actors import ADMIN, EVERYBODY
from tests.fixtures.database import Rows
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Answer, Api
from tests.fixtures.history import ENTRY_ID, NOTIFICATION_ID, Past
from tests.fixtures.mutation_cases import CASES, document_of, type_of
from tests.fixtures.selections import gid
from tests.schema.authorization.test_root_fields import (
    BENEATH_AN_UNSEEN_NODE,
    FOR_ADMINS,
    FOR_ALL,
    FOR_SELF,
    NULL,
    OK,
    SEEN_BY_SELF,
    TABLE,
)

ONLY_ADMINS_SEE = (NULL, NULL, NULL, OK)
SCHEMA = build_schema(schema.as_str())
USER_ID, MEMBER_ID = gid("User", "ada"), gid("Member", "ada")
Outcomes = tuple[str, str, str, str]


@dataclass(frozen=True)
class Place:
    """Where a type is met, by its path, and what each of EVERYBODY gets of its fields there.

    `fields` all have the same outcomes, but for those in `guarded`.
    """

    ask: str
    path: tuple[str | int, ...]
    outcomes: Outcomes
    fields: str
    guarded: dict[str, Outcomes] = field(default_factory=dict)

    def expected(self) -> dict[str, Outcomes]:
        """Returns the outcomes by field."""
        return dict.fromkeys(self.fields.split(), self.outcomes) | self.guarded


def node(global_id: str, type_name: str) -> str:
    return f'{{ node(id: "{global_id}") {{ ... on {type_name} {{ $fields }} }} }}'


def success(mutation: str) -> tuple[str, Place]:
    """Returns the place of a mutation's success."""
    ask = document_of(mutation, f"... on {type_of(mutation)} {{ $fields }}")
    fields = " ".join([*CASES[mutation].answer, "replayed"])
    return type_of(mutation), Place(ask, (mutation,), FOR_ADMINS, fields)


IN_A_LIST = "edges pageInfo"
ON_AN_EDGE = "cursor node"
PLACES: dict[str, Place] = {
    "Tier": Place(
        '{ tier(slug: "gold") { $fields } }',
        ("tier",),
        FOR_ALL,
        "id slug name pointThreshold benefits isActive createdAt updatedAt",
    ),
    "User": Place(
        node(USER_ID, "User"),
        ("node",),
        SEEN_BY_SELF,
        "id userId email displayName marketingMessages createdAt erasedAt",
    ),
    "Member": Place(
        node(MEMBER_ID, "Member"),
        ("node",),
        SEEN_BY_SELF,
        "id userId referralCode pointsBalance lifetimePoints tier tierSince progress ledger "
        "invites user createdAt",
    ),
    "TierProgress": Place(
        '{ member(userId: "ada") { progress { $fields } } }',
        ("member", "progress"),
        FOR_SELF,
        "nextTier pointsToNextTier fraction",
    ),
    "LedgerEntry": Place(
        node(ENTRY_ID, "LedgerEntry"),
        ("node",),
        SEEN_BY_SELF,
        "id seq kind points balanceAfter description reference metadata createdAt reverses hash",
        {"actorId": BENEATH_AN_UNSEEN_NODE},
    ),
    "LedgerCheckpoint": Place(
        "{ ledgerCheckpoint { $fields } }",
        ("ledgerCheckpoint",),
        FOR_ADMINS,
        "asOf members entries digest statement signature publicKey algorithm",
    ),
    "LedgerEntryConnection": Place(
        '{ member(userId: "ada") { ledger { $fields } } }',
        ("member", "ledger"),
        FOR_SELF,
        IN_A_LIST,
    ),
    "LedgerEntryEdge": Place(
        '{ member(userId: "ada") { ledger { edges { $fields } } } }',
        ("member", "ledger", "edges", 0),
        FOR_SELF,
        ON_AN_EDGE,
    ),
    "PageInfo": Place(
        '{ member(userId: "ada") { ledger { pageInfo { $fields } } } }',
        ("member", "ledger", "pageInfo"),
        FOR_SELF,
        "hasNextPage hasPreviousPage startCursor endCursor",
    ),
    "ReferralInvite": Place(
        node("%(invite_id)s", "ReferralInvite"),
        ("node",),
        SEEN_BY_SELF,
        "id code source status inviteeEmail rewardPoints inviteeRewardPoints metadata expiresAt "
        "completedAt cancelledAt createdAt referrer",
        {"invitee": BENEATH_AN_UNSEEN_NODE},
    ),
    "ReferralInviteConnection": Place(
        '{ member(userId: "ada") { invites { $fields } } }',
        ("member", "invites"),
        FOR_SELF,
        IN_A_LIST,
    ),
    "ReferralInviteEdge": Place(
        '{ member(userId: "ada") { invites { edges { $fields } } } }',
        ("member", "invites", "edges", 0),
        FOR_SELF,
        ON_AN_EDGE,
    ),
    "MemberConnection": Place("{ members { $fields } }", ("members",), FOR_ADMINS, IN_A_LIST),
    "MemberEdge": Place(
        "{ members { edges { $fields } } }", ("members", "edges", 0), FOR_ADMINS, ON_AN_EDGE
    ),
    "Notification": Place(
        node(NOTIFICATION_ID, "Notification"),
        ("node",),
        ONLY_ADMINS_SEE,
        "id userId kind status reason eventId recordedAt user",
    ),
    "NotificationConnection": Place(
        "{ notifications { $fields } }", ("notifications",), FOR_ADMINS, IN_A_LIST
    ),
    "NotificationEdge": Place(
        "{ notifications { edges { $fields } } }",
        ("notifications", "edges", 0),
        FOR_ADMINS,
        ON_AN_EDGE,
    ),
    **dict(map(success, CASES)),
}


def object_types() -> dict[str, GraphQLObjectType]:
    """Returns the object types of the schema, but for the roots and those of introspection."""
    roots = ("Query", "Mutation")
    return {
        name: each
        for name, each in SCHEMA.type_map.items()
        if is_object_type(each) and name not in roots and not name.startswith("__")
    }


def refusals() -> set[str]:
    """Returns the types of refusals that the caller can act on."""
    interface: Any = SCHEMA.type_map["UserError"]
    return {each.name for each in SCHEMA.get_possible_types(interface)}


def test_every_field_of_every_type_has_an_expectation() -> None:
    fields = {name: set(each.fields) for name, each in object_types().items()}
    expected = {name: set(place.expected()) for name, place in PLACES.items()}
    assert {name: fields[name] for name in fields.keys() - refusals()} == expected


def test_a_refusal_comes_only_out_of_a_mutation() -> None:
    """And so its fields, whichever they are, are for admins, as every mutation is."""
    met_in = {
        (type_name, name)
        for type_name, each in object_types().items() | {("Query", SCHEMA.query_type)}
        for name, of in (each.fields if each else {}).items()
        if get_named_type(of.type).name in refusals() | unions()
    }
    assert met_in == set()
    assert {TABLE[f"Mutation.{name}"].outcomes for name in mutations()} == {FOR_ADMINS}


def unions() -> set[str]:
    return {name for name, each in SCHEMA.type_map.items() if is_union_type(each)}


def mutations() -> dict[str, GraphQLUnionType]:
    """Returns the result of every mutation."""
    assert SCHEMA.mutation_type is not None
    results: dict[str, Any] = {
        name: get_named_type(each.type) for name, each in SCHEMA.mutation_type.fields.items()
    }
    return results


@pytest.mark.promised
@pytest.mark.parametrize("type_name", PLACES)
async def test_four_callers(
    api: Api, past: Past, rows: Rows, figure: Figure, type_name: str
) -> None:
    place = PLACES[type_name]
    ask = past.filled_into(place.ask.replace("$fields", " ".join(selections(type_name))))

    outcomes = []
    for caller in EVERYBODY:
        if caller == ADMIN:
            outcomes.append(outcomes_of(await api.graphql(ask, caller=caller), place))
            continue
        async with rows.unchanged():
            outcomes.append(outcomes_of(await api.graphql(ask, caller=caller), place))

    by_field = {name: tuple(each[name] for each in outcomes) for name in place.expected()}
    assert by_field == place.expected()
    figure("every field of a type, as four callers", "each gets what the table says", "as it says")


def selections(type_name: str) -> list[str]:
    """Returns every field of a type, as it is selected."""
    return [
        name if is_leaf_type(get_named_type(each.type)) else f"{name} {{ __typename }}"
        for name, each in object_types()[type_name].fields.items()
    ]


def outcomes_of(answer: Answer, place: Place) -> dict[str, str]:
    """Returns what came of each field: the code of its error, NULL beneath nothing, or OK."""
    codes = {tuple(error["path"]): error["extensions"]["code"] for error in answer.errors}
    above = [codes[path] for path in codes if path == place.path[: len(path)]]
    parent: Any = answer.data
    for step in place.path:
        parent = None if parent is None else parent[step]
    otherwise = above[0] if above else NULL if parent is None else OK
    return {name: codes.get((*place.path, name), otherwise) for name in place.expected()}
