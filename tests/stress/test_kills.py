"""Servers, sessions and PostgreSQL itself are killed under load: no acknowledged write is lost."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import psutil
import pytest

from app.database.embedded import embedded_postgres
from app.database.migrate import migrate
from tests.fixtures.database import Rows
from tests.fixtures.faults import becomes_true
from tests.fixtures.figures import Figure
from tests.fixtures.served import data_folder
from tests.stress.callers import (
    ANSWER_SECONDS_MAX,
    KILL_EVERY_SECONDS,
    Callers,
    Server,
    production,
    two_servers,
)
from tests.stress.soundness import assert_sound

MEMBERS = [f"user-{number}" for number in range(5)]
ACKNOWLEDGED_BETWEEN_KILLS = 20
EARNED = "... on EarnPointsSuccess { entry { id } }"
END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
short_or_long = pytest.mark.parametrize(
    "kills", [3, pytest.param(25, marks=pytest.mark.stress)], ids=["short", "long"]
)


@asynccontextmanager
async def earning(callers: Callers) -> AsyncIterator[dict[str, str]]:
    """Has eight callers earn points without pause; yields the entry that each key was given."""
    for user_id in MEMBERS:
        await callers.mutate("upsertUser", "", userId=user_id)
    acknowledged: dict[str, str] = {}
    keys, is_over = count(), asyncio.Event()

    async def earn() -> None:
        while not is_over.is_set():
            number = next(keys)
            user_id, key = MEMBERS[number % len(MEMBERS)], f"key-{number}"
            result = await callers.mutate(
                "earnPoints", EARNED, userId=user_id, points=600, idempotencyKey=key
            )
            acknowledged[key] = result["entry"]["id"]

    tasks = [asyncio.create_task(earn()) for _ in range(8)]
    try:
        yield acknowledged
    finally:
        is_over.set()
        await asyncio.gather(*tasks)


async def repeatedly(
    kill: Callable[[int], Awaitable[None]], kills: int, acknowledged: dict[str, str]
) -> str:
    """Kills so many times, but never before the service has healed; returns how often it did."""
    began = time.monotonic()
    for number in range(kills):
        due = time.monotonic() + KILL_EVERY_SECONDS
        await kill(number)
        enough = len(acknowledged) + ACKNOWLEDGED_BETWEEN_KILLS

        async def has_healed(enough: int = enough) -> bool:
            return len(acknowledged) >= enough

        await becomes_true(has_healed, within_seconds=ANSWER_SECONDS_MAX)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    return f"{kills} times, every {(time.monotonic() - began) / kills:.1f} s"


async def assert_nothing_lost(
    url: str, callers: Callers, acknowledged: dict[str, str], figure: Figure, tried: str
) -> None:
    """Fails unless there is one entry for each key, and every rule holds."""
    entries = await Rows(url).value("SELECT count(*) FROM loyalty_ledger_entries")
    distinct = len(set(acknowledged.values()))
    figure(
        tried,
        "0 acknowledged writes lost, 0 twice; only refusals that say to try again",
        f"{len(acknowledged):,} acknowledged, {entries:,} entries; "
        f"{len(callers.refusals):,} retries",
    )
    assert entries == len(acknowledged) == distinct
    assert acknowledged
    await assert_sound(url)


@short_or_long
async def test_servers(
    servers: list[Server], callers: Callers, figure: Figure, database_url: str, kills: int
) -> None:
    async def kill(number: int) -> None:
        server = servers[number % len(servers)]
        await server.kill()
        # The next kill does not wait until it is ready: there are moments without any server.
        server.spawn()

    async with earning(callers) as acknowledged:
        how_often = await repeatedly(kill, kills, acknowledged)

    assert callers.refusals
    tried = f"2 servers, one of them killed (-9) {how_often}"
    await assert_nothing_lost(database_url, callers, acknowledged, figure, tried)


@short_or_long
@pytest.mark.usefixtures("servers")
async def test_sessions(
    callers: Callers, rows: Rows, figure: Figure, database_url: str, kills: int
) -> None:
    async def kill(_number: int) -> None:
        for _ in range(5):
            await rows.value(END_ALL)
            await asyncio.sleep(0.1)

    async with earning(callers) as acknowledged:
        how_often = await repeatedly(kill, kills, acknowledged)

    tried = f"pg_terminate_backend of all sessions 5 times at once, {how_often}"
    await assert_nothing_lost(database_url, callers, acknowledged, figure, tried)
    # Whatever was left dead in the pools is replaced unnoticed.
    await rows.value(END_ALL)
    before = len(callers.refusals)
    await asyncio.gather(*(callers.ask("{ tiers { slug } }") for _ in range(40)))
    refused = len(callers.refusals) - before
    figure("40 requests right after all sessions were ended", "all succeed", f"{refused} refused")
    assert refused == 0


@short_or_long
async def test_postgresql(tmp_path: Path, figure: Figure, kills: int) -> None:
    with data_folder() as folder, ExitStack() as users:
        data_dir = folder / "postgres"
        url = await asyncio.to_thread(users.enter_context, embedded_postgres(data_dir))
        await asyncio.to_thread(migrate, url)

        async def kill(_number: int) -> None:
            pid = int((data_dir / "cluster" / "postmaster.pid").read_text().split()[0])
            for process in [psutil.Process(pid), *psutil.Process(pid).children()]:
                os.kill(process.pid, signal.SIGKILL)
            # Whoever comes next starts it again.
            await asyncio.to_thread(users.enter_context, embedded_postgres(data_dir))

        async with two_servers(production(url), tmp_path) as (_, callers):
            async with earning(callers) as acknowledged:
                how_often = await repeatedly(kill, kills, acknowledged)
            assert callers.refusals
            tried = f"PostgreSQL killed (-9) and started again {how_often}"
            await assert_nothing_lost(url, callers, acknowledged, figure, tried)
