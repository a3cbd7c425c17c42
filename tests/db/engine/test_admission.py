"""A queue is waited in for as long as it moves, in the order of asking, and no turn is lost."""

import asyncio
from collections.abc import Awaitable

import pytest
from asyncpg import QueryCanceledError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine.admission import AdmissionQueue

TIMEOUT_SECONDS = 0.5


@pytest.fixture
def turns() -> AdmissionQueue:
    """One at a time."""
    return AdmissionQueue(1, TIMEOUT_SECONDS)


async def soon(waiting: Awaitable[None]) -> asyncio.Future[None]:
    """Begins to wait, and returns once the place in the queue is taken."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    return task


async def is_free(turns: AdmissionQueue) -> bool:
    """Whether a turn may be had at once."""
    try:
        async with asyncio.timeout(0):
            await turns.take()
    except TimeoutError:
        return False
    turns.give_back()
    return True


async def test_so_many_have_one_at_a_time() -> None:
    turns = AdmissionQueue(2, TIMEOUT_SECONDS)
    await turns.take()
    assert await is_free(turns)
    await turns.take()
    assert not await is_free(turns)
    turns.give_back()
    assert await is_free(turns)


async def test_in_the_order_of_asking(turns: AdmissionQueue) -> None:
    order = []

    async def caller(number: int) -> None:
        async with turns.turn():
            order.append(number)

    async with turns.turn():
        waiting = [await soon(caller(number)) for number in range(5)]
    late = await soon(caller(5))
    await asyncio.gather(*waiting, late)

    assert order == [0, 1, 2, 3, 4, 5]


async def test_a_queue_that_stands_still_is_given_up(turns: AdmissionQueue) -> None:
    loop = asyncio.get_running_loop()
    async with turns.turn():
        began = loop.time()
        with pytest.raises(PoolTimeout):
            await turns.take()
        assert loop.time() - began >= TIMEOUT_SECONDS
    assert await is_free(turns)


async def test_one_that_moves_is_not(turns: AdmissionQueue) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def caller() -> float:
        async with turns.turn():
            await asyncio.sleep(TIMEOUT_SECONDS / 4)
            return loop.time() - began

    times = await asyncio.gather(*(caller() for _ in range(10)))

    assert max(times) > 2 * TIMEOUT_SECONDS


async def test_what_the_database_has_failed_moves_nothing(turns: AdmissionQueue) -> None:
    async def fail() -> None:
        async with turns.turn():
            await asyncio.sleep(TIMEOUT_SECONDS / 4)
            raise QueryCanceledError

    results = await asyncio.gather(*(fail() for _ in range(10)), return_exceptions=True)

    kinds = [type(result) for result in results]
    assert set(kinds) == {QueryCanceledError, PoolTimeout}
    assert kinds.count(PoolTimeout) >= 5
    assert await is_free(turns)


async def test_what_was_refused_for_its_own_sake_does(turns: AdmissionQueue) -> None:
    async def refuse() -> None:
        async with turns.turn():
            await asyncio.sleep(TIMEOUT_SECONDS / 4)
            raise KeyError

    results = await asyncio.gather(*(refuse() for _ in range(10)), return_exceptions=True)

    assert {type(result) for result in results} == {KeyError}


async def test_whoever_stops_waiting_leaves_the_queue(turns: AdmissionQueue) -> None:
    async with turns.turn():
        waiting = [await soon(turns.take()) for _ in range(3)]
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    assert await is_free(turns)


async def test_a_turn_that_comes_in_the_moment_of_giving_up_goes_on(turns: AdmissionQueue) -> None:
    await turns.take()
    first, second = await soon(turns.take()), await soon(turns.take())
    turns.give_back()
    first.cancel()
    await second
    assert first.cancelled()
    turns.give_back()
    assert await is_free(turns)
