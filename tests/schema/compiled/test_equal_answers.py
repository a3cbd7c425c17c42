"""Both executions give equal answers, to any document, caller and stored data.

`LOYALTY_TEST_QUESTIONS` sets how many questions are asked; by default a few hundred, the same ones
in every run.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLObjectType
from hypothesis import event, given
from hypothesis import strategies as st
from sqlalchemy import false

from db.json_queries import MAPPING, Connection, JsonQueries
from db.json_queries.declarations import Value
from schema import schema
from schema.error_channels import INTERNAL_SERVER_ERROR
from schema.types.connection import cursor
from tests.fixtures.actors import ADA, ADMIN, BOB, EVERYBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.executions import Executions, many, questions_count
from tests.fixtures.factories import Make
from tests.fixtures.generated_documents import GeneratedDocument, questions
from tests.fixtures.selections import gid

ODD = (
    """é🦆 "quoted" \\back/slash\\ \t\n\r\b\f\x01\x1f\x7f \u2028\u2029 \ufeff </script> %_' $1 :x"""
)
ODD_ID = "odd: \"'\\ 🦆/é"
WORDS: dict[str, list[Any]] = {
    "userId": ["ada", "bob", "newcomer", "nobody", ODD_ID, "", " ada", "x" * 129, "a\x00"],
    "referrerId": ["ada", "bob", ODD_ID, "nobody", ""],
    "slug": ["gold", "old", "no-such", "", "Gold"],
    "tierSlug": ["gold", "bronze", "platinum", "old", "no-such", ""],
    "search": ["a", "ADA", "odd", "%", "_", "é", "\\", " b ", "", "x" * 300],
    "code": ["0123456789", "01234 56788", "0000000000", "no code", "", "12345678"],
}


@pytest.fixture
async def words(make: Make, rows: Rows) -> dict[str, list[Any]]:
    """A past with something of everything in it, and what to ask for."""
    await make.baseline_tiers()
    await make.tier("old", 7, benefits=[ODD, {"a": [1, 2.5, None, True, 1e300]}])
    # Past the service, which takes no such names any more.
    await rows.execute(
        "UPDATE loyalty_tiers SET is_active = false, name = :odd WHERE slug = 'old'", odd=ODD
    )
    for user_id in ["ada", "bob", "carol", ODD_ID]:
        await make.member(user_id, email=f"{user_id[:3]}@example.com")
    await rows.execute("UPDATE users SET display_name = :odd WHERE id <> 'bob'", odd=ODD)
    await make.user("newcomer", marketing_messages=True)
    for points, description in [(100, ODD), (1_200, None), (4_000, "x"), (7, "y")]:
        await make.earned("ada", points, description=description, metadata={"é": [ODD, 1.0]})
    await make.redeemed("ada", 300)
    await make.earned(ODD_ID, 30_000)
    converted = await make.invite("ada", metadata={"note": ODD}, invitee_reward_points=5)
    await make.converted(converted.code, "carol")
    await rows.execute(
        "INSERT INTO loyalty_ledger_entries (member_id, seq, id, kind, points, balance_after,"
        " reverses_seq, actor_id, created_at) VALUES ('ada', 7, gen_random_uuid(), 'REVERSAL', -7,"
        " 5000, 4, 'ops', '2024-02-29T23:59:59Z')"
    )
    for user_id in ["ada", "ada", ODD_ID]:
        await make.invite(user_id, invitee_email="eve@example.com")
    expired = await make.invite("ada")
    await rows.execute(
        "UPDATE loyalty_referral_invites SET expires_at = '2024-01-01T00:00:00.120000Z'"
        " WHERE code = :code",
        code=expired.code,
    )
    for code, new in [(converted.code, "0123456789"), (expired.code, "0123456788")]:
        await rename_code(rows, code, new)
    await rows.execute(
        "INSERT INTO notifications (id, user_id, kind, status, reason, event_id) SELECT"
        " gen_random_uuid(), 'ada', 'TIER_UPGRADED', status, reason, gen_random_uuid() FROM"
        " (VALUES ('SENT', NULL), ('FAILED', :odd), ('SKIPPED', 'NO_EMAIL')) AS v (status, reason)",
        odd=ODD,
    )
    return WORDS | await names_of_all(rows)


async def rename_code(rows: Rows, code: str, new: str) -> None:
    for table in ["loyalty_referral_invites", "loyalty_referral_codes"]:
        await rows.execute(f"UPDATE {table} SET code = :new WHERE code = :code", code=code, new=new)


async def names_of_all(rows: Rows) -> dict[str, list[Any]]:
    """Returns the ids of all objects, and cursors of all lists."""
    keys = {
        "Tier": "SELECT id FROM loyalty_tiers",
        "User": "SELECT id FROM users",
        "Member": "SELECT user_id FROM loyalty_members",
        "LedgerEntry": "SELECT seq, member_id FROM loyalty_ledger_entries",
        "ReferralInvite": "SELECT id, referrer_id FROM loyalty_referral_invites",
        "Notification": "SELECT id, user_id FROM notifications",
    }
    ids = [
        gid(name, *row.values()) for name, query in keys.items() for row in await rows.all(query)
    ]
    unknown = [gid("User", "eve"), gid("LedgerEntry", 9, "ada"), gid("LedgerEntry", 1, "eve")]
    members = await rows.all("SELECT * FROM loyalty_members")
    invites = await rows.all("SELECT id FROM loyalty_referral_invites")
    after = [
        *(cursor("members.NEWEST", row["created_at"], row["user_id"]) for row in members),
        *(cursor("members.LIFETIME_POINTS", row["lifetime_points"], "b") for row in members),
        *(cursor("invites", str(row["id"])) for row in invites),
        *(cursor("ledger", seq) for seq in range(1, 8)),
        *[cursor("members.USER_ID", "b"), "", "no cursor", cursor("ledger", "x"), None],
    ]
    broken = ["", "no id", gid("Tier", "x"), gid("Planet", "earth"), gid("LedgerEntry", "x", "ada")]
    return {
        "after": after,
        "id": [*ids, *unknown, *broken],
        "ids": [*ids, *unknown, *ids, broken[2]],
    }


@pytest.fixture
def often_compiled(executions: Executions) -> Iterator[None]:
    """Fails if the property compared the resolvers with themselves nearly always."""
    yield
    assert executions.compiled.asked > questions_count(300) / 3


@many(300)
@given(data=st.data(), caller=st.sampled_from(EVERYBODY))
async def test_any_question(
    executions: Executions,
    words: dict[str, list[Any]],
    often_compiled: None,
    data: st.DataObject,
    caller: Caller,
) -> None:
    question = data.draw(questions(schema._schema, words))

    answer = await executions.require_equal(question, caller)

    assert INTERNAL_SERVER_ERROR not in answer.codes
    event(answer.codes[0] if answer.codes else "answered")


def field_names(type_name: str) -> set[str]:
    """Returns the names of a type's fields."""
    type_ = schema._schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    return set(type_.fields)


def broken(type_name: str, name: str) -> JsonQueries:
    """Returns JSON queries with one wrong field, or with an empty list."""
    entity = MAPPING[type_name]
    declared = entity.fields[name]
    wrong: Value | Connection = Value(lambda _row: ['"wrong"'], absent='"wrong"')
    if isinstance(declared, Connection):
        wrong = replace(declared, within=lambda _row, _item: false())
    return JsonQueries(
        {**MAPPING, type_name: replace(entity, fields={**entity.fields, name: wrong})}
    )


# A question that reaches a field of each type.
WAYS = {
    "Tier": "{ tiers { %s } }",
    "TierProgress": '{ member(userId: "bob") { progress { %s } } }',
    "Member": '{ member(userId: "ada") { %s } }',
    "User": '{ member(userId: "ada") { user { %s } } }',
    "LedgerEntry": '{ member(userId: "ada") { ledger { edges { node { %s } } } } }',
    "ReferralInvite": "{ referralInvites { edges { node { %s } } } }",
    "Notification": "{ notifications { edges { node { %s } } } }",
}


async def test_a_wrong_mapping_shows(executions: Executions, words: dict[str, list[Any]]) -> None:
    unnoticed = []
    for type_name, entity in MAPPING.items():
        # Of the columns, only some are fields.
        for name in entity.fields.keys() & field_names(type_name):
            declared = entity.fields[name]
            beneath = {Value: "", Connection: "{ edges { cursor } }"}.get(
                type(declared), "{ __typename }"
            )
            question = GeneratedDocument(WAYS[type_name] % f"{name} {beneath}", {})
            assert (await executions.require_equal(question)).errors == []
            try:
                await executions.require_equal(question, json_queries=broken(type_name, name))
            except AssertionError:
                continue
            unnoticed.append((type_name, name))
    assert unnoticed == []


@pytest.mark.parametrize(
    "document",
    [
        "{ tiers { slug @skip(if: true) } me { ...Nothing } } fragment Nothing on Member { "
        "userId @include(if: false) ledger { edges @skip(if: true) { cursor } } "
        "invites { edges { cursor @skip(if: true) } pageInfo { endCursor @skip(if: true) } } "
        "progress { fraction @skip(if: true) } }",
        "{ me { __typename ledger { __typename pageInfo { __typename } edges { __typename } } } }",
        "{ tiers { __typename a: __typename } nodes(ids: []) { id } }",
    ],
)
async def test_hardly_anything(
    executions: Executions, words: dict[str, list[Any]], document: str
) -> None:
    answer = await executions.require_equal(GeneratedDocument(document, {}), ADA)

    assert answer.errors == []
    assert executions.compiled.asked > 0


ASKED_AGAIN = """query($wanted: Boolean!, $first: Int!, $statuses: [InviteStatus!]) {
  member(userId: "ada") {
    userId @skip(if: $wanted)
    ledger(first: $first) { edges { node { seq actorId @include(if: $wanted) } } }
    invites(statuses: $statuses) { edges { node { code ...People @include(if: $wanted) } } }
  }
}
fragment People on ReferralInvite { invitee { userId } }"""


async def test_a_document_asked_again_with_other_values_by_another_caller(
    executions: Executions, words: dict[str, list[Any]]
) -> None:
    answers = [
        await executions.require_equal(
            GeneratedDocument(
                ASKED_AGAIN, {"wanted": wanted, "first": first, "statuses": statuses}
            ),
            caller,
        )
        for caller in [ADMIN, ADA, BOB, ADMIN, ADA]
        for wanted in [True, False]
        for first in [2, 1, 0]
        for statuses in [None, [], ["CONVERTED"]]
    ]

    # What ends in an error is the resolvers' to answer.
    assert executions.compiled.asked == 5 * 2 * 3 * 3 - sum(
        bool(answer.errors) for answer in answers
    )
    assert len({str(answer.data) for answer in answers}) > 10
