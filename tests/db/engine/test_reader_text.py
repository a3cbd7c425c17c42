"""Texts are read past SQLAlchemy's cursors, and what breaks meanwhile is not used again."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.engine.database import Database
from db.engine.failures import is_retryable
from tests.fixtures.database import Rows
from tests.fixtures.faults import Faults, becomes_true

PID = "SELECT pg_backend_pid()::text"
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pools under test, of one connection each."""
    database = Database(database_url, pool_size=1, pool_timeout_seconds=5)
    yield database
    assert database.readers.taken == 0
    await database.aclose()


async def read(database: Database, sql: str, *parameters: object) -> str | None:
    async with database.reader() as reader:
        return await reader.text(sql, parameters)


async def test_a_text_a_null_and_no_row(database: Database) -> None:
    assert await read(database, "SELECT $1::text || '!'", "é") == "é!"
    assert await read(database, "SELECT NULL::text") is None
    assert await read(database, "SELECT 'x' WHERE false") is None


async def test_a_failed_statement_leaves_the_connection_as_it_is(database: Database) -> None:
    pid = await read(database, PID)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await read(database, "SELECT (1 / 0)::text")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await read(database, "INSERT INTO users (id) VALUES ('ada') RETURNING id")

    assert await read(database, PID) == pid


async def test_a_connection_that_is_given_up_in_the_middle_is_not_used_again(
    database: Database, faults: Faults
) -> None:
    pid = await read(database, PID)
    async with faults.locked("LOCK TABLE users"):
        task = asyncio.create_task(read(database, "SELECT count(*)::text FROM users"))
        await faults.somebody_waits()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert await read(database, PID) not in (None, pid)


async def test_after_the_server_has_ended_the_connection_the_next_read_succeeds(
    database: Database, rows: Rows
) -> None:
    await read(database, PID)
    await rows.execute(TERMINATE)
    errors = []

    async def works() -> bool:
        try:
            return await read(database, PID) is not None
        except Exception as error:  # noqa: BLE001  (which one it is, depends on the moment)
            errors.append(error)
            return False

    await becomes_true(works)

    assert len(errors) <= 1
    assert all(is_retryable(error) for error in errors)
