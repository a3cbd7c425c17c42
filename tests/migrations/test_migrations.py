"""The migrations make just what the models say, in one line of steps, and can be taken back."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import db.models  # noqa: F401  (registers the tables)
from app.migrate import MIGRATIONS_DIR, alembic_config, migrate, newest_revision
from db.base import Base
from tests.fixtures.database import TABLES, Rows, connection_to, execute, named
from tests.fixtures.factories import Make
from tests.fixtures.served import ROOT


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """The URL of a database that no step has touched."""
    name = f"test_{uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name}")
    yield named(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def tables_at(url: str) -> set[object]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return {row["tablename"] for row in await Rows(url).all(query)}


async def in_a_thread(url: str, step: str, revision: str) -> None:
    """Runs an Alembic command, which has an event loop of its own, beside ours."""
    await asyncio.to_thread(getattr(command, step), alembic_config(url), revision)


def test_there_is_one_line_of_steps() -> None:
    assert ScriptDirectory(str(MIGRATIONS_DIR)).get_heads() == [newest_revision()]


async def test_the_tables_are_as_the_models_say(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    async with connection_to(database_url) as connection:
        assert await connection.run_sync(differences) == []


async def test_every_table_is_known_to_the_tests(database_url: str) -> None:
    assert await tables_at(database_url) == {*TABLES, "alembic_version"}


async def test_up_down_and_up_again_on_a_populated_database(
    database_url: str, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada", email="ada@example.com")
    await make.earned("ada", 6_000)
    invite = await make.invite("ada")
    await make.user("bob")
    await make.converted(invite.code, "bob")

    await in_a_thread(database_url, "downgrade", "base")
    assert await tables_at(database_url) == {"alembic_version"}
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert await rows.all(functions) == []

    await in_a_thread(database_url, "upgrade", "head")
    assert await tables_at(database_url) == {*TABLES, "alembic_version"}
    await make.user("ada")
    assert (await make.earned("ada", 1)).seq == 1


async def test_a_second_run_changes_nothing(database_url: str, rows: Rows) -> None:
    async with rows.unchanged():
        await asyncio.to_thread(migrate, database_url)
    assert await rows.value("SELECT version_num FROM alembic_version") == newest_revision()


async def upgrade_from_a_shell(url: str) -> subprocess.CompletedProcess[str]:
    """Runs `alembic upgrade head` as an operator does."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        env={**os.environ, "LOYALTY_DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_alembic_upgrades_from_a_shell_even_twice_at_once(empty_url: str) -> None:
    for said in await asyncio.gather(*(upgrade_from_a_shell(empty_url) for _ in range(2))):
        assert said.returncode == 0, said.stderr

    assert await tables_at(empty_url) == {*TABLES, "alembic_version"}
    revision = await Rows(empty_url).value("SELECT version_num FROM alembic_version")
    assert revision == newest_revision()
