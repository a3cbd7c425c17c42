"""Going through the ledger finds nothing in a sound one, and each of the faults seeded here."""

from collections.abc import Mapping

import pytest

from db.engine.database import Database
from db.verification import ledger
from db.verification.ledger import MEMBERS_A_RANGE, Wrong
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make

# What whoever owns the tables can do.
UNGUARDED = (
    "ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER refuse_row_changes",
    "ALTER TABLE loyalty_ledger_entries DROP CONSTRAINT fk_loyalty_ledger_entries_member_id",
    "DROP INDEX uq_loyalty_ledger_entries_reversed_once",
    "DROP INDEX uq_loyalty_ledger_entries_one_credit_per_referral",
)
COPY = """
    INSERT INTO loyalty_ledger_entries (member_id, seq, id, kind, points, balance_after,
        reverses_seq, invite_id, actor_id)
    SELECT member_id, {seq}, gen_random_uuid(), kind, points, {balance}, reverses_seq, invite_id,
        actor_id
    FROM loyalty_ledger_entries WHERE member_id = '{member}' AND seq = {of}
"""
# By what was done: the statements, and the first thing that is found: whose, in which entry, what.
FAULTS: Mapping[str, tuple[list[str], str, int | None, str]] = {
    "an amount": (
        ["UPDATE loyalty_ledger_entries SET points = 7 WHERE member_id = 'ada' AND seq = 2"],
        "ada",
        2,
        "its balance is 30, the entries up to it add up to 57",
    ),
    "what an entry belongs to": (
        ["UPDATE loyalty_ledger_entries SET reference = 'y' WHERE member_id = 'ada' AND seq = 2"],
        "ada",
        2,
        "its hash is not that of what it says",
    ),
    "a hash": (
        ["UPDATE loyalty_ledger_entries SET hash = '' WHERE member_id = 'ada' AND seq = 3"],
        "ada",
        3,
        "its hash is not that of what it says",
    ),
    "an entry with its balance, hash and all, but not the next": (
        [
            "UPDATE loyalty_ledger_entries AS entry SET hash = ledger_entry_hash("
            "(SELECT hash FROM loyalty_ledger_entries WHERE member_id = 'ada' AND seq = 1), "
            "jsonb_populate_record(entry, '{\"actor_id\": \"other\"}')), actor_id = 'other' "
            "WHERE member_id = 'ada' AND seq = 2"
        ],
        "ada",
        3,
        "its hash is not that of what it says",
    ),
    "the newest entry is gone": (
        ["DELETE FROM loyalty_ledger_entries WHERE member_id = 'ada' AND seq = 4"],
        "ada",
        None,
        "the newest entry should be 4, and is 3",
    ),
    "an entry in the middle is gone": (
        ["DELETE FROM loyalty_ledger_entries WHERE member_id = 'bob' AND seq = 1"],
        "bob",
        2,
        "it should have the number 1",
    ),
    "a balance": (
        ["UPDATE loyalty_members SET points_balance = 1 WHERE user_id = 'bob'"],
        "bob",
        None,
        "the balance is 1, the entries add up to",
    ),
    "lifetime points": (
        ["UPDATE loyalty_members SET lifetime_points = 1 WHERE user_id = 'bob'"],
        "bob",
        None,
        "the lifetime points are 1, the entries gave",
    ),
    "a member is gone": (
        ["DELETE FROM loyalty_members WHERE user_id = 'bob'"],
        "bob",
        None,
        "there are entries, and no such member",
    ),
    "a second reversal": (
        [
            COPY.format(member="ada", seq=5, of=4, balance=1_580),
            "UPDATE loyalty_members SET ledger_seq = 5, points_balance = 1580, "
            "lifetime_points = 1600 WHERE user_id = 'ada'",
        ],
        "ada",
        5,
        "entry 1 has been reversed before",
    ),
    "a second credit of a referral": (
        [
            COPY.format(member="bob", seq=3, of=1, balance=120),
            "UPDATE loyalty_members SET ledger_seq = 3, points_balance = 120, "
            "lifetime_points = 120 WHERE user_id = 'bob'",
        ],
        "bob",
        3,
        "the invite has been paid before",
    ),
    "a referral that was never made": (
        ["DELETE FROM loyalty_referral_attributions"],
        "bob",
        1,
        "no converted invite promised it",
    ),
    "a promise": (
        ["UPDATE loyalty_referral_invites SET reward_points = 1700"],
        "ada",
        3,
        "it gives 1650, the invite promised 1700",
    ),
    "an upgrade without a mail": (
        ["DELETE FROM outbox_events"],
        "ada",
        3,
        "it reached a tier, and no event tells of it",
    ),
    "an upgrade with two mails": (
        [
            "INSERT INTO outbox_events (id, kind, user_id, payload) "
            "SELECT gen_random_uuid(), kind, user_id, payload FROM outbox_events"
        ],
        "ada",
        3,
        "its upgrade is recorded more than once",
    ),
    "an upgrade that there was not": (
        ["UPDATE outbox_events SET payload = payload || '{\"ledgerSeq\": 2}'"],
        "ada",
        2,
        "an event tells of an upgrade by it, and there is none",
    ),
}


async def found(database: Database) -> list[Wrong]:
    """Returns all that is wrong."""
    async with database.reader() as reader:
        return [each async for _, wrong in ledger.ranges(reader) for each in wrong]


@pytest.fixture
async def history(make: Make, rows: Rows) -> None:
    """Two members with entries of every kind, and an upgrade; the tiers were not changed since."""
    await make.baseline_tiers()
    await rows.execute("UPDATE loyalty_tiers SET updated_at = now() - interval '1 hour'")
    await make.user("ada")
    await make.user("bob")
    await make.earned("ada", 50)
    await make.redeemed("ada", 20)
    invite = await make.invite("ada", reward_points=1_650, invitee_reward_points=50)
    await make.converted(invite.code, "bob")
    await make.reversed("ada", 1)
    await make.earned("bob", 20)


@pytest.mark.usefixtures("history")
class TestFaults:
    async def test_a_sound_ledger_has_none(self, database: Database) -> None:
        assert await found(database) == []

    @pytest.mark.parametrize("fault", FAULTS)
    async def test_the_first_is_named(self, database: Database, rows: Rows, fault: str) -> None:
        statements, member_id, seq, problem = FAULTS[fault]
        for statement in (*UNGUARDED, *statements):
            await rows.execute(statement)

        first, *_ = await found(database)

        assert (first.member_id, first.seq) == (member_id, seq)
        assert problem in first.problem

    async def test_an_event_that_was_removed_for_its_age_is_not_missed(
        self, database: Database, rows: Rows
    ) -> None:
        await rows.execute(
            "INSERT INTO notifications (user_id, id, kind, status, event_id) "
            "SELECT user_id, gen_random_uuid(), kind, 'SENT', id FROM outbox_events"
        )
        await rows.execute("DELETE FROM outbox_events")
        assert await found(database) == []

    async def test_erasing_a_user_leaves_it_sound(self, database: Database, rows: Rows) -> None:
        await rows.execute("UPDATE users SET email = NULL, display_name = NULL")
        assert await found(database) == []


async def test_no_range_is_left_out(database: Database, rows: Rows) -> None:
    many = 2 * MEMBERS_A_RANGE + 1
    await rows.execute(
        "WITH new AS (INSERT INTO users (id) SELECT 'user-' || n FROM generate_series(1, :n) AS n "
        "RETURNING id) INSERT INTO loyalty_members (user_id, referral_code, ledger_seq) "
        "SELECT id, id, 0 FROM new",
        n=many,
    )
    async with database.reader() as reader:
        sizes = [each.members async for each, _ in ledger.ranges(reader)]
    assert sizes == [MEMBERS_A_RANGE, MEMBERS_A_RANGE, 1]

    await rows.execute("UPDATE loyalty_members SET ledger_seq = 1 WHERE user_id LIKE 'user-%000'")
    wrong = {each.member_id for each in await found(database)}
    assert wrong == {"user-1000", "user-2000", "user-3000", "user-4000"}


async def test_an_empty_ledger_is_sound(database: Database) -> None:
    assert await found(database) == []
