"""Tiers change while members move up: in the end every member is on the tier by the rule."""

import asyncio
from collections import Counter
from typing import Any

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

MEMBERS = [f"user-{number:02}" for number in range(12)]


def kinds(results: list[Any]) -> Counter[str]:
    """How many results there are of each type."""
    return Counter(result["__typename"] for result in results)


async def earn(api: Api, user_id: str, points: int, key: str) -> Any:
    """Gives a user points."""
    return await api.mutate(
        "earnPoints", "", userId=user_id, points=points, idempotencyKey=f"{user_id}-{key}"
    )


async def tier_of(rows: Rows, user_id: str) -> object:
    """The slug of the tier on which the user's row is."""
    return await rows.value(
        "SELECT slug FROM loyalty_members JOIN loyalty_tiers ON id = tier_id WHERE user_id = :id",
        id=user_id,
    )


async def test_members_earn_while_tiers_come_move_and_go(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    for user_id in MEMBERS:
        await make.user(user_id)

    async def build() -> list[Any]:
        results = []
        for number, threshold in enumerate([300, 900, 150, 600, 1_100]):
            slug = f"step-{number}"
            steps: list[tuple[str, dict[str, Any]]] = [
                ("createTier", {"slug": slug, "name": slug, "pointThreshold": threshold}),
                ("updateTier", {"slug": slug, "pointThreshold": threshold + 70}),
                ("archiveTier", {"slug": slug}),
                ("updateTier", {"slug": slug, "isActive": True}),
            ]
            for field, fields in steps:
                results.append(await api.mutate(field, "", **fields))
        return results

    changes, *earnings = await asyncio.gather(
        build(),
        *(earn(api, user_id, 190, str(step)) for step in range(6) for user_id in MEMBERS),
    )

    assert kinds(changes) == {
        "CreateTierSuccess": 5,
        "UpdateTierSuccess": 10,
        "ArchiveTierSuccess": 5,
    }
    assert kinds(earnings) == {"EarnPointsSuccess": 72}
    # 1,140 points are beyond step-3 at 670, silver at 1,000, and not yet step-4 at 1,170.
    assert {await tier_of(rows, user_id) for user_id in MEMBERS} == {"silver"}
    await assert_invariants(rows, tiers_unchanged=False)


async def test_an_entry_in_the_making_holds_up_a_change_of_tiers(
    api: Api, make: Make, rows: Rows, faults: Faults
) -> None:
    await make.baseline_tiers()
    # Not a member yet: her entry is written alone, which takes the time that it takes.
    await make.user("ada")

    async with faults.held_up("INSERT ON loyalty_ledger_entries"):
        # The entry's transaction has read the tiers and placed ada on one.
        earning = asyncio.create_task(earn(api, "ada", 700, "key"))
        await faults.somebody_waits(1)
        change = asyncio.create_task(
            api.mutate(
                "createTier",
                "... on CreateTierSuccess { membersReassessed }",
                slug="copper",
                name="Copper",
                pointThreshold=600,
            )
        )
        await faults.somebody_waits(2)

    assert (await earning)["__typename"] == "EarnPointsSuccess"
    assert (await change)["membersReassessed"] == 1
    assert await tier_of(rows, "ada") == "copper"
    await assert_invariants(rows, tiers_unchanged=False)


async def test_a_change_of_tiers_holds_up_entries_and_new_members(
    api: Api, make: Make, rows: Rows, faults: Faults
) -> None:
    await make.tier("silver", 1_000)
    await make.member("ada")
    await make.user("bob")

    async with faults.held_up("INSERT ON loyalty_tiers"):
        # The change has the exclusive tier lock, and its tier is not there yet.
        change = asyncio.create_task(
            api.mutate("createTier", "", slug="welcome", name="Welcome", pointThreshold=0)
        )
        await faults.somebody_waits(1)
        earning = asyncio.create_task(earn(api, "ada", 7, "key"))
        joining = asyncio.create_task(api.ask('{ member(userId: "bob") { tier { slug } } }'))
        await faults.somebody_waits(3)

    assert (await change)["__typename"] == "CreateTierSuccess"
    assert (await earning)["__typename"] == "EarnPointsSuccess"
    assert (await joining)["member"] == {"tier": {"slug": "welcome"}}
    await assert_invariants(rows, tiers_unchanged=False)


async def test_of_equal_tiers_created_at_once_one_is(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()

    async def create(slug: str, threshold: int) -> Any:
        return await api.mutate("createTier", "", slug=slug, name=slug, pointThreshold=threshold)

    same_threshold = await asyncio.gather(*(create(f"tier-{number}", 42) for number in range(10)))
    same_slug = await asyncio.gather(*(create("copper", 500 + number) for number in range(10)))

    assert kinds(same_threshold) == {"CreateTierSuccess": 1, "TierThresholdTaken": 9}
    assert kinds(same_slug) == {"CreateTierSuccess": 1, "TierSlugTaken": 9}
    assert await rows.value("SELECT count(*) FROM loyalty_tiers") == 6
