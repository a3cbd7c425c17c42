"""Memberships: made once, with a code of their own, and locked in one order."""

import asyncio

import pytest
from sqlalchemy import event, text

from app.context import draw_code
from db.engine.database import Database
from db.repositories import members, tiers, users
from db.repositories.members import Locked
from domain.actor import Actor
from domain.commands import CreateTier
from domain.enums import Role
from domain.errors.base import CodeSpaceExhausted
from tests.db.json_queries.generated import drawing
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.invariants import assert_invariants

TAKEN, FREE = "TAKEN000", "FREE0000"
MEMBER_IS_FREE = text(
    "SELECT user_id FROM loyalty_members WHERE user_id = 'holder' FOR UPDATE SKIP LOCKED"
)


@pytest.fixture
async def holder(make: Make, rows: Rows) -> None:
    """Somebody who has the code that is drawn first; ada and bob are only users."""
    await make.member("holder")
    await rows.execute(f"UPDATE loyalty_members SET referral_code = '{TAKEN}'")
    await rows.execute(f"UPDATE loyalty_referral_codes SET code = '{TAKEN}'")
    await make.user("ada")
    await make.user("bob")


async def lock_holder(database: Database) -> Locked:
    """Locks the holder in a unit of work of its own."""
    async with database.unit_of_work() as writer:
        return await members.lock(writer, ["holder"], draw_code)


@pytest.mark.usefixtures("holder")
class TestProvision:
    async def test_it_makes_one_membership(self, database: Database, rows: Rows) -> None:
        for _ in range(2):
            async with database.unit_of_work() as writer:
                assert await members.provision(writer, "ada", draw_code)
        assert await rows.value("SELECT count(*) FROM loyalty_members") == 2
        await assert_invariants(rows)

    async def test_it_invents_no_user(self, database: Database, rows: Rows) -> None:
        async with rows.unchanged(), database.unit_of_work() as writer:
            assert not await members.provision(writer, "nobody", draw_code)

    @pytest.mark.parametrize("collisions", [1, 7])
    async def test_it_draws_again_where_a_code_is_taken(
        self, database: Database, rows: Rows, collisions: int
    ) -> None:
        draw, lengths = drawing(*[TAKEN] * collisions, FREE)
        async with database.unit_of_work() as writer:
            assert await members.provision(writer, "ada", draw)
        assert lengths == [8] * (collisions + 1)
        assert (
            await rows.value("SELECT referral_code FROM loyalty_members WHERE user_id = 'ada'")
            == FREE
        )
        await assert_invariants(rows)

    async def test_it_gives_up_after_eight_draws(self, database: Database, rows: Rows) -> None:
        draw, lengths = drawing(TAKEN)

        async def provision() -> None:
            async with database.unit_of_work() as writer:
                await members.provision(writer, "ada", draw)

        async with rows.unchanged():
            with pytest.raises(CodeSpaceExhausted):
                await provision()
        assert len(lengths) == 8

    async def test_a_code_that_an_invite_has_is_taken_too(
        self, database: Database, make: Make, rows: Rows
    ) -> None:
        taken = (await make.invite("holder")).code
        draw, _ = drawing(taken, FREE)
        async with database.unit_of_work() as writer:
            assert await members.provision(writer, "ada", draw)
        await assert_invariants(rows)

    async def test_of_callers_at_once_one_makes_it(self, database: Database, rows: Rows) -> None:
        async def provision() -> None:
            async with database.unit_of_work() as writer:
                await tiers.lock_tiers_shared(writer)
                assert await members.provision(writer, "ada", draw_code)

        await asyncio.gather(*(provision() for _ in range(10)))
        assert await rows.value("SELECT count(*) FROM loyalty_members") == 2
        await assert_invariants(rows)


@pytest.mark.usefixtures("holder")
class TestLock:
    async def test_it_makes_the_rows_that_are_missing(self, database: Database, rows: Rows) -> None:
        async with database.unit_of_work() as writer:
            locked = await members.lock(writer, ["bob", "nobody", "ada", "bob"], draw_code)
        assert locked is not None
        assert list(locked.members) == ["ada", "bob"]
        assert await rows.value("SELECT count(*) FROM loyalty_members") == 3
        await assert_invariants(rows)

    @pytest.mark.parametrize("user_ids", [["ada"], ["bob", "holder"]])
    async def test_others_wait_for_each_of_them(
        self, database: Database, rows: Rows, user_ids: list[str]
    ) -> None:
        free = text(
            "SELECT array_agg(user_id) FROM (SELECT user_id FROM loyalty_members "
            "WHERE user_id = ANY(:ids) FOR UPDATE SKIP LOCKED) AS member"
        )
        async with database.unit_of_work() as writer:
            await members.lock(writer, user_ids, draw_code)
        async with database.unit_of_work() as writer, database.unit_of_work() as other:
            await members.lock(writer, user_ids, draw_code)
            assert await other.scalar(free, {"ids": user_ids}) is None
        async with database.unit_of_work() as other:
            assert sorted(await other.scalar(free, {"ids": user_ids})) == user_ids

    async def test_it_locks_in_the_order_of_ids(self, database: Database) -> None:
        ids = [f"user-{number}" for number in range(6)]
        async with database.unit_of_work() as writer:
            for user_id in ids:
                await users.create_from_claims(writer, Actor(id=user_id, role=Role.MEMBER))
            await members.lock(writer, ids, draw_code)

        async def lock(user_ids: list[str]) -> None:
            async with database.unit_of_work() as writer:
                await members.lock(writer, user_ids, draw_code)

        # Twenty rounds of two who lock the same six in opposite orders: none may meet a deadlock.
        for _ in range(20):
            await asyncio.gather(lock(ids), lock(ids[::-1]))

    @pytest.mark.parametrize("place", [1, 4])
    async def test_who_waits_for_one_has_those_before_and_none_after(
        self, database: Database, make: Make, rows: Rows, faults: Faults, place: int
    ) -> None:
        ids = [f"user-{number}" for number in range(6)]
        for user_id in ids:
            await make.member(user_id)
        one = f"SELECT FROM loyalty_members WHERE user_id = '{ids[place]}' FOR UPDATE"

        async def lock() -> None:
            async with database.unit_of_work() as writer:
                await members.lock(writer, ids[::-1], draw_code)

        async with faults.locked(one):
            locking = asyncio.create_task(lock())
            await faults.somebody_waits()
            free = await rows.all(
                "SELECT user_id FROM loyalty_members WHERE user_id = ANY(:ids) "
                "ORDER BY user_id FOR UPDATE SKIP LOCKED",
                ids=ids,
            )
        await locking

        assert [row["user_id"] for row in free] == ids[place + 1 :]

    async def test_one_that_is_there_costs_one_statement(self, database: Database) -> None:
        sent: list[str] = []

        def record(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            sent.append(statement)

        async with database.unit_of_work() as writer:
            await members.lock(writer, ["holder"], draw_code)
            event.listen(database.writing.sync_engine, "before_cursor_execute", record)
            await members.lock(writer, ["holder"], draw_code)
            event.remove(database.writing.sync_engine, "before_cursor_execute", record)
        assert len(sent) == 1

    async def test_no_member_is_locked_before_the_tier_lock(
        self, database: Database, faults: Faults
    ) -> None:
        async with database.unit_of_work() as other:
            await tiers.lock_tiers_exclusive(other)
            waiting = asyncio.create_task(lock_holder(database))
            await faults.somebody_waits()
            assert await other.scalar(MEMBER_IS_FREE) == "holder"
        assert "holder" in (await waiting).members

    async def test_what_it_returns_is_as_of_its_last_wait(
        self, database: Database, faults: Faults
    ) -> None:
        async with database.unit_of_work() as other:
            await tiers.lock_tiers_exclusive(other)
            waiting = asyncio.create_task(lock_holder(database))
            await faults.somebody_waits()
            await other.execute(text("UPDATE loyalty_members SET points_balance = 7"))
            command = CreateTier(slug="new", name="New", point_threshold=0)
            created = await tiers.create(other, command)
        locked = await waiting
        assert locked.members["holder"].points_balance == 7
        assert list(locked.active_tiers) == [created]


class TestClaims:
    async def test_a_user_who_is_known_stays_as_they_are(
        self, database: Database, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", email="ada@example.com", display_name="Ada")
        impostor = Actor(id="ada", role=Role.MEMBER, email="x@example.com", display_name="X")
        async with rows.unchanged(), database.unit_of_work() as writer:
            await users.create_from_claims(writer, impostor)

    async def test_a_new_user_is_what_their_token_says(
        self, database: Database, rows: Rows
    ) -> None:
        actor = Actor(id="ada", role=Role.MEMBER, email="ada@example.com", display_name="Ada")

        async def come() -> None:
            async with database.unit_of_work() as writer:
                await users.create_from_claims(writer, actor)

        await asyncio.gather(*(come() for _ in range(5)))
        assert await rows.all("SELECT id, email, display_name FROM users") == [
            {"id": "ada", "email": "ada@example.com", "display_name": "Ada"}
        ]
