"""Readers cannot write, units of work commit whole or not at all, and connections come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.config.settings import Settings
from db.engine.database import Database
from db.engine.driver import NotCommitted
from db.engine.listen import NotificationListener
from db.engine.sessions import Reader, ReaderClosed
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api

INSERT = text("INSERT INTO users (id) VALUES ('ada')")
COUNT = "SELECT count(*) FROM users"
ONE = text("SELECT 1")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pools under test: small, with a short wait for a connection."""
    database = Database(database_url, pool_size=2, pool_timeout_seconds=0.2, lock_timeout_ms=20_000)
    yield database
    assert in_use(database) == (0, 0)
    await database.aclose()


def in_use(database: Database) -> tuple[int, int]:
    """How many connections are out for reading, and how many for writing."""
    return database.readers.taken, database.writers.taken


class TestReader:
    async def test_it_takes_a_connection_at_its_first_statement(self, database: Database) -> None:
        async with database.reader() as reader:
            assert in_use(database) == (0, 0)
            assert await reader.scalar(ONE) == 1
            assert await reader.scalar(ONE) == 1
            assert in_use(database) == (1, 0)
        assert in_use(database) == (0, 0)

    async def test_it_cannot_write(self, database: Database, rows: Rows) -> None:
        async with database.reader() as reader:
            with pytest.raises(DBAPIError, match="read-only transaction"):
                await reader.scalar(INSERT)
            with pytest.raises(DBAPIError, match="read-only transaction"):
                await reader.scalar(text("CREATE TABLE x ()"))
            # Nor is anything left of the failure.
            assert await reader.scalar(text(COUNT)) == 0
        assert await rows.value(COUNT) == 0

    async def test_it_sees_what_others_commit_between_its_statements(
        self, database: Database, rows: Rows
    ) -> None:
        async with database.reader() as reader:
            assert await reader.scalar(text(COUNT)) == 0
            await rows.execute(str(INSERT))
            assert await reader.scalar(text(COUNT)) == 1

    async def test_statements_at_the_same_time_run_one_after_the_other(
        self, database: Database
    ) -> None:
        async with database.reader() as reader:
            busy = text("SELECT pg_backend_pid(), pg_sleep(0.02)")
            runs = await asyncio.gather(*(reader.all(tuple_of, busy) for _ in range(5)))
            assert in_use(database) == (1, 0)
        assert len({pid for [(pid, _)] in runs}) == 1

    async def test_an_exception_hands_the_connection_back(self, database: Database) -> None:
        async def read() -> None:
            async with database.reader() as reader:
                await reader.scalar(ONE)
                raise KeyError

        with pytest.raises(KeyError):
            await read()
        assert in_use(database) == (0, 0)

    async def test_a_cancelled_statement_hands_the_connection_back(
        self, database: Database, faults: Faults
    ) -> None:
        async def read() -> None:
            async with database.reader() as reader:
                await reader.scalar(text(COUNT))

        async with faults.locked("LOCK TABLE users"):
            task = asyncio.create_task(read())
            await faults.somebody_waits()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert in_use(database) == (0, 0)
        await read()

    async def test_closing_stops_the_statements_of_others(
        self, database: Database, faults: Faults
    ) -> None:
        reader = Reader(database.readers)
        async with faults.locked("LOCK TABLE users"):
            asking = [asyncio.create_task(reader.scalar(text(COUNT))) for _ in range(3)]
            await faults.somebody_waits()
            await reader.aclose()
            assert in_use(database) == (0, 0)
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(result) for result in results] == [ReaderClosed] * 3

    async def test_a_closed_reader_takes_no_connection(self, database: Database) -> None:
        async with database.reader() as reader:
            await reader.scalar(ONE)
        with pytest.raises(ReaderClosed):
            await reader.scalar(ONE)
        assert in_use(database) == (0, 0)
        await reader.aclose()

    async def test_closing_is_not_interrupted(self, database: Database, faults: Faults) -> None:
        reader = Reader(database.readers)
        async with faults.locked("LOCK TABLE users"):
            asking = asyncio.create_task(reader.scalar(text(COUNT)))
            await faults.somebody_waits()
            closing = asyncio.create_task(reader.aclose())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait([asking, closing])

            async def handed_back() -> bool:
                return in_use(database) == (0, 0)

            await becomes_true(handed_back)
        with pytest.raises(ReaderClosed):
            await asking


def tuple_of(*columns: object) -> tuple[object, ...]:
    """A row as it comes."""
    return columns


class TestUnitOfWork:
    async def test_it_commits_at_its_end(self, database: Database, rows: Rows) -> None:
        async with database.unit_of_work() as writer:
            await writer.execute(INSERT)
            assert await writer.scalar(text(COUNT)) == 1
            assert await rows.value(COUNT) == 0
        assert await rows.value(COUNT) == 1

    async def test_an_exception_undoes_it(self, database: Database, rows: Rows) -> None:
        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)
                raise KeyError

        with pytest.raises(KeyError):
            await write()
        assert await rows.value(COUNT) == 0
        assert in_use(database) == (0, 0)

    async def test_a_failed_statement_undoes_it(self, database: Database, rows: Rows) -> None:
        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)
                await writer.execute(INSERT)

        with pytest.raises(DBAPIError):
            await write()
        assert await rows.value(COUNT) == 0

    async def test_a_failure_that_nobody_has_raised_is_no_success(
        self, database: Database, rows: Rows
    ) -> None:
        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)
                with suppress(DBAPIError):
                    await writer.execute(INSERT)

        with pytest.raises(NotCommitted):
            await write()
        assert await rows.value(COUNT) == 0
        async with database.unit_of_work() as writer:
            await writer.execute(INSERT)

    async def test_what_fails_at_the_commit_leaves_the_connection_as_it_is(
        self, database: Database, rows: Rows, faults: Faults
    ) -> None:
        pid = text("SELECT pg_backend_pid()")
        async with database.unit_of_work() as writer:
            before = await writer.scalar(pid)

        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)

        async with faults.failing_at_commit("INSERT ON users"):
            with pytest.raises(asyncpg.RaiseError):
                await write()
        assert await rows.value(COUNT) == 0
        async with database.unit_of_work() as writer:
            assert await writer.scalar(pid) == before

    async def test_a_connection_that_is_given_up_in_its_commit_is_not_used_again(
        self, database: Database, rows: Rows, faults: Faults
    ) -> None:
        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)

        async with faults.held_up_at_commit("INSERT ON users"):
            task = asyncio.create_task(write())
            await faults.somebody_waits()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert in_use(database) == (0, 0)
        await faults.nobody_works()
        assert await rows.value(COUNT) == 0
        await write()

    async def test_cancellation_undoes_it(
        self, database: Database, rows: Rows, faults: Faults
    ) -> None:
        async def write() -> None:
            async with database.unit_of_work() as writer:
                await writer.execute(INSERT)
                await writer.scalar(text("SELECT count(*) FROM loyalty_tiers"))

        async with faults.locked("LOCK TABLE loyalty_tiers"):
            task = asyncio.create_task(write())
            await faults.somebody_waits()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert in_use(database) == (0, 0)
        await faults.nobody_works()
        assert await rows.value(COUNT) == 0
        await write()


class TestPools:
    async def test_a_caller_without_a_free_one_is_refused_in_time(self, database: Database) -> None:
        async with database.unit_of_work(), database.unit_of_work():
            with pytest.raises(PoolTimeout):
                async with database.unit_of_work():
                    raise AssertionError("there was a third connection")
            # Reading has connections of its own.
            async with database.reader() as reader:
                assert await reader.scalar(ONE) == 1

    async def test_whoever_listens_has_one_of_them(self, database: Database) -> None:
        async def read() -> object:
            async with database.reader() as reader:
                return await reader.text("SELECT 'a'", ())

        listener = NotificationListener(database.readers, "channel")
        await listener.wait(0)
        async with database.reader() as reader:
            assert await reader.text("SELECT 'a'", ()) == "a"
            assert in_use(database) == (2, 0)
            waiting = asyncio.create_task(read())
            await asyncio.sleep(0)
        assert await waiting == "a"
        await listener.aclose()

    @pytest.mark.promised
    @pytest.mark.parametrize(
        ("setting", "reading", "writing"),
        [
            ("statement_timeout", "3s", "3s"),
            ("lock_timeout", "20s", "20s"),
            ("idle_in_transaction_session_timeout", "5s", "5s"),
            ("default_transaction_read_only", "on", "off"),
            ("jit", "off", "off"),
        ],
    )
    async def test_every_session_has_its_limits(
        self, database: Database, figure: Figure, setting: str, reading: str, writing: str
    ) -> None:
        show = text(f"SHOW {setting}")
        async with database.reader() as reader, database.unit_of_work() as writer:
            assert await reader.scalar(show) == reading
            assert await writer.scalar(show) == writing
        figure("limits of every session of the database", "as documented", "as documented")


class TestOneConnectionOfEach:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"pool_size": 1})

    async def test_requests_that_read_and_write_do_not_wait_in_a_circle(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        """Each looks ada up, keeps that connection, and then needs another one to make her."""
        for number in range(8):
            await make.user(f"user-{number}")
        query = "query($id: ID!) { member(userId: $id) { tier { slug } user { userId } } }"

        async def live(user_id: str) -> None:
            found = await api.ask(query, {"id": user_id})
            assert found["member"]["user"] == {"userId": user_id}
            await api.mutate(
                "earnPoints",
                "... on EarnPointsSuccess { member { user { userId } } }",
                userId=user_id,
                points=5,
                idempotencyKey=user_id,
            )

        async with asyncio.timeout(15):
            await asyncio.gather(*(live(f"user-{number}") for number in range(8)))
        assert await rows.value("SELECT sum(points_balance) FROM loyalty_members") == 40
