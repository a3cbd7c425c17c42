"""The tables can be spread by user: unique within one user, no key to others' rows."""

import pytest

from db.models import User
from tests.fixtures.database import Rows

# Tables of which each user has their own share, by the column that says whose.
PER_USER = {
    "users": "id",
    "notification_preferences": "user_id",
    "loyalty_members": "user_id",
    "loyalty_ledger_entries": "member_id",
    "loyalty_referral_invites": "referrer_id",
    "loyalty_referral_attributions": "invitee_id",
    "idempotency_keys": "actor_id",
    "notifications": "user_id",
}
# Small and copied everywhere, looked up by the code alone, or drained by workers in any order.
SHARED = {"loyalty_tiers", "loyalty_referral_codes", "outbox_events"}
UNIQUE_INDEXES = """
    SELECT indexed.relname AS table, index.relname AS name,
        (SELECT attname FROM pg_attribute
         WHERE attrelid = indrelid AND attnum = indkey[0]) AS first_column
    FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
    JOIN pg_class AS indexed ON indexed.oid = indrelid
    WHERE indisunique AND indexed.relnamespace = 'public'::regnamespace
      AND indexed.relname <> 'alembic_version'
"""


@pytest.fixture
def rows(module_database_url: str) -> Rows:
    """A look at the module's database."""
    return Rows(module_database_url)


async def test_uniqueness_is_each_users_own(rows: Rows) -> None:
    assert PER_USER.keys() | SHARED == set(User.metadata.tables)
    for index in await rows.all(UNIQUE_INDEXES):
        if (table := str(index["table"])) in PER_USER:
            assert index["first_column"] == PER_USER[table], index["name"]


async def test_foreign_keys_stay_with_the_user_or_lead_to_a_shared_table(rows: Rows) -> None:
    keys = await rows.all(
        "SELECT conname AS name, conrelid::regclass::text AS table, "
        "confrelid::regclass::text AS target, "
        "attname AS own FROM pg_constraint "
        "JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'"
    )
    for key in keys:
        assert key["target"] in SHARED or key["own"] == PER_USER[str(key["table"])], key["name"]
    assert len(keys) == 7
