"""A key is claimed by one transaction at a time, and free again when that one is undone."""

import asyncio
from typing import Any

import pytest

from db.repositories import idempotency
from db.repositories.idempotency import Use
from db.session import Database, Writer
from tests.fixtures.database import Rows
from tests.fixtures.faults import Faults

RESULT = {"seq": 1}


async def claim(writer: Writer, actor_id: str = "ops", key: str = "k", hashed: bytes = b"h") -> Any:
    """Claims a key for earning."""
    return await idempotency.claim(
        writer, actor_id, key, operation="EarnPoints", request_hash=hashed
    )


async def claim_and_commit(database: Database) -> Any:
    """Claims the key in a transaction of its own."""
    async with database.unit_of_work() as writer:
        earlier = await claim(writer)
        if earlier is None:
            await idempotency.fill_in(writer, "ops", "k", RESULT)
        return earlier


async def test_the_first_claim_finds_nothing_and_the_next_the_first(database: Database) -> None:
    assert await claim_and_commit(database) is None
    async with database.unit_of_work() as writer:
        # Whatever they ask for: comparing is the caller's.
        found = await claim(writer, hashed=b"other")
    assert found == Use(operation="EarnPoints", request_hash=b"h", result=RESULT)


async def test_a_key_is_its_actors_own(database: Database) -> None:
    await claim_and_commit(database)
    async with database.unit_of_work() as writer:
        assert await claim(writer, actor_id="other") is None
        assert await claim(writer, key="other") is None


async def test_a_claim_waits_for_the_one_before_to_commit(
    database: Database, faults: Faults
) -> None:
    async with database.unit_of_work() as writer:
        assert await claim(writer) is None
        waiting = asyncio.create_task(claim_and_commit(database))
        await faults.somebody_waits()
        await idempotency.fill_in(writer, "ops", "k", RESULT)
        assert not waiting.done()
    assert (await waiting).result == RESULT


async def test_a_claim_that_was_undone_is_free_for_who_waits(
    database: Database, rows: Rows, faults: Faults
) -> None:
    async def claim_in_vain() -> asyncio.Task[Any]:
        async with database.unit_of_work() as writer:
            assert await claim(writer, hashed=b"in vain") is None
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
