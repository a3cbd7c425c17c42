"""The invariants notice what they are there to notice: each is broken by hand, past the service."""

import pytest

from schema.types.node import global_id
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

TAMPERING = {
    "the balance is the sum": "UPDATE loyalty_members SET points_balance = points_balance + 1",
    "the newest entry arrives": "UPDATE loyalty_members SET points_balance = 0",
    "every entry arrives": "UPDATE loyalty_ledger_entries SET balance_after = 7 WHERE seq = 1",
    "numbered from 1": """
        UPDATE loyalty_ledger_entries SET seq = 9 WHERE member_id = 'ada' AND seq = 4
    """,
    "counts their entries": "UPDATE loyalty_members SET ledger_seq = ledger_seq + 1",
    "nothing is negative": """
        ALTER TABLE loyalty_ledger_entries
            DROP CONSTRAINT ck_loyalty_ledger_entries_balance_in_range;
        UPDATE loyalty_ledger_entries SET balance_after = -1 WHERE seq = 1
    """,
    "lifetime points are": "UPDATE loyalty_members SET lifetime_points = lifetime_points + 1",
    "the tier is the highest": "UPDATE loyalty_members SET tier_id = NULL, tier_since = NULL",
    "since some moment": "UPDATE loyalty_members SET tier_since = NULL",
    "announced once": """
        INSERT INTO outbox_events (id, kind, user_id, payload)
        SELECT gen_random_uuid(), kind, user_id, payload FROM outbox_events
    """,
    "raised the lifetime points": """
        UPDATE outbox_events SET payload = payload || '{"ledgerSeq": 2}'
    """,
    "reversed at most once": """
        UPDATE loyalty_ledger_entries SET points = 40 WHERE kind = 'REVERSAL'
    """,
    "has credited each side once": """
        DELETE FROM loyalty_ledger_entries WHERE kind = 'REFERRAL_WELCOME'
    """,
    "and no other invite has": """
        UPDATE loyalty_ledger_entries SET invite_id = gen_random_uuid()
        WHERE kind = 'REFERRAL_BONUS'
    """,
    "every conversion is attributed": "DELETE FROM loyalty_referral_attributions",
    "every code is claimed once": """
        DELETE FROM loyalty_referral_codes WHERE invite_id IS NULL AND owner_id = 'ada'
    """,
    "by the one who has it": """
        UPDATE loyalty_referral_codes SET owner_id = 'bob' WHERE owner_id = 'ada'
    """,
    "leads to an answer": "UPDATE idempotency_keys SET result = NULL",
    "every upgrade is announced": "DELETE FROM outbox_events",
}


@pytest.fixture
async def _history(api: Api, make: Make) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.user("bob")
    await make.earned("ada", 1_200)
    await make.redeemed("ada", 50)
    await make.converted((await make.invite("ada", invitee_reward_points=100)).code, "bob")
    await api.mutate(
        "reverseLedgerEntry", "", entryId=global_id("LedgerEntry", 2, "ada"), reason="A mistake"
    )


@pytest.mark.usefixtures("_history")
async def test_a_history_made_by_the_service_keeps_them_all(rows: Rows) -> None:
    assert await rows.value("SELECT count(*) FROM loyalty_ledger_entries") == 5
    await assert_invariants(rows)


@pytest.mark.usefixtures("_history")
@pytest.mark.parametrize("rule", TAMPERING)
async def test_tampering_shows(rows: Rows, rule: str) -> None:
    await rows.execute("ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER ALL")
    for statement in TAMPERING[rule].split(";"):
        await rows.execute(statement)
    with pytest.raises(AssertionError) as broken:
        await assert_invariants(rows)
    assert rule in str(broken.value)
