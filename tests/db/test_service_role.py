"""The service works as a role that owns nothing and can only append to the ledger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.context import Contexts
from app.database.migrate import MIGRATIONS_DIR
from db.engine.database import Database
from tests.fixtures.database import SERVICE_ROLE, TABLES, Rows, connection_to, execute, named
from tests.fixtures.faults import becomes_true
from tests.fixtures.figures import Figure

SCRIPT = (MIGRATIONS_DIR / "service_role.sql").read_text()
NOT_ALLOWED = "42501"
TRIED = "UPDATE, DELETE, TRUNCATE and others of the ledger as"

APPEND = {"SELECT", "INSERT"}
CHANGE = APPEND | {"UPDATE"}
PRUNE = CHANGE | {"DELETE"}
ALLOWED = {
    "alembic_version": {"SELECT"},
    "users": CHANGE,
    "notification_preferences": CHANGE,
    "loyalty_tiers": CHANGE,
    "loyalty_members": CHANGE,
    "loyalty_ledger_entries": APPEND,
    "loyalty_referral_invites": CHANGE,
    "loyalty_referral_codes": APPEND,
    "loyalty_referral_attributions": APPEND,
    "idempotency_keys": PRUNE,
    "outbox_events": PRUNE,
    "notifications": CHANGE,
}
TAMPERING = {
    "update": "UPDATE loyalty_ledger_entries SET points = points + 1",
    "update of one column": "UPDATE loyalty_ledger_entries SET description = 'x'",
    "delete": "DELETE FROM loyalty_ledger_entries",
    "truncate": "TRUNCATE loyalty_ledger_entries",
    "truncate with its members": "TRUNCATE loyalty_members CASCADE",
    "upsert": """
        INSERT INTO loyalty_ledger_entries SELECT * FROM loyalty_ledger_entries
        ON CONFLICT (member_id, seq) DO UPDATE SET points = 1
    """,
    "lock": "SELECT * FROM loyalty_ledger_entries FOR UPDATE",
    "alter": "ALTER TABLE loyalty_ledger_entries ADD COLUMN note text",
    "drop": "DROP TABLE loyalty_ledger_entries CASCADE",
    "rename": "ALTER TABLE loyalty_ledger_entries RENAME TO old_entries",
    "own": f"ALTER TABLE loyalty_ledger_entries OWNER TO {SERVICE_ROLE}",
    "drop a constraint": """
        ALTER TABLE loyalty_ledger_entries DROP CONSTRAINT ck_loyalty_ledger_entries_seq_positive
    """,
    "disable the trigger": """
        ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER refuse_row_changes
    """,
    "drop the trigger": "DROP TRIGGER refuse_row_changes ON loyalty_ledger_entries",
    "another trigger": """
        CREATE TRIGGER another BEFORE INSERT ON loyalty_ledger_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
    """,
    "a rule": "CREATE RULE swallow AS ON INSERT TO loyalty_ledger_entries DO INSTEAD NOTHING",
    "another function": """
        CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NEW; END'
    """,
    "drop the function": "DROP FUNCTION refuse_ledger_change() CASCADE",
    "pretend to replicate": "SET session_replication_role = replica",
    "a table": "CREATE TABLE shadow (id int)",
    "a schema": "CREATE SCHEMA shadow",
    "a role": "CREATE ROLE shadow",
    "its step": "UPDATE alembic_version SET version_num = 'x'",
}


async def privileges(rows: Rows, role: str = SERVICE_ROLE) -> dict[str, set[str]]:
    """Returns what a role may do with each table of the database, views and sequences included."""
    listed = await rows.all(
        "SELECT relname, string_agg(privilege_type, ',') AS privileges "
        "FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'public'::regnamespace "
        "AND grantee = to_regrole(:role) GROUP BY relname",
        role=role,
    )
    return {str(each["relname"]): set(str(each["privileges"]).split(",")) for each in listed}


async def test_it_may_do_this_with_each_table_and_nothing_else(rows: Rows) -> None:
    tables = await rows.all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {each["tablename"] for each in tables} == ALLOWED.keys()
    assert {*TABLES, "alembic_version"} == ALLOWED.keys()
    assert await privileges(rows) == ALLOWED
    # By column, or as everybody, it could be more than the tables say.
    by_column = "SELECT count(*) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384"
    assert await rows.value(by_column) == 0
    assert await privileges(rows, "public") == {}


async def test_it_owns_nothing_and_is_nobody(rows: Rows) -> None:
    owned = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = to_regrole(:role)"
    assert await rows.value(owned, role=SERVICE_ROLE) == 0
    assert await rows.all(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls "
        "FROM pg_roles WHERE rolname = :role",
        role=SERVICE_ROLE,
    ) == [
        dict.fromkeys(
            (
                *("rolsuper", "rolcreaterole", "rolcreatedb"),
                *("rolcanlogin", "rolreplication", "rolbypassrls"),
            ),
            False,
        )
    ]
    memberships = "SELECT count(*) FROM pg_auth_members WHERE member = to_regrole(:role)"
    assert await rows.value(memberships, role=SERVICE_ROLE) == 0


async def test_both_pools_of_the_service_have_it(contexts: Contexts) -> None:
    who = text("SELECT current_user")
    async with contexts.database.reader() as reader:
        assert await reader.scalar(who) == SERVICE_ROLE
    async with contexts.database.unit_of_work() as writer:
        assert await writer.scalar(who) == SERVICE_ROLE


@pytest.mark.promised
@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
async def test_it_cannot_alter_the_ledger(
    rows: Rows, database: Database, figure: Figure, tampering: str
) -> None:
    async with rows.unchanged():
        with pytest.raises(DBAPIError) as refusal:
            async with database.unit_of_work() as writer:
                await writer.execute(text(tampering))
    assert getattr(refusal.value.orig, "sqlstate", None) == NOT_ALLOWED
    figure(f"{TRIED} the service's role", "all refused", "not allowed, nothing changed")


class TestTheScript:
    """With a role of its own in each test: roles belong to the server, and so to every test."""

    @pytest.fixture
    def role(self, server_url: str) -> Iterator[str]:
        name = f"role_{uuid4().hex}"
        yield name
        asyncio.run(execute(server_url, f"DROP ROLE IF EXISTS {name}"))

    @pytest.fixture
    def script(self, role: str) -> str:
        return SCRIPT.replace(SERVICE_ROLE, role)

    @pytest.fixture
    async def owner_url(self, server_url: str, database_url: str) -> AsyncIterator[str]:
        """The database, with an owner who is no superuser."""
        owner = f"owner_{uuid4().hex}"
        await execute(
            database_url,
            f"CREATE ROLE {owner} LOGIN PASSWORD 'secret'",
            f"ALTER DATABASE {make_url(database_url).database} OWNER TO {owner}",
            *(f"ALTER TABLE {table} OWNER TO {owner}" for table in ALLOWED),
        )
        url = make_url(database_url).set(username=owner, password="secret")
        yield url.render_as_string(hide_password=False)
        await execute(
            database_url, f"REASSIGN OWNED BY {owner} TO CURRENT_USER", f"DROP OWNED BY {owner}"
        )
        await execute(server_url, f"DROP ROLE {owner}")

    async def _clean(self, url: str, role: str) -> None:
        await execute(url, f"DROP OWNED BY {role}")

    async def test_a_second_run_takes_back_what_was_added_by_hand(
        self, database_url: str, rows: Rows, role: str, script: str
    ) -> None:
        await execute(database_url, script, f"GRANT ALL ON loyalty_ledger_entries TO {role}")
        await execute(database_url, script)
        assert await privileges(rows, role) == ALLOWED
        await self._clean(database_url, role)

    async def test_two_databases_at_once(
        self, server_url: str, database_url: str, role: str, script: str
    ) -> None:
        # The first has made the role and not yet committed: the second waits for it to do so.
        async with connection_to(database_url) as first:
            await first.exec_driver_sql("BEGIN")
            await first.exec_driver_sql(script)
            second = asyncio.create_task(execute(server_url, script))
            await becomes_true(lambda: self._somebody_waits(server_url))
            await first.exec_driver_sql("COMMIT")
        await second
        await self._clean(database_url, role)
        await self._clean(server_url, role)

    async def test_two_databases_of_one_owner_at_once(
        self, server_url: str, database_url: str, owner_url: str, role: str, script: str
    ) -> None:
        owner = make_url(owner_url).username
        # Both let the owner grant the role to themselves, who may not take it on yet.
        may_grant = f"GRANT {role} TO {owner} WITH ADMIN TRUE, SET FALSE, INHERIT FALSE"
        if int(str(await Rows(server_url).value("SHOW server_version_num"))) < 160_000:
            may_grant = f"ALTER ROLE {owner} CREATEROLE"
        await execute(server_url, f"CREATE ROLE {role} NOLOGIN", may_grant)
        elsewhere = named(owner_url, str(make_url(server_url).database))
        # The first has granted itself the role and not yet committed.
        async with connection_to(owner_url) as first:
            await first.exec_driver_sql("BEGIN")
            await first.exec_driver_sql(script)
            second = asyncio.create_task(execute(elsewhere, script))
            await becomes_true(lambda: self._somebody_waits(server_url))
            await first.exec_driver_sql("COMMIT")
        await second
        await self._clean(database_url, role)
        await self._clean(server_url, role)

    async def _somebody_waits(self, url: str) -> bool:
        waiting = (
            "SELECT count(*) > 0 FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(await Rows(url).value(waiting))

    async def test_an_owner_who_may_create_roles_takes_it_on(
        self, database_url: str, owner_url: str, rows: Rows, role: str, script: str
    ) -> None:
        owner = make_url(owner_url).username
        await execute(database_url, f"ALTER ROLE {owner} CREATEROLE")
        await execute(owner_url, script)
        assert await privileges(rows, role) == ALLOWED

        database = Database(owner_url, role=role)
        async with database.unit_of_work() as writer:
            assert await writer.scalar(text("SELECT current_user")) == role
        await database.aclose()
        await self._clean(database_url, role)

    async def test_an_owner_who_may_not_is_left_alone_until_an_administrator_has_been_there(
        self, database_url: str, owner_url: str, rows: Rows, role: str, script: str
    ) -> None:
        owner = make_url(owner_url).username
        async with rows.unchanged():
            await execute(owner_url, script)
        assert await rows.value("SELECT to_regrole(:role)::text", role=role) is None

        await execute(database_url, f"CREATE ROLE {role} NOLOGIN", f"GRANT {role} TO {owner}")
        await execute(owner_url, script)
        assert await privileges(rows, role) == ALLOWED
        await self._clean(database_url, role)
