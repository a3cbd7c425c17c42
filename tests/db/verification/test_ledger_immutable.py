"""The ledger is append-only in the database itself, whoever asks and by whatever way."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from tests.fixtures.database import Rows, connection_to, execute
from tests.fixtures.figures import Figure

TAMPERING = {
    "update": "UPDATE loyalty_ledger_entries SET points = points + 1",
    "update of nothing that matters": "UPDATE loyalty_ledger_entries SET description = 'x'",
    "update that changes nothing": "UPDATE loyalty_ledger_entries SET points = points",
    "delete": "DELETE FROM loyalty_ledger_entries WHERE member_id = 'ada'",
    "truncate": "TRUNCATE loyalty_ledger_entries",
    "truncate with its members": "TRUNCATE loyalty_members CASCADE",
    "truncate with its users": "TRUNCATE users CASCADE",
    "upsert": """
        INSERT INTO loyalty_ledger_entries SELECT * FROM loyalty_ledger_entries
        ON CONFLICT (member_id, seq) DO UPDATE SET points = 1
    """,
    "merge": """
        MERGE INTO loyalty_ledger_entries AS entry USING loyalty_members AS member
        ON entry.member_id = member.user_id WHEN MATCHED THEN DELETE
    """,
}
TRIED = "UPDATE, DELETE, TRUNCATE and others of the ledger as"
SESSIONS = {
    "ordinary": "SELECT 1",
    # What skips ordinary triggers: logical replication, and whoever may pretend to be it.
    "replica": "SET session_replication_role = replica",
    "local": "SET session_replication_role = local",
}


HISTORY = (
    "INSERT INTO users (id) VALUES ('ada')",
    "INSERT INTO loyalty_members (user_id, referral_code, points_balance, ledger_seq) "
    "VALUES ('ada', 'ADA', 70, 2)",
    "INSERT INTO loyalty_ledger_entries "
    "(member_id, seq, id, kind, points, balance_after, actor_id) "
    "VALUES ('ada', 1, gen_random_uuid(), 'EARN', 100, 100, 'ops'), "
    "('ada', 2, gen_random_uuid(), 'REDEEM', -30, 70, 'ops')",
)


@pytest.fixture(scope="module")
def owner_url(module_database_url: str) -> str:
    """A database with a ledger, as its owner sees it, who is a superuser as well."""
    asyncio.run(execute(module_database_url, *HISTORY))
    return module_database_url


@pytest.fixture(scope="module")
def role_url(owner_url: str) -> Iterator[str]:
    """The same as a role sees it that may do everything with the tables but own them."""
    role = f"service_{uuid4().hex}"
    asyncio.run(
        execute(
            owner_url,
            f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT SET ON PARAMETER session_replication_role TO {role}",
        )
    )
    url = make_url(owner_url).set(username=role, password="secret")
    yield url.render_as_string(hide_password=False)
    asyncio.run(execute(owner_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}"))


@pytest.fixture
def rows(owner_url: str) -> Rows:
    """A look at the module's database."""
    return Rows(owner_url)


async def _assert_refused(url: str, session: str, tampering: str) -> None:
    async with connection_to(url) as connection:
        await connection.execute(text(SESSIONS[session]))
        with pytest.raises(DBAPIError, match="the ledger is append-only") as refusal:
            await connection.execute(text(TAMPERING[tampering]))
    assert getattr(refusal.value.orig, "sqlstate", None) == "23001"  # restrict_violation


@pytest.mark.promised
@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("tampering", TAMPERING)
class TestTampering:
    async def test_the_owner_is_refused(
        self, rows: Rows, figure: Figure, owner_url: str, session: str, tampering: str
    ) -> None:
        async with rows.unchanged():
            await _assert_refused(owner_url, session, tampering)
        figure(f"{TRIED} the owner, a superuser", "all refused", "refused, nothing changed")

    async def test_a_role_with_all_privileges_is_refused(
        self, rows: Rows, figure: Figure, role_url: str, session: str, tampering: str
    ) -> None:
        async with rows.unchanged():
            await _assert_refused(role_url, session, tampering)
        figure(f"{TRIED} a role with all privileges", "all refused", "refused, nothing changed")


async def test_that_role_may_append(role_url: str) -> None:
    async with connection_to(role_url) as connection:
        await connection.exec_driver_sql("BEGIN")
        await connection.exec_driver_sql(
            "INSERT INTO loyalty_ledger_entries "
            "(member_id, seq, id, kind, points, balance_after, actor_id) "
            "VALUES ('ada', 3, gen_random_uuid(), 'EARN', 1, 71, 'ops')"
        )
        await connection.exec_driver_sql("ROLLBACK")
