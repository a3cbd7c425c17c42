"""Pools without a free connection, and requests that are given up: two servers go on answering."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.figures import Figure
from tests.stress.callers import (
    Callers,
    Server,
    is_asked_to_retry,
    mutation,
    production,
    two_servers,
)
from tests.stress.soundness import assert_sound

pytestmark = pytest.mark.promised

POOL_SIZE = 10
EARN = mutation("earnPoints")
LOOK = '{ member(userId: "ada") { pointsBalance } }'
LOCK_MEMBERS = "SELECT FROM loyalty_members FOR UPDATE"
LOCK_ALL = "LOCK TABLE loyalty_members"
# Whoever waits in the database does so for as long as the test wants.
LONG_LIMITS = {"LOYALTY_LOCK_TIMEOUT_MS": "60000", "LOYALTY_STATEMENT_TIMEOUT_MS": "60000"}
# The wait for a connection is one second. A hundred answers at once take time too, and the machine
# is shared: /healthz waits for no connection, and shows at the same time how slow the machine is.
WAIT_SECONDS_MAX = 2.0
ANSWERED_SECONDS_MAX = 3.0


def earning(key: str, user_id: str = "ada") -> dict[str, Any]:
    return {"input": {"userId": user_id, "points": 5, "idempotencyKey": key}}


async def members_for_every_connection(make: Make) -> list[str]:
    """Makes so many members: a server waits for each of them with one connection."""
    ids = [f"user-{number}" for number in range(POOL_SIZE)]
    for user_id in ids:
        await make.member(user_id)
    return ids


class Measured:
    """What servers have answered, and how long each answer took."""

    def __init__(self) -> None:
        self.responses: list[httpx.Response] = []
        self.seconds: list[float] = []

    async def note(self, answering: "asyncio.Future[httpx.Response]") -> None:
        """Waits for an answer."""
        began = time.monotonic()
        self.responses.append(await answering)
        self.seconds.append(time.monotonic() - began)


class TestExhaustedPools:
    @pytest.fixture
    async def service(
        self, database_url: str, tmp_path: Path
    ) -> AsyncIterator[tuple[list[Server], Callers]]:
        """Two servers whose requests may wait in the database for a minute."""
        settings = LONG_LIMITS | {"LOYALTY_REQUEST_TIMEOUT_SECONDS": "60"}
        async with two_servers(production(database_url) | settings, tmp_path) as service:
            yield service

    @pytest.mark.parametrize(
        ("lock", "query", "variables"),
        [(LOCK_MEMBERS, EARN, earning("later")), (LOCK_ALL, LOOK, None)],
        ids=["writing", "reading"],
    )
    async def test_refuse_within_about_a_second(
        self,
        servers: list[Server],
        callers: Callers,
        make: Make,
        faults: Faults,
        figure: Figure,
        database_url: str,
        lock: str,
        query: str,
        variables: dict[str, object] | None,
    ) -> None:
        await make.member("ada")
        user_ids = await members_for_every_connection(make)
        refused, health = Measured(), Measured()

        async def ask_for_health(waiting: "asyncio.Future[list[None]]") -> None:
            while not waiting.done():
                for server in servers:
                    await health.note(
                        asyncio.ensure_future(callers.client.get(f"{server.url}/healthz"))
                    )

        async with faults.locked(lock):
            holding = [
                asyncio.ensure_future(
                    callers.send(server, query, earning(f"{server.url}-{user_id}", user_id))
                )
                for server in servers
                for user_id in user_ids
            ]
            await faults.somebody_waits(len(holding))
            waiting = asyncio.gather(
                *(
                    refused.note(asyncio.ensure_future(callers.send(server, query, variables)))
                    for server in servers
                    for _ in range(50)
                )
            )
            await ask_for_health(waiting)
            await waiting
        held = [await each for each in holding]

        count = sum(map(is_asked_to_retry, refused.responses))
        figure(
            f"100 requests while all 2 x {POOL_SIZE} connections for "
            f"{'writing' if query is EARN else 'reading'} are stuck",
            "503 with Retry-After within about a second; /healthz answers",
            f"{count} x 503 in {statistics.median(refused.seconds):.2f} s (median), "
            f"{max(refused.seconds):.2f} s (longest); {len(health.seconds)} x /healthz "
            f"in {max(health.seconds):.2f} s at most",
        )
        assert count == len(refused.responses)
        assert max(refused.seconds) < max(health.seconds) + WAIT_SECONDS_MAX
        assert {each.status_code for each in health.responses} == {200}
        assert max(health.seconds) < ANSWERED_SECONDS_MAX
        # Whoever had a connection is answered, and everything is as before.
        assert all("errors" not in each.json() for each in held)
        assert "errors" not in (await callers.send(servers[0], query, variables)).json()
        await assert_sound(database_url)


class TestGivenUp:
    @pytest.fixture
    async def service(
        self, database_url: str, tmp_path: Path
    ) -> AsyncIterator[tuple[list[Server], Callers]]:
        """Two servers that give up a request after two seconds, wherever it is."""
        settings = LONG_LIMITS | {"LOYALTY_REQUEST_TIMEOUT_SECONDS": "2"}
        async with two_servers(production(database_url) | settings, tmp_path) as service:
            yield service

    async def test_requests_keep_no_connection(
        self,
        servers: list[Server],
        callers: Callers,
        make: Make,
        rows: Rows,
        faults: Faults,
        figure: Figure,
        database_url: str,
    ) -> None:
        await make.member("ada")
        user_ids = await members_for_every_connection(make)
        by_the_limit = await self.stuck(servers, callers, faults, user_ids, LOCK_MEMBERS, "limit")
        by_the_limit += await self.stuck(servers, callers, faults, user_ids, LOCK_ALL, "limit")
        for round_ in range(10):
            await self.hang_up(servers, callers, round_)
        await faults.nobody_works()

        # So many wait for the lock again as there are connections: none is missing.
        await self.stuck(servers, callers, faults, user_ids, LOCK_MEMBERS, "again")
        await self.stuck(servers, callers, faults, user_ids, LOCK_ALL, "again")
        await faults.nobody_works()
        figure(
            f"{by_the_limit} requests given up by the time limit, 400 by their callers",
            "no connection leaks",
            f"all 2 x {POOL_SIZE} for writing and for reading are there",
        )
        assert (await callers.mutate("earnPoints", "", **earning("last")["input"]))["__typename"]
        await assert_sound(database_url)

    async def stuck(
        self,
        servers: list[Server],
        callers: Callers,
        faults: Faults,
        user_ids: list[str],
        lock: str,
        key: str,
    ) -> int:
        """Has requests wait for a lock with every connection until they are given up."""
        query = EARN if lock is LOCK_MEMBERS else LOOK
        async with faults.locked(lock):
            requests = [
                asyncio.ensure_future(
                    callers.send(server, query, earning(f"{key} {server.url} {user_id}", user_id))
                )
                for server in servers
                for user_id in user_ids
            ]
            await faults.somebody_waits(len(requests))
            answers = await asyncio.gather(*requests)
        assert all(map(is_asked_to_retry, answers))
        return len(answers)

    async def hang_up(self, servers: list[Server], callers: Callers, round_: int) -> None:
        """Sends requests, and closes their connections at any moment."""
        drawn = random.Random(round_)
        writers = [
            await callers.begin(server, query, earning(f"hung up {round_} {number}"))
            for server in servers
            for query in [EARN, LOOK]
            for number in range(10)
        ]
        for writer in writers:
            await asyncio.sleep(drawn.uniform(0, 0.01))
            writer.transport.abort()
        for writer in writers:
            await writer.wait_closed()
