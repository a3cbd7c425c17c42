"""`updateTier`: an admin changes a tier, archives it or brings it back.

What is left out, or null, stays as it is. Every member is put on the tier that they now reach, up
or down, in the same transaction; the answer says how many have moved, and nobody is mailed.
"""

from typing import Any

import pytest

from domain.points import POINTS_MAX
from domain.timestamps import serialized
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import (
    NOT_POINTS,
    NOT_POINTS_LITERALS,
    Case,
    assert_invalid_literals,
    assert_uncoercible,
    bad_benefits,
    bad_lines,
    bad_texts,
    complaints,
)
from tests.fixtures.selections import TIER, gid, iso

SUCCESS = f"... on UpdateTierSuccess {{ replayed membersReassessed tier {{ {TIER} }} }}"
GOOD: dict[str, Any] = {"slug": "gold", "name": "Gold", "pointThreshold": 1_000}
BAD: list[Case] = [
    *bad_texts("slug", 64),
    (
        {"slug": "Gold"},
        "slug: must be lower-case letters and digits, with single hyphens between them.",
    ),
    *bad_lines("name", 200),
    (
        {"pointThreshold": -1},
        f"pointThreshold: must be a whole number from 0 to {POINTS_MAX}, not -1.",
    ),
    *bad_benefits(),
    *bad_texts("idempotencyKey", 255),
]


async def slugs(rows: Rows) -> dict[object, object]:
    found = await rows.all(
        "SELECT user_id, slug FROM loyalty_members LEFT JOIN loyalty_tiers ON id = tier_id"
    )
    return {row["user_id"]: row["slug"] for row in found}


class TestSuccess:
    async def test_answers_and_writes_the_whole_tier(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        tier = await make.tier("gold", 500, benefits=["A mug"])

        result = await api.mutate(
            "updateTier",
            SUCCESS,
            slug="gold",
            name="Pure Gold",
            pointThreshold=800,
            benefits=["Two mugs"],
        )

        [row] = await rows.all("SELECT * FROM loyalty_tiers")
        assert result == {
            "__typename": "UpdateTierSuccess",
            "replayed": False,
            "membersReassessed": 0,
            "tier": {
                "id": gid("Tier", tier.id),
                "slug": "gold",
                "name": "Pure Gold",
                "pointThreshold": 800,
                "benefits": ["Two mugs"],
                "isActive": True,
                "createdAt": serialized(tier.created_at),
                "updatedAt": iso(row["updated_at"]),
            },
        }
        assert row["updated_at"] > tier.updated_at  # type: ignore[operator]
        assert (row["name"], row["point_threshold"]) == ("Pure Gold", 800)
        assert row["benefits"] == ["Two mugs"]

    @pytest.mark.parametrize("given", ["left out", "null"])
    async def test_what_is_not_given_stays(
        self, api: Api, make: Make, rows: Rows, given: str
    ) -> None:
        await make.tier("gold", 500, name="Gold", benefits=["A mug"])
        names = ["name", "pointThreshold", "benefits", "isActive", "idempotencyKey"]
        nothing: dict[str, Any] = {} if given == "left out" else dict.fromkeys(names)

        result = await api.mutate("updateTier", SUCCESS, slug="gold", **nothing)

        assert result["tier"]["name"] == "Gold"
        kept = "SELECT name, point_threshold, benefits, is_active FROM loyalty_tiers"
        assert await rows.all(kept) == [
            {"name": "Gold", "point_threshold": 500, "benefits": ["A mug"], "is_active": True}
        ]
        assert await rows.value("SELECT count(*) FROM idempotency_keys") == 0

    async def test_an_empty_list_of_benefits_and_a_threshold_of_zero_are_values(
        self, api: Api, make: Make
    ) -> None:
        await make.tier("gold", 500, benefits=["A mug"])

        result = await api.mutate("updateTier", SUCCESS, slug="gold", benefits=[], pointThreshold=0)

        assert (result["tier"]["benefits"], result["tier"]["pointThreshold"]) == ([], 0)

    async def test_the_own_threshold_can_be_given_again(self, api: Api, make: Make) -> None:
        await make.tier("gold", 500)

        result = await api.mutate("updateTier", SUCCESS, slug="gold", pointThreshold=500)

        assert result["tier"]["pointThreshold"] == 500


class TestMembers:
    @pytest.fixture(autouse=True)
    async def past(self, make: Make, rows: Rows) -> None:
        await make.tier("bronze", 0)
        await make.tier("gold", 1_000)
        for user_id, points in [("low", 500), ("middle", 1_000), ("high", 2_000)]:
            await make.user(user_id)
            await make.earned(user_id, points)
        await rows.execute("DELETE FROM outbox_events")

    async def test_a_lower_threshold_takes_more_in_and_mails_nobody(
        self, api: Api, rows: Rows
    ) -> None:
        result = await api.mutate("updateTier", SUCCESS, slug="gold", pointThreshold=500)

        assert result["membersReassessed"] == 1
        assert await slugs(rows) == {"low": "gold", "middle": "gold", "high": "gold"}
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_a_higher_threshold_takes_members_down_again(self, api: Api, rows: Rows) -> None:
        result = await api.mutate("updateTier", SUCCESS, slug="gold", pointThreshold=1_001)

        assert result["membersReassessed"] == 1
        assert await slugs(rows) == {"low": "bronze", "middle": "bronze", "high": "gold"}
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_below_the_lowest_threshold_is_no_tier(self, api: Api, rows: Rows) -> None:
        result = await api.mutate("updateTier", SUCCESS, slug="bronze", pointThreshold=501)

        assert result["membersReassessed"] == 1
        assert await slugs(rows) == {"low": None, "middle": "gold", "high": "gold"}
        since = "SELECT user_id FROM loyalty_members WHERE tier_since IS NULL"
        assert await rows.value(since) == "low"

    async def test_a_new_name_moves_nobody(self, api: Api, rows: Rows) -> None:
        since = await rows.all("SELECT user_id, tier_since FROM loyalty_members ORDER BY 1")

        result = await api.mutate("updateTier", SUCCESS, slug="gold", name="Pure Gold")

        assert result["membersReassessed"] == 0
        assert since == await rows.all("SELECT user_id, tier_since FROM loyalty_members ORDER BY 1")

    async def test_archiving_and_restoring_by_is_active(self, api: Api, rows: Rows) -> None:
        archived = await api.mutate("updateTier", SUCCESS, slug="gold", isActive=False)
        without = await slugs(rows)
        restored = await api.mutate("updateTier", SUCCESS, slug="gold", isActive=True)

        assert (archived["membersReassessed"], archived["tier"]["isActive"]) == (2, False)
        assert without == {"low": "bronze", "middle": "bronze", "high": "bronze"}
        assert (restored["membersReassessed"], restored["tier"]["isActive"]) == (2, True)
        assert await slugs(rows) == {"low": "bronze", "middle": "gold", "high": "gold"}
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0


class TestRefusals:
    async def test_an_unknown_slug(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("silver", 500)

        async with rows.unchanged():
            result = await api.mutate("updateTier", "... on TierNotFound { slug }", **GOOD)

        assert result == {
            "__typename": "TierNotFound",
            "code": "TIER_NOT_FOUND",
            "message": "No tier has the slug 'gold'. The tiers query lists all slugs.",
            "slug": "gold",
        }

    async def test_a_threshold_that_another_active_tier_has(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("gold", 500)
        await make.tier("silver", 1_000)

        async with rows.unchanged():
            result = await api.mutate(
                "updateTier", "... on TierThresholdTaken { pointThreshold }", **GOOD
            )

        assert result == {
            "__typename": "TierThresholdTaken",
            "code": "TIER_THRESHOLD_TAKEN",
            "message": "Another active tier begins at 1000 points. "
            "Choose another threshold, or archive that tier first.",
            "pointThreshold": 1_000,
        }

    async def test_restoring_a_tier_whose_threshold_was_taken_since(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("gold", 1_000)
        await api.mutate("archiveTier", "", slug="gold")
        await make.tier("silver", 1_000)

        async with rows.unchanged():
            refused = await api.mutate(
                "updateTier",
                "... on TierThresholdTaken { pointThreshold }",
                slug="gold",
                isActive=True,
            )
        elsewhere = await api.mutate(
            "updateTier", SUCCESS, slug="gold", isActive=True, pointThreshold=2_000
        )

        assert refused["pointThreshold"] == 1_000
        assert (elsewhere["tier"]["isActive"], elsewhere["tier"]["pointThreshold"]) == (True, 2_000)

    async def test_an_archived_tier_may_share_a_threshold(self, api: Api, make: Make) -> None:
        await make.tier("gold", 500)
        await api.mutate("archiveTier", "", slug="gold")
        await make.tier("silver", 1_000)

        result = await api.mutate("updateTier", SUCCESS, slug="gold", pointThreshold=1_000)
        archived_with_it = await api.mutate(
            "updateTier", SUCCESS, slug="gold", isActive=False, pointThreshold=1_000
        )

        assert (result["tier"]["isActive"], result["tier"]["pointThreshold"]) == (False, 1_000)
        assert archived_with_it["__typename"] == "UpdateTierSuccess"


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)

        async with rows.unchanged():
            assert await complaints(api, "updateTier", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)
        cases: list[dict[str, Any]] = [
            *({"pointThreshold": value} for value in NOT_POINTS),
            *({"isActive": value} for value in [1, "true", []]),
            *({"name": value} for value in [5, True, ["a"]]),
            {"slug": None},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "updateTier", GOOD, cases)
            await assert_invalid_literals(
                api, "updateTier", GOOD, "pointThreshold", NOT_POINTS_LITERALS
            )
