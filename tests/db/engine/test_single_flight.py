"""Single flight: callers share a statement that begins after they came, and nothing else."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.config.settings import Settings
from app.context import Contexts
from db.engine.single_flight import SingleFlight
from db.engine.stopwatch import Stopwatch, stopwatch
from tests.fixtures.connections import all_taken
from tests.fixtures.database import Rows
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.queries import Statements

# It sees what is committed when it begins, and then waits until nobody is at the gate.
USERS = (
    "SELECT (SELECT count(*) FROM users)::text "
    "FROM (SELECT pg_advisory_xact_lock_shared(4712)) AS gate"
)
ECHO = "SELECT $1::text"
POOL_SIZE = 3
TERMINATE_WHO_WAITS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

Call = asyncio.Task[str | None]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few connections."""
    return settings.model_copy(update={"pool_size": POOL_SIZE})


@pytest.fixture
def single_flight(contexts: Contexts) -> SingleFlight:
    """What is under test."""
    return contexts.single_flight


def held_up(faults: Faults) -> AbstractAsyncContextManager[None]:
    """Has `USERS` wait until the context ends."""
    return faults.locked("SELECT pg_advisory_xact_lock(4712)")


def calls(
    single_flight: SingleFlight, count: int, sql: str = USERS, *parameters: str
) -> list[Call]:
    """Asks the same several times at once."""
    return [asyncio.create_task(single_flight.text(sql, parameters)) for _ in range(count)]


async def came(single_flight: SingleFlight, count: int) -> None:
    """Returns once so many calls wait for their statement."""

    async def enough() -> bool:
        return single_flight.waiting == count

    await becomes_true(enough)


async def give_up(given_up: Sequence[Call]) -> None:
    for call in given_up:
        call.cancel()
    results = await asyncio.gather(*given_up, return_exceptions=True)
    assert {type(result) for result in results} == {asyncio.CancelledError}


class TestWhoShares:
    async def test_those_who_come_before_it_begins(
        self, contexts: Contexts, single_flight: SingleFlight, statements: Statements
    ) -> None:
        with statements.recorded() as sent:
            async with all_taken(contexts.database.readers, POOL_SIZE):
                first = calls(single_flight, 1)
                await came(single_flight, 1)
                # They wait for a connection, as the first one does.
                asked = [*first, *calls(single_flight, 4)]
                await came(single_flight, 5)
            assert await asyncio.gather(*asked) == ["0"] * 5

        assert sent == [USERS]

    async def test_not_those_who_come_later(
        self, single_flight: SingleFlight, faults: Faults, rows: Rows, statements: Statements
    ) -> None:
        with statements.recorded() as sent:
            async with held_up(faults):
                earlier = calls(single_flight, 2)
                await faults.somebody_waits()
                await rows.execute("INSERT INTO users (id) VALUES ('ada')")
                later = calls(single_flight, 5)
                # What is held up does not hold up the next one for long.
                await faults.somebody_waits(2)
            assert await asyncio.gather(*earlier) == ["0"] * 2
            assert await asyncio.gather(*later) == ["1"] * 5

        assert sent == [USERS] * 2

    async def test_not_those_who_ask_something_else(
        self, contexts: Contexts, single_flight: SingleFlight
    ) -> None:
        async with all_taken(contexts.database.readers, POOL_SIZE):
            asked = [*calls(single_flight, 2, ECHO, "a"), *calls(single_flight, 2, ECHO, "b")]
            await came(single_flight, 4)

        assert await asyncio.gather(*asked) == ["a", "a", "b", "b"]


class TestWhoGivesUp:
    async def test_leaves_the_others(self, single_flight: SingleFlight, faults: Faults) -> None:
        async with held_up(faults):
            first, *others = calls(single_flight, 3)
            await faults.somebody_waits()
            await give_up([first])

        assert await asyncio.gather(*others) == ["0", "0"]

    async def test_is_followed_by_others(
        self, contexts: Contexts, single_flight: SingleFlight
    ) -> None:
        async with all_taken(contexts.database.readers, POOL_SIZE):
            given_up = calls(single_flight, 1)
            await came(single_flight, 1)
            given_up[0].cancel()
            next_ones = calls(single_flight, 2)
            await came(single_flight, 2)

        assert await asyncio.gather(*next_ones) == ["0", "0"]

    async def test_has_the_statement_stopped_if_nobody_is_left(
        self, contexts: Contexts, single_flight: SingleFlight, faults: Faults
    ) -> None:
        async def all_are_back() -> bool:
            return contexts.database.readers.taken == 0

        async with held_up(faults):
            given_up = calls(single_flight, 3)
            await faults.somebody_waits()
            await give_up(given_up)
            await becomes_true(all_are_back)

        assert await single_flight.text(USERS, ()) == "0"


class TestAFailure:
    async def test_reaches_every_caller(
        self, contexts: Contexts, single_flight: SingleFlight, statements: Statements
    ) -> None:
        with statements.recorded() as sent:
            async with all_taken(contexts.database.readers, POOL_SIZE):
                asked = calls(single_flight, 3, "SELECT (1 / 0)::text")
                await came(single_flight, 3)
            results = await asyncio.gather(*asked, return_exceptions=True)

        assert len(sent) == 1
        assert {type(result) for result in results} == {asyncpg.DivisionByZeroError}
        assert await single_flight.text(ECHO, ("a",)) == "a"

    async def test_of_the_connection_is_none(
        self, single_flight: SingleFlight, faults: Faults, rows: Rows, statements: Statements
    ) -> None:
        with statements.recorded() as sent:
            async with held_up(faults):
                asked = calls(single_flight, 3)
                await faults.somebody_waits()
                await rows.execute(TERMINATE_WHO_WAITS)
            assert await asyncio.gather(*asked) == ["0"] * 3

        assert sent == [USERS] * 2


class TestWithoutPatience:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Nobody waits long for a connection."""
        return settings.model_copy(update={"pool_timeout_seconds": 0.1})

    async def test_every_caller_is_refused_without_a_connection(
        self, contexts: Contexts, single_flight: SingleFlight
    ) -> None:
        async with all_taken(contexts.database.readers, POOL_SIZE):
            asked = calls(single_flight, 3)
            results = await asyncio.gather(*asked, return_exceptions=True)

        assert {type(result) for result in results} == {PoolTimeout}
        assert await single_flight.text(USERS, ()) == "0"


async def test_each_caller_has_waited_for_the_database(
    contexts: Contexts, single_flight: SingleFlight
) -> None:
    async def ask() -> float:
        watch = Stopwatch()
        stopwatch.set(watch)
        await single_flight.text(USERS, ())
        return watch.seconds

    async with all_taken(contexts.database.readers, POOL_SIZE):
        began = time.perf_counter()
        asked = [asyncio.create_task(ask()) for _ in range(3)]
        await came(single_flight, 3)
    waited_seconds = await asyncio.gather(*asked)

    # Nor has the first one waited twice: for itself, and in the statement that it began for all.
    assert all(0 < seconds <= time.perf_counter() - began for seconds in waited_seconds)


async def test_closing_waits_for_what_is_being_read(
    single_flight: SingleFlight, faults: Faults
) -> None:
    async with held_up(faults):
        asked = calls(single_flight, 1)
        await faults.somebody_waits()
        closing = asyncio.create_task(single_flight.aclose())
        await asyncio.wait([closing], timeout=0)
        assert not closing.done()
    await closing

    assert await asked[0] == "0"
