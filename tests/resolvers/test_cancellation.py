"""Callers that hang up leave nothing behind: no row, no lock, no connection."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from app.config.settings import Settings
from app.context import Contexts
from tests.fixtures.actors import NOBODY
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

POOL_SIZE = 5
LONG_MS = 60_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few connections, and longer limits in the database than a test takes."""
    changed = {"lock_timeout_ms": LONG_MS, "statement_timeout_ms": LONG_MS}
    return settings.model_copy(update=changed | {"pool_size": POOL_SIZE})


def connections_in_use(contexts: Contexts) -> int:
    """How many connections requests hold at the moment."""
    database = contexts.database
    return database.readers.taken + database.writers.taken


async def hang_up(calls: Sequence[Awaitable[object]], once: Callable[[], Awaitable[None]]) -> None:
    """Makes the calls and gives up all of them `once` something has happened."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    await once()
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {asyncio.CancelledError}


async def test_writers_that_wait_for_a_lock_or_a_connection(
    api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts
) -> None:
    await make.baseline_tiers()
    # One member is waited for with one connection, and one more is too many.
    ids = [f"user-{number}" for number in range(POOL_SIZE + 1)]
    for user_id in ids:
        await make.member(user_id)
    earnings = [
        api.mutate("earnPoints", "", userId=user_id, points=5, idempotencyKey=f"{user_id}-{number}")
        for user_id in ids
        for number in range(3)
    ]

    async def none_in_use() -> bool:
        return connections_in_use(contexts) == 0

    async with rows.unchanged(), faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
        await hang_up(earnings, once=lambda: faults.somebody_waits(POOL_SIZE))
        # Points are changed for several callers at a time, and soon notice that nobody is left.
        await becomes_true(none_in_use, within_seconds=LONG_MS / 2_000)

    await faults.nobody_works()
    await api.mutate("earnPoints", "", userId=ids[0], points=5, idempotencyKey=f"{ids[0]}-1")
    assert await rows.value("SELECT sum(points_balance) FROM loyalty_members") == 5
    await assert_invariants(rows)


async def test_writers_in_the_middle_of_their_work(
    api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts
) -> None:
    await make.baseline_tiers()
    ids = [f"user-{number}" for number in range(POOL_SIZE)]
    for user_id in ids:
        await make.user(user_id)
    earnings = [
        api.mutate("earnPoints", "", userId=user_id, points=5_000, idempotencyKey="key-" + user_id)
        for user_id in ids
    ]

    async with rows.unchanged():
        async with faults.held_up("INSERT ON outbox_events"):
            await hang_up(earnings, once=lambda: faults.somebody_waits(POOL_SIZE))
            assert connections_in_use(contexts) == 0
        await faults.nobody_works()

    for user_id in ids:
        await api.mutate(
            "earnPoints", "", userId=user_id, points=5_000, idempotencyKey="key-" + user_id
        )
    await assert_invariants(rows)


async def test_readers(
    api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts
) -> None:
    await make.member("ada")
    query = '{ member(userId: "ada") { userId user { userId } ledger { edges { cursor } } } }'
    by_rest = "/api/v1/loyalty/members/ada"
    reads: list[Awaitable[object]] = [api.ask(query) for _ in range(2 * POOL_SIZE)]
    reads += [api.request("GET", by_rest) for _ in range(POOL_SIZE)]

    async with faults.locked("LOCK TABLE loyalty_members"):
        await hang_up(reads, once=lambda: faults.somebody_waits(POOL_SIZE))
        assert connections_in_use(contexts) == 0

    await faults.nobody_works()
    assert (await api.ask(query))["member"]["userId"] == "ada"
    assert (await api.request("GET", by_rest)).status_code == 200
    await assert_invariants(rows)


async def test_fields_that_nobody_waits_for_any_more(
    api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts
) -> None:
    """`members` is refused at once and never null: the answer goes out without the tiers."""
    await make.baseline_tiers()
    query = '{ tiers { slug } tier(slug: "gold") { slug } members { edges { cursor } } }'

    answers = await asyncio.gather(
        *(api.graphql(query, caller=NOBODY) for _ in range(3 * POOL_SIZE))
    )

    assert {tuple(answer.codes) for answer in answers} == {("UNAUTHENTICATED",)}
    await faults.nobody_works()
    assert connections_in_use(contexts) == 0
    assert len((await api.ask("{ tiers { slug } }"))["tiers"]) == 4


async def test_a_statement_that_nobody_waits_for_is_stopped(
    api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts, by_resolvers: None
) -> None:
    await make.member("ada")
    # The first statement finds no such tier, while the second waits for the lock.
    query = '{ members(tierSlug: "none") { edges { cursor } } member(userId: "ada") { userId } }'

    async with faults.locked("LOCK TABLE loyalty_members"):
        answers = await asyncio.gather(*(api.graphql(query) for _ in range(3 * POOL_SIZE)))
        assert {tuple(answer.codes) for answer in answers} == {("TIER_NOT_FOUND",)}
        assert connections_in_use(contexts) == 0
        # The next callers do not wait for what is left of these.
        next_ones = (api.ask("{ tiers { slug } }") for _ in range(POOL_SIZE))
        async with asyncio.timeout(10):
            assert await asyncio.gather(*next_ones) == [{"tiers": []}] * POOL_SIZE
