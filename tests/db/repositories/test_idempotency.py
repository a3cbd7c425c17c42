"""A key is claimed by one transaction at a time, and free again when that one is undone."""

import asyncio
from typing import Any

import pytest

from db.engine.database import Database
from db.repositories import idempotency
from db.repositories.idempotency import Claim, Use
from tests.fixtures.database import Rows
from tests.fixtures.faults import Faults

RESULT = {"seq": 1}


def a_claim(actor_id: str = "ops", key: str = "k", hashed: bytes = b"h") -> Claim:
    """A claim of a key for earning."""
    return Claim(actor_id, key, operation="EarnPoints", request_hash=hashed)


async def claim_and_commit(database: Database) -> Use | None:
    """Takes the key in a transaction of its own; returns the earlier use where it is taken."""
    async with database.unit_of_work() as writer:
        if not await idempotency.take(writer, a_claim()):
            return await idempotency.earlier_use(writer, a_claim())
        await idempotency.fill_in(writer, a_claim(), RESULT)
        return None


async def test_the_first_claim_finds_nothing_and_the_next_the_first(database: Database) -> None:
    assert await claim_and_commit(database) is None
    async with database.unit_of_work() as writer:
        # Whatever they ask for: comparing is the caller's.
        assert not await idempotency.take(writer, a_claim(hashed=b"other"))
        found = await idempotency.earlier_use(writer, a_claim(hashed=b"other"))
    assert found == Use(operation="EarnPoints", request_hash=b"h", result=RESULT)


async def test_a_key_is_its_actors_own(database: Database) -> None:
    await claim_and_commit(database)
    async with database.unit_of_work() as writer:
        assert await idempotency.take(writer, a_claim(actor_id="other"))
        assert await idempotency.take(writer, a_claim(key="other"))


async def test_a_claim_waits_for_the_one_before_to_commit(
    database: Database, faults: Faults
) -> None:
    async with database.unit_of_work() as writer:
        assert await idempotency.take(writer, a_claim())
        waiting = asyncio.create_task(claim_and_commit(database))
        await faults.somebody_waits()
        await idempotency.fill_in(writer, a_claim(), RESULT)
        assert not waiting.done()
    assert await waiting == Use(operation="EarnPoints", request_hash=b"h", result=RESULT)


async def test_a_claim_that_was_undone_is_free_for_who_waits(
    database: Database, rows: Rows, faults: Faults
) -> None:
    async def claim_in_vain() -> asyncio.Task[Any]:
        async with database.unit_of_work() as writer:
            assert await idempotency.take(writer, a_claim(hashed=b"in vain"))
            waiting.append(asyncio.create_task(claim_and_commit(database)))
            await faults.somebody_waits()
            raise KeyError

    waiting: list[asyncio.Task[Any]] = []
    with pytest.raises(KeyError):
        await claim_in_vain()
    assert await waiting[0] is None
    assert await rows.all("SELECT request_hash, result FROM idempotency_keys") == [
        {"request_hash": b"h", "result": RESULT}
    ]
