"""The answers about one member fit one order of events, even while servers are killed."""

import asyncio
import time
from contextlib import suppress
from itertools import cycle

import pytest

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.figures import Figure
from tests.stress.callers import KILL_EVERY_SECONDS, Callers, Server
from tests.stress.history import Operation, anomalies
from tests.stress.soundness import assert_sound

EARNED = "... on EarnPointsSuccess { entry { seq balanceAfter } }"
REDEEMED = "... on RedeemPointsSuccess { entry { seq balanceAfter } }"
NEWEST = '{ member(userId: "ada") { ledger(first: 1) { edges { node { seq balanceAfter } } } } }'


class History:
    """Changes one member and looks at them, and records each answer with its time."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self.operations: list[Operation] = []

    async def live(self, number: int, steps: int) -> None:
        """Earns, looks and redeems, so many times."""
        for step in range(steps):
            await self._change("earnPoints", EARNED, number + 3, f"earn-{number}-{step}")
            await self._look()
            await self._change("redeemPoints", REDEEMED, -2, f"redeem-{number}-{step}")

    async def _change(self, field: str, selection: str, points: int, key: str) -> None:
        began = time.monotonic()
        result = await self._callers.mutate(
            field, selection, userId="ada", points=abs(points), idempotencyKey=key
        )
        ended = time.monotonic()
        if "entry" in result:
            seq, balance = result["entry"]["seq"], result["entry"]["balanceAfter"]
            self.operations.append(Operation(began, ended, seq, balance, points))

    async def _look(self) -> None:
        began = time.monotonic()
        edges = (await self._callers.ask(NEWEST))["member"]["ledger"]["edges"]
        ended = time.monotonic()
        newest = edges[0]["node"] if edges else {"seq": 0, "balanceAfter": 0}
        self.operations.append(Operation(began, ended, newest["seq"], newest["balanceAfter"], 0))


async def killed_until(is_over: asyncio.Event, servers: list[Server]) -> int:
    """Kills the servers, if there are any, in turn, and starts them again; returns how often."""
    kills = 0
    for server in cycle(servers):
        with suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), KILL_EVERY_SECONDS)
        if is_over.is_set():
            break
        await server.kill()
        await server.start()
        kills += 1
    return kills


@pytest.mark.parametrize(
    ("steps", "is_violent"),
    [(15, False), pytest.param(300, True, marks=pytest.mark.stress)],
    ids=["short", "long"],
)
async def test_one_members_history(
    service: tuple[list[Server], Callers],
    make: Make,
    rows: Rows,
    figure: Figure,
    database_url: str,
    steps: int,
    is_violent: bool,
) -> None:
    servers, callers = service
    await make.member("ada")
    history, is_over = History(callers), asyncio.Event()

    killing = asyncio.create_task(killed_until(is_over, servers if is_violent else []))
    await asyncio.gather(*(history.live(number, steps) for number in range(8)))
    is_over.set()
    kills = await killing

    found = await asyncio.to_thread(anomalies, history.operations)
    changes = sum(1 for each in history.operations if each.points)
    figure(
        f"linearizability: one member's history of {len(history.operations):,} operations, "
        f"{kills} kills of a server meanwhile",
        "0 anomalies",
        f"{len(found)} anomalies",
    )
    assert found == []
    assert bool(kills) is is_violent
    assert await rows.value("SELECT ledger_seq FROM loyalty_members") == changes
    await assert_sound(database_url)
