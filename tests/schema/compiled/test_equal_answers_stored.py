"""Both ways of execution serve alike whatever PostgreSQL can hold."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.points import POINTS_MAX
from tests.fixtures.database import Rows
from tests.fixtures.executions import Executions, many
from tests.fixtures.generated_documents import GeneratedDocument
from tests.fixtures.selections import ENTRY, INVITE, MEMBER, TIER, USER

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
# asyncpg takes the very first moment for minus infinity, of which no entry has a hash.
FIRST = datetime(1, 1, 1, 1)  # noqa: DTZ001 - Hypothesis adds the time zone
moments = st.datetimes(min_value=FIRST, timezones=st.just(UTC))


@dataclass(frozen=True)
class Stored:
    """What a member's rows hold."""

    user_id: str
    text: str | None
    json: dict[str, Any]
    timestamp: datetime
    lifetime_points: int
    thresholds: set[int]


stored = st.builds(
    Stored,
    user_id=texts.filter(lambda text: text and text == text.strip()),
    text=st.none() | texts,
    json=st.dictionaries(texts, jsons, max_size=3),
    timestamp=moments | moments.map(lambda timestamp: timestamp.replace(microsecond=0)),
    lifetime_points=st.integers(0, POINTS_MAX) | st.integers(0, 10),
    thresholds=st.sets(st.integers(0, POINTS_MAX) | st.integers(0, 10), max_size=3),
)


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
            moment=what.timestamp,
        )
    values: dict[str, Any] = {
        "id": what.user_id,
        "text": what.text,
        "json": json.dumps(what.json),
        "moment": what.timestamp,
        "lifetime": what.lifetime_points,
    }
    for statement in STORE:
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        await rows.execute(statement, **used)


@many(60)
@given(what=stored)
async def test_whatever_is_stored(executions: Executions, rows: Rows, what: Stored) -> None:
    await store(rows, what)

    answer = await executions.require_equal(GeneratedDocument(EVERYTHING, {"id": what.user_id}))

    assert answer.errors == []
