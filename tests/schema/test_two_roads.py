"""The resolvers and whole trees answer alike, whatever is asked, whoever asks, whatever is stored.

`LOYALTY_TEST_QUESTIONS` sets how many questions are asked; by default a few hundred, the same ones
in every run.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import literal_column

from db.trees import MAPPING, Trees
from db.trees.declarations import Value
from domain.points import POINTS_MAX
from schema import schema
from schema.connection import cursor
from schema.error_channels import INTERNAL_SERVER_ERROR
from tests.fixtures.actors import EVERYBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.questions import Question, questions
from tests.fixtures.roads import Roads
from tests.fixtures.selections import ENTRY, INVITE, MEMBER, TIER, USER, gid

QUESTIONS = os.environ.get("LOYALTY_TEST_QUESTIONS")
ODD = (
    """é🦆 "quoted" \\back/slash\\ \t\n\r\b\f\x01\x1f\x7f \u2028\u2029 \ufeff </script> %_' $1 :x"""
)
ODD_ID = "odd: \"'\\ 🦆/é"
WORDS: dict[str, list[Any]] = {
    "userId": ["ada", "bob", "newcomer", "nobody", ODD_ID, "", " ada", "x" * 129, "a\x00"],
    "referrerId": ["ada", "bob", ODD_ID, "nobody", ""],
    "slug": ["gold", "old", "no-such", "", "Gold"],
    "tierSlug": ["gold", "bronze", "no-such", ""],
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


def many(most: int) -> Callable[[Any], Any]:
    """Returns the settings of a property of many examples."""
    return hypothesis_settings(
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        derandomize=QUESTIONS is None,
        max_examples=int(QUESTIONS or most),
        # The database is made once for all examples, which only read it.
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def often_by_tree(roads: Roads) -> Iterator[None]:
    """Fails if the property compared the resolvers with themselves nearly always."""
    yield
    assert roads.whole.asked > int(QUESTIONS or 300) / 3


@many(300)
@given(data=st.data(), caller=st.sampled_from(EVERYBODY))
async def test_any_question(
    roads: Roads,
    words: dict[str, list[Any]],
    often_by_tree: None,
    data: st.DataObject,
    caller: Caller,
) -> None:
    question = data.draw(questions(schema._schema, words))

    answer = await roads.require_equal(question, caller)

    assert INTERNAL_SERVER_ERROR not in answer.codes
    event(answer.codes[0] if answer.codes else "answered")


EVERYTHING = f"""
query($id: ID!) {{
  tiers(includeInactive: true) {{ {TIER} }}
  member(userId: $id) {{
    {MEMBER}
    ledger {{ edges {{ cursor node {{ {ENTRY} }} }} pageInfo {{ startCursor endCursor }} }}
    invites {{ edges {{ cursor node {{ {INVITE} }} }} pageInfo {{ startCursor endCursor }} }}
  }}
  members(first: 100) {{ edges {{ cursor }} pageInfo {{ startCursor endCursor }} }}
  referralInvites(referrerId: $id) {{ edges {{ cursor node {{ {INVITE} }} }} }}
  notifications(userId: $id) {{
    edges {{ cursor node {{ id userId kind status reason eventId recordedAt user {{ {USER} }} }} }}
  }}
}}
"""
# What PostgreSQL can store: no NUL, no lone surrogates.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
numbers = st.integers(-POINTS_MAX, POINTS_MAX) | st.floats(allow_nan=False, allow_infinity=False)
jsons = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
moments = st.datetimes(timezones=st.just(UTC))


@dataclass(frozen=True)
class Stored:
    """What a member's rows hold."""

    user_id: str
    text: str | None
    json: dict[str, Any]
    moment: datetime
    lifetime_points: int
    thresholds: set[int]


stored = st.builds(
    Stored,
    user_id=texts.filter(lambda text: text and text == text.strip()),
    text=st.none() | texts,
    json=st.dictionaries(texts, jsons, max_size=3),
    moment=moments | moments.map(lambda moment: moment.replace(microsecond=0)),
    lifetime_points=st.integers(0, POINTS_MAX) | st.integers(0, 10),
    thresholds=st.sets(st.integers(0, POINTS_MAX) | st.integers(0, 10), max_size=3),
)


async def store(rows: Rows, what: Stored) -> None:
    """Makes a member of these values, past the service, which would not take all of them."""
    await rows.execute("UPDATE loyalty_tiers SET is_active = false")
    for threshold in what.thresholds:
        await rows.execute(
            "INSERT INTO loyalty_tiers (id, slug, name, point_threshold, benefits, created_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), :text, :threshold, :json, :moment)",
            text=what.text or "",
            threshold=threshold,
            json=json.dumps([what.json]),
            moment=what.moment,
        )
    values: dict[str, Any] = {
        "id": what.user_id,
        "text": what.text,
        "json": json.dumps(what.json),
        "moment": what.moment,
        "lifetime": what.lifetime_points,
    }
    for statement in STORE:
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        await rows.execute(statement, **used)


STORE = (
    """INSERT INTO users (id, email, display_name, created_at)
    VALUES (:id, CAST(:text AS text), CAST(:text AS text), :moment)
    ON CONFLICT (id) DO NOTHING""",
    """INSERT INTO loyalty_members (user_id, referral_code, lifetime_points, tier_id, tier_since,
        created_at)
    VALUES (:id, 'X', CAST(:lifetime AS bigint), (SELECT id FROM loyalty_tiers WHERE is_active
        AND point_threshold <= CAST(:lifetime AS bigint) ORDER BY point_threshold DESC LIMIT 1),
        :moment, :moment)
    ON CONFLICT (user_id) DO NOTHING""",
    """INSERT INTO loyalty_ledger_entries (member_id, seq, id, kind, points, balance_after,
        description, reference, metadata, actor_id, created_at)
    VALUES (:id, 1, gen_random_uuid(), 'EARN', 1, 1, CAST(:text AS text), CAST(:text AS text),
        CAST(:json AS jsonb), :id, :moment)
    ON CONFLICT DO NOTHING""",
    """INSERT INTO loyalty_referral_invites (referrer_id, id, code, source, status, invitee_email,
        reward_points, invitee_reward_points, metadata, expires_at, created_at)
    VALUES (:id, gen_random_uuid(), 'X', 'ISSUED', 'SENT', CAST(:text AS text), 1, 0,
        CAST(:json AS jsonb), :moment, :moment)""",
    """INSERT INTO notifications (id, user_id, kind, status, reason, event_id, created_at)
    VALUES (gen_random_uuid(), :id, 'TIER_UPGRADED', 'SENT', CAST(:text AS text),
        gen_random_uuid(), :moment)""",
)


@many(60)
@given(what=stored)
async def test_whatever_is_stored(roads: Roads, rows: Rows, what: Stored) -> None:
    await store(rows, what)

    answer = await roads.require_equal(Question(EVERYTHING, {"id": what.user_id}))

    assert answer.errors == []


def broken(type_name: str, name: str) -> Trees:
    """Returns trees that take one field for another value."""
    entity = MAPPING[type_name]
    wrong = Value(lambda _row: literal_column("'\"wrong\"'"), absent='"wrong"')
    fields = {**entity.fields, name: wrong}
    return Trees({**MAPPING, type_name: replace(entity, fields=fields)})


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


async def test_a_wrong_mapping_shows(roads: Roads, words: dict[str, list[Any]]) -> None:
    unnoticed = []
    for type_name, entity in MAPPING.items():
        for name, declared in entity.fields.items():
            asked = name if isinstance(declared, Value) else f"{name} {{ __typename }}"
            question = Question(WAYS[type_name] % asked, {})
            assert (await roads.require_equal(question)).errors == []
            try:
                await roads.require_equal(question, trees=broken(type_name, name))
            except AssertionError:
                continue
            unnoticed.append((type_name, name))
    assert unnoticed == []
