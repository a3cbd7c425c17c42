"""Connections that the database closes are replaced, and work is repeated where it is harmless."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine.database import TRIES_MAX, Database
from db.engine.failures import OutcomeUnknown, is_retryable, is_transient
from db.engine.sessions import Writer
from tests.fixtures.database import Rows
from tests.fixtures.faults import becomes_true, losing_first_commit

ONE = text("SELECT 1")
END_MYSELF = text("SELECT pg_terminate_backend(pg_backend_pid())")
END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
INSERT = text("INSERT INTO users (id) VALUES ('ada')")
COUNT = "SELECT count(*) FROM users"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pools, let in as the owner: the service's role may end nobody's session."""
    database = Database(database_url)
    yield database
    await database.aclose()


async def end_all_sessions(rows: Rows) -> None:
    """Ends every session but one's own, and waits until they are gone."""
    await rows.value(END_ALL)

    async def gone() -> bool:
        return await rows.value(SESSIONS) == 0

    await becomes_true(gone)


class TestIdleConnections:
    async def test_the_next_callers_do_not_notice(self, database: Database, rows: Rows) -> None:
        async def read() -> object:
            async with database.reader() as reader:
                return await reader.scalar(ONE)

        async def write() -> object:
            async with database.unit_of_work() as writer:
                return await writer.scalar(ONE)

        for _ in range(3):
            answers = await asyncio.gather(*(use() for use in [read, write] for _ in range(8)))
            assert answers == [1] * 16
            await end_all_sessions(rows)

    async def test_a_reader_in_the_middle_of_its_request_reads_on(
        self, database: Database, rows: Rows
    ) -> None:
        async with database.reader() as reader:
            assert await reader.scalar(ONE) == 1
            await end_all_sessions(rows)
            assert await reader.scalar(ONE) == 1


class TestRepeats:
    async def test_work_that_was_interrupted_is_done_once(
        self, database: Database, rows: Rows
    ) -> None:
        tries = []

        async def work(writer: Writer) -> str:
            tries.append(writer)
            await writer.execute(INSERT)
            if len(tries) < TRIES_MAX:
                await writer.execute(END_MYSELF)
            return "done"

        assert await database.perform(work, is_repeatable=False) == "done"
        assert len(tries) == TRIES_MAX
        assert await rows.value(COUNT) == 1

    async def test_there_is_a_last_try(self, database: Database, rows: Rows) -> None:
        tries = []

        async def work(writer: Writer) -> None:
            tries.append(writer)
            await writer.execute(INSERT)
            await writer.execute(END_MYSELF)

        with pytest.raises(DBAPIError) as lost:
            await database.perform(work, is_repeatable=True)
        assert is_retryable(lost.value)
        assert len(tries) == TRIES_MAX
        assert await rows.value(COUNT) == 0

    async def test_what_would_fail_again_is_tried_once(self, database: Database) -> None:
        tries = []

        async def work(writer: Writer) -> None:
            tries.append(writer)
            await writer.execute(INSERT)
            await writer.execute(INSERT)

        with pytest.raises(IntegrityError):
            await database.perform(work, is_repeatable=True)
        assert len(tries) == 1


class TestLostCommits:
    @pytest.fixture(autouse=True)
    async def lost_commit(self, rows: Rows) -> None:
        for statement in losing_first_commit("users"):
            await rows.execute(statement)

    async def test_nobody_knows_what_became_of_it(self, database: Database) -> None:
        tries = []

        async def work(writer: Writer) -> None:
            tries.append(writer)
            await writer.execute(INSERT)

        with pytest.raises(OutcomeUnknown) as lost:
            await database.perform(work, is_repeatable=False)
        assert is_retryable(lost.value)
        assert len(tries) == 1

    async def test_what_is_the_same_done_twice_is_repeated(
        self, database: Database, rows: Rows
    ) -> None:
        async def work(writer: Writer) -> None:
            await writer.execute(INSERT)

        await database.perform(work, is_repeatable=True)
        assert await rows.value(COUNT) == 1


def test_a_pool_that_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    exhausted = PoolTimeout()
    assert is_retryable(exhausted)
    assert not is_transient(exhausted)
