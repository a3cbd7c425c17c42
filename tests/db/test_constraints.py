"""Every constraint refuses what it is there to refuse, and none is without its case here."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import User
from tests.fixtures.database import Rows, connection_to

TOO_MANY = 9_007_199_254_740_992
ID = "00000000-0000-0000-0000-{:012}".format
# One sound row of every table, in an order in which they can be inserted.
SOUND: dict[str, list[dict[str, Any]]] = {
    "users": [{"id": "ada"}, {"id": "bob"}],
    "notification_preferences": [{"user_id": "ada"}],
    "loyalty_tiers": [{"id": ID(1), "slug": "gold", "name": "Gold", "point_threshold": 5}],
    "loyalty_members": [{"user_id": "ada", "referral_code": "A", "tier_id": ID(1)}],
    "loyalty_referral_invites": [
        {
            "referrer_id": "ada",
            "id": ID(1),
            "code": "C",
            "source": "ISSUED",
            "status": "SENT",
            "reward_points": 1,
            "invitee_reward_points": 0,
        }
    ],
    "loyalty_ledger_entries": [
        {
            "member_id": "ada",
            "seq": 1,
            "id": ID(1),
            "kind": "REFERRAL_BONUS",
            "points": 5,
            "balance_after": 5,
            "invite_id": ID(1),
            "actor_id": "ops",
        },
        {
            "member_id": "ada",
            "seq": 2,
            "id": ID(2),
            "kind": "REVERSAL",
            "points": -5,
            "balance_after": 0,
            "reverses_seq": 1,
            "actor_id": "ops",
        },
    ],
    "loyalty_referral_codes": [{"code": "C", "owner_id": "ada", "invite_id": ID(1)}],
    "loyalty_referral_attributions": [
        {"invitee_id": "bob", "referrer_id": "ada", "invite_id": ID(1)}
    ],
    "idempotency_keys": [
        {"actor_id": "ops", "key": "k", "operation": "EarnPoints", "request_hash": r"\x00"}
    ],
    "outbox_events": [{"id": ID(1), "kind": "K", "user_id": "ada", "payload": "{}"}],
    "notifications": [
        {"user_id": "ada", "id": ID(1), "kind": "K", "status": "SENT", "event_id": ID(1)}
    ],
}
# What keeps a changed copy of a sound row from meeting its primary key first.
OTHER_KEY: dict[str, dict[str, Any]] = {
    "users": {"id": "cy"},
    "notification_preferences": {"user_id": "bob"},
    "loyalty_tiers": {"id": ID(2), "slug": "ruby", "point_threshold": 6},
    "loyalty_members": {"user_id": "bob"},
    "loyalty_referral_invites": {"id": ID(2)},
    "loyalty_ledger_entries": {"seq": 3, "kind": "EARN", "invite_id": None},
    "loyalty_referral_codes": {"code": "D"},
    "loyalty_referral_attributions": {"invitee_id": "ada", "referrer_id": "bob"},
    "idempotency_keys": {"key": "l"},
    "outbox_events": {"id": ID(2)},
    "notifications": {"id": ID(2), "event_id": ID(2)},
}
# By constraint, or unique index: the table and what makes an otherwise sound row break it. A
# primary key is broken by the sound row itself.
BROKEN: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "ck_users_id_not_empty": ("users", [{"id": ""}]),
    "ck_users_erased_is_empty": (
        "users",
        [
            {"erased_at": "2026-11-24", "email": "a@example.com"},
            {"erased_at": "2026-11-24", "display_name": "A"},
        ],
    ),
    "fk_notification_preferences_user_id": ("notification_preferences", [{"user_id": "nobody"}]),
    "ck_loyalty_tiers_threshold_in_range": (
        "loyalty_tiers",
        [{"point_threshold": -1}, {"point_threshold": TOO_MANY}],
    ),
    "ck_loyalty_tiers_benefits_is_list": ("loyalty_tiers", [{"benefits": "{}"}]),
    "uq_loyalty_tiers_slug": ("loyalty_tiers", [{"slug": "gold"}]),
    "uq_loyalty_tiers_active_threshold": ("loyalty_tiers", [{"point_threshold": 5}]),
    "ck_loyalty_members_balance_in_range": (
        "loyalty_members",
        [{"points_balance": -1}, {"points_balance": TOO_MANY}],
    ),
    "ck_loyalty_members_lifetime_in_range": (
        "loyalty_members",
        [{"lifetime_points": -1}, {"lifetime_points": TOO_MANY}],
    ),
    "ck_loyalty_members_ledger_seq_not_negative": ("loyalty_members", [{"ledger_seq": -1}]),
    "fk_loyalty_members_user_id": ("loyalty_members", [{"user_id": "nobody"}]),
    "fk_loyalty_members_tier_id": ("loyalty_members", [{"tier_id": ID(9)}]),
    "ck_loyalty_ledger_entries_seq_positive": ("loyalty_ledger_entries", [{"seq": 0}]),
    "ck_loyalty_ledger_entries_kind_known": ("loyalty_ledger_entries", [{"kind": "GIFT"}]),
    "ck_loyalty_ledger_entries_points_in_range": (
        "loyalty_ledger_entries",
        [{"points": 0}, {"points": TOO_MANY}, {"points": -TOO_MANY}],
    ),
    "ck_loyalty_ledger_entries_balance_in_range": (
        "loyalty_ledger_entries",
        [{"balance_after": -1}, {"balance_after": TOO_MANY}],
    ),
    "ck_loyalty_ledger_entries_metadata_is_object": ("loyalty_ledger_entries", [{"metadata": 1}]),
    "ck_loyalty_ledger_entries_reversal_names_entry": (
        "loyalty_ledger_entries",
        [{"kind": "REVERSAL"}, {"kind": "EARN", "reverses_seq": 2}],
    ),
    "ck_loyalty_ledger_entries_reverses_earlier_entry": (
        "loyalty_ledger_entries",
        [{"kind": "REVERSAL", "reverses_seq": 3}, {"kind": "REVERSAL", "reverses_seq": 4}],
    ),
    "fk_loyalty_ledger_entries_member_id": (
        "loyalty_ledger_entries",
        [{"member_id": "bob", "seq": 1}],
    ),
    "fk_loyalty_ledger_entries_member_id_reverses_seq": (
        "loyalty_ledger_entries",
        [{"kind": "REVERSAL", "reverses_seq": 0}],
    ),
    "uq_loyalty_ledger_entries_reversed_once": (
        "loyalty_ledger_entries",
        [{"kind": "REVERSAL", "reverses_seq": 1}],
    ),
    "uq_loyalty_ledger_entries_one_credit_per_referral": (
        "loyalty_ledger_entries",
        [{"kind": "REFERRAL_BONUS", "invite_id": ID(1)}],
    ),
    "ck_loyalty_referral_invites_status_known": (
        "loyalty_referral_invites",
        [{"status": "EXPIRED"}, {"status": "LOST"}],
    ),
    "ck_loyalty_referral_invites_source_known": (
        "loyalty_referral_invites",
        [{"source": "RUMOUR"}],
    ),
    "ck_loyalty_referral_invites_rewards_in_range": (
        "loyalty_referral_invites",
        [
            {"reward_points": 0},
            {"reward_points": TOO_MANY},
            {"invitee_reward_points": -1},
            {"invitee_reward_points": TOO_MANY},
        ],
    ),
    "ck_loyalty_referral_invites_metadata_is_object": (
        "loyalty_referral_invites",
        [{"metadata": "[]"}],
    ),
    "ck_loyalty_referral_invites_converted_by_somebody": (
        "loyalty_referral_invites",
        [
            {"status": "CONVERTED", "completed_at": "2026-11-22"},
            {"status": "CONVERTED", "invitee_id": "bob"},
            {"invitee_id": "bob"},
            {"completed_at": "2026-11-22"},
        ],
    ),
    "ck_loyalty_referral_invites_cancelled_sometime": (
        "loyalty_referral_invites",
        [{"status": "CANCELLED"}, {"cancelled_at": "2026-11-22"}],
    ),
    "fk_loyalty_referral_invites_referrer_id": (
        "loyalty_referral_invites",
        [{"referrer_id": "bob"}],
    ),
    "ck_loyalty_referral_attributions_not_by_oneself": (
        "loyalty_referral_attributions",
        [{"referrer_id": "ada"}],
    ),
    "fk_loyalty_referral_attributions_invitee_id": (
        "loyalty_referral_attributions",
        [{"invitee_id": "nobody"}],
    ),
    "ck_notifications_status_known": ("notifications", [{"status": "LOST"}]),
    "uq_notifications_user_id_event_id": ("notifications", [{"event_id": ID(1)}]),
}
PRIMARY_KEYS = {f"pk_{table}": (table, SOUND[table][:1]) for table in SOUND}
CASES = [
    (constraint, table, row)
    for constraint, (table, rows) in (BROKEN | PRIMARY_KEYS).items()
    for row in rows
]


async def insert(connection: AsyncConnection, table: str, row: dict[str, Any]) -> None:
    """Inserts one row, each value as the text that PostgreSQL reads it from."""
    names = [f'"{name}"' for name, value in row.items() if value is not None]
    literals = [f"'{value}'" for value in row.values() if value is not None]
    await connection.execute(
        text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(literals)})")
    )


@pytest.fixture
async def connection(module_database_url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction, undone afterwards, with one sound row of everything: none is refused."""
    async with connection_to(module_database_url) as connection:
        await connection.exec_driver_sql("BEGIN")
        for table, sound_rows in SOUND.items():
            for row in sound_rows:
                await insert(connection, table, row)
        yield connection
        await connection.exec_driver_sql("ROLLBACK")


@pytest.fixture
def rows(module_database_url: str) -> Rows:
    """A look at the module's database."""
    return Rows(module_database_url)


@pytest.mark.parametrize(
    ("constraint", "table", "row"),
    CASES,
    ids=[f"{constraint}-{number}" for number, (constraint, _, _) in enumerate(CASES)],
)
async def test_it_is_refused(
    connection: AsyncConnection, constraint: str, table: str, row: dict[str, Any]
) -> None:
    distinct = {} if constraint in PRIMARY_KEYS else OTHER_KEY[table]
    with pytest.raises(IntegrityError) as refusal:
        await insert(connection, table, SOUND[table][0] | distinct | row)
    cause = getattr(refusal.value.orig, "__cause__", None)
    assert getattr(cause, "constraint_name", None) == constraint


@pytest.mark.parametrize("table", SOUND)
async def test_without_the_fault_it_is_accepted(connection: AsyncConnection, table: str) -> None:
    await insert(connection, table, SOUND[table][0] | OTHER_KEY[table])


async def test_an_archived_tier_may_begin_where_an_active_one_does(
    connection: AsyncConnection,
) -> None:
    archived = {"point_threshold": 5, "is_active": "false"}
    await insert(
        connection,
        "loyalty_tiers",
        SOUND["loyalty_tiers"][0] | OTHER_KEY["loyalty_tiers"] | archived,
    )


async def test_every_constraint_has_its_case(rows: Rows) -> None:
    constraints = await rows.all(
        "SELECT conname AS name FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
        "WHERE connamespace = 'public'::regnamespace AND contype <> 'n' "
        "AND relname <> 'alembic_version'"
    )
    unique = await rows.all(
        "SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE indisunique AND relnamespace = 'public'::regnamespace "
        "AND indrelid <> 'alembic_version'::regclass"
    )
    assert {each["name"] for each in [*constraints, *unique]} == set(BROKEN | PRIMARY_KEYS)
    assert set(User.metadata.tables) == set(SOUND)
