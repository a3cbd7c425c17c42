"""What others hold while points change: its own calls wait for it, together, and nobody else's."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.config.settings import Settings
from app.context import Contexts
from tests.fixtures.concurrent_changes import (
    BATCHES,
    EARN_FIVE,
    FEW_CONNECTIONS,
    POOL_SIZE,
    earn,
    lined_up,
    together,
)
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

LOCKING_ADA = "SELECT FROM loyalty_members WHERE user_id = 'ada' FOR UPDATE"
TAKING_THE_KEY = (
    "INSERT INTO idempotency_keys (actor_id, key, operation, request_hash) "
    "VALUES ('ops', 'key', 'EarnPoints', '')"
)
CALLS = [("ada", 5, "key"), ("ada", 5, "other"), ("bob", 5, "b")]
LONG_MS = 20_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few connections, which can all be taken."""
    return settings.model_copy(update=FEW_CONNECTIONS)


@pytest.fixture(autouse=True)
async def _members(make: Make) -> None:
    await make.baseline_tiers()
    for user_id in ("ada", "bob"):
        await make.member(user_id)


@contextmanager
def groups_of(contexts: Contexts) -> Iterator[list[set[str]]]:
    """Yields a list to which the members of each group that locks them are added."""
    asked: list[set[str]] = []

    def note(_conn: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if "hold_ladder" in statement:
            lists = (set(each) for each in values if isinstance(each, list))
            asked.extend(each for each in lists if each <= {"ada", "bob"})

    engine = contexts.database.writing.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


class TestAHeldMember:
    async def test_holds_up_only_their_own_calls(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        async with faults.locked(LOCKING_ADA):
            stuck, other = await lined_up(
                contexts, [earn(api, "ada", 5, "a"), earn(api, "bob", 5, "b")]
            )
            assert (await other)["member"]["pointsBalance"] == 5
            assert not stuck.done()

        assert (await stuck)["member"]["pointsBalance"] == 5
        await assert_invariants(rows)

    async def test_has_their_calls_written_together_as_soon_as_they_are_free(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        async with faults.locked(LOCKING_ADA):
            *stuck, other = await lined_up(
                contexts,
                [*(earn(api, "ada", 5, f"key-{n}") for n in range(3)), earn(api, "bob", 5, "b")],
            )
            await other

        answers = await asyncio.gather(*stuck)
        assert [each["member"]["pointsBalance"] for each in answers] == [5, 10, 15]
        assert await rows.value(f"{BATCHES} WHERE member_id = 'ada'") == 1
        await assert_invariants(rows)

    async def test_is_not_waited_for_again_by_those_who_come_later(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        with groups_of(contexts) as groups:
            async with faults.locked(LOCKING_ADA):
                stuck, other = await lined_up(
                    contexts, [earn(api, "ada", 5, "a"), earn(api, "bob", 5, "b")]
                )
                await other
                later, another = await lined_up(
                    contexts,
                    [earn(api, "ada", 5, "c"), earn(api, "bob", 5, "d")],
                    connections=POOL_SIZE - 1,
                )
                assert (await another)["member"]["pointsBalance"] == 10

            await asyncio.gather(stuck, later)

        assert groups.count({"ada", "bob"}) == 1
        await assert_invariants(rows)


class TestAMemberWhoIsHeldForGood:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """A short wait for a connection."""
        return settings.model_copy(update={"lock_timeout_ms": 100})

    async def test_has_every_call_refused_and_the_keys_stay_free(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        async with rows.unchanged(), faults.locked(LOCKING_ADA):
            answers = await together(
                contexts, [api.graphql(EARN_FIVE.format(user_id="ada")) for _ in range(2)]
            )

        assert [answer.codes for answer in answers] == [["UNAVAILABLE"]] * 2
        assert (await earn(api, "ada", 5, "key"))["replayed"] is False
        await assert_invariants(rows)


class TestAKeyThatIsBeingTaken:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Longer limits than a test takes."""
        changed = {"lock_timeout_ms": LONG_MS, "statement_timeout_ms": LONG_MS}
        return settings.model_copy(update=changed)

    async def test_holds_up_only_its_own_call(self, api: Api, rows: Rows, faults: Faults) -> None:
        async with faults.locked(TAKING_THE_KEY):
            stuck, other = (
                asyncio.ensure_future(earn(api, "ada", 5, key)) for key in ("key", "other")
            )
            assert (await other)["replayed"] is False
            await faults.somebody_waits()
            assert not stuck.done()

        assert (await stuck)["replayed"] is False
        await assert_invariants(rows)

    async def test_is_not_waited_for_by_those_who_have_waited_for_a_member(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        async with faults.locked(TAKING_THE_KEY):
            async with faults.locked(LOCKING_ADA):
                stuck, other, bobs = await lined_up(
                    contexts,
                    [earn(api, *each) for each in CALLS],
                )
                await bobs

            async with asyncio.timeout(LONG_MS / 2_000):
                assert (await other)["replayed"] is False
            assert not stuck.done()

        assert (await stuck)["replayed"] is False
        await assert_invariants(rows)
