"""`createTier`: an admin adds a tier.

Every member is put on the tier that they now reach, in the same transaction; the answer says how
many have moved, and nobody is mailed. A slug is taken for ever, a threshold by an active tier only.
"""

from typing import Any

from domain.points import POINTS_MAX
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

SUCCESS = f"... on CreateTierSuccess {{ replayed membersReassessed tier {{ {TIER} }} }}"
GOOD: dict[str, Any] = {"slug": "gold", "name": "Gold", "pointThreshold": 1_000}
SHAPE = "slug: must be lower-case letters and digits, with single hyphens between them."
BAD: list[Case] = [
    *bad_texts("slug", 64),
    *(({"slug": slug}, SHAPE) for slug in ["Gold", "gold!", "a--b", "-a", "a-", " gold", "größe"]),
    *bad_lines("name", 200),
    (
        {"pointThreshold": -1},
        f"pointThreshold: must be a whole number from 0 to {POINTS_MAX}, not -1.",
    ),
    *bad_benefits(),
    *bad_texts("idempotencyKey", 255),
]


class TestSuccess:
    async def test_answers_and_writes_the_whole_tier(self, api: Api, rows: Rows) -> None:
        result = await api.mutate(
            "createTier", SUCCESS, **GOOD, benefits=["Free shipping", {"percent": 5}]
        )

        [row] = await rows.all("SELECT * FROM loyalty_tiers")
        assert result == {
            "__typename": "CreateTierSuccess",
            "replayed": False,
            "membersReassessed": 0,
            "tier": {
                "id": gid("Tier", row["id"]),
                "slug": "gold",
                "name": "Gold",
                "pointThreshold": 1_000,
                "benefits": ["Free shipping", {"percent": 5}],
                "isActive": True,
                "createdAt": iso(row["created_at"]),
                "updatedAt": iso(row["updated_at"]),
            },
        }
        assert (row["slug"], row["name"], row["point_threshold"]) == ("gold", "Gold", 1_000)
        assert row["benefits"] == ["Free shipping", {"percent": 5}]
        assert row["is_active"] is True

    async def test_values_at_their_limits_are_taken(self, api: Api) -> None:
        result = await api.mutate(
            "createTier",
            SUCCESS,
            slug="a" * 64,
            name="é" * 200,
            pointThreshold=POINTS_MAX,
            benefits=["x"] * 50,
            idempotencyKey="k" * 255,
        )

        assert result["tier"]["pointThreshold"] == POINTS_MAX
        assert result["tier"]["name"] == "é" * 200
        assert len(result["tier"]["benefits"]) == 50

    async def test_benefits_that_are_left_out_or_null_are_the_empty_list(self, api: Api) -> None:
        left_out = await api.mutate("createTier", SUCCESS, **GOOD)
        null = await api.mutate(
            "createTier", SUCCESS, slug="ruby", name="Ruby", pointThreshold=7, benefits=None
        )

        assert (left_out["tier"]["benefits"], null["tier"]["benefits"]) == ([], [])

    async def test_white_space_around_the_name_is_dropped(self, api: Api) -> None:
        result = await api.mutate("createTier", SUCCESS, **GOOD | {"name": "  Gold \n"})

        assert result["tier"]["name"] == "Gold"


class TestMembers:
    async def test_those_who_reach_it_move_and_nobody_is_mailed(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("bronze", 0)
        await make.tier("platinum", 5_000)
        for user_id, points in [("below", 999), ("at", 1_000), ("above", 1_001), ("top", 5_000)]:
            await make.user(user_id)
            await make.earned(user_id, points)
        await rows.execute("DELETE FROM outbox_events")
        since = await rows.all("SELECT user_id, tier_since FROM loyalty_members")

        result = await api.mutate("createTier", SUCCESS, **GOOD)

        assert result["membersReassessed"] == 2
        assert await rows.all(
            "SELECT user_id, slug FROM loyalty_members JOIN loyalty_tiers ON id = tier_id"
            " ORDER BY user_id"
        ) == [
            {"user_id": "above", "slug": "gold"},
            {"user_id": "at", "slug": "gold"},
            {"user_id": "below", "slug": "bronze"},
            {"user_id": "top", "slug": "platinum"},
        ]
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0
        before = {row["user_id"]: row["tier_since"] for row in since}
        after = await rows.all("SELECT user_id, tier_since FROM loyalty_members")
        moved = {row["user_id"] for row in after if row["tier_since"] != before[row["user_id"]]}
        assert moved == {"at", "above"}

    async def test_the_first_tier_takes_in_members_who_had_none(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.member("ada")

        result = await api.mutate("createTier", SUCCESS, **GOOD | {"pointThreshold": 0})

        assert result["membersReassessed"] == 1
        assert await rows.value("SELECT tier_since IS NOT NULL FROM loyalty_members") is True


class TestRefusals:
    async def test_a_slug_that_an_active_tier_has(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)

        async with rows.unchanged():
            result = await api.mutate("createTier", "... on TierSlugTaken { slug }", **GOOD)

        assert result == {
            "__typename": "TierSlugTaken",
            "code": "TIER_SLUG_TAKEN",
            "message": "A tier with the slug 'gold' exists. Choose another, or use updateTier.",
            "slug": "gold",
        }

    async def test_a_slug_that_an_archived_tier_has(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)
        await api.mutate("archiveTier", "", slug="gold")

        async with rows.unchanged():
            result = await api.mutate("createTier", "", **GOOD)

        assert result["code"] == "TIER_SLUG_TAKEN"

    async def test_a_threshold_that_an_active_tier_has(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("silver", 1_000)

        async with rows.unchanged():
            result = await api.mutate(
                "createTier", "... on TierThresholdTaken { pointThreshold }", **GOOD
            )

        assert result == {
            "__typename": "TierThresholdTaken",
            "code": "TIER_THRESHOLD_TAKEN",
            "message": "Another active tier begins at 1000 points. "
            "Choose another threshold, or archive that tier first.",
            "pointThreshold": 1_000,
        }

    async def test_the_threshold_of_an_archived_tier_is_free(self, api: Api, make: Make) -> None:
        await make.tier("silver", 1_000)
        await api.mutate("archiveTier", "", slug="silver")

        result = await api.mutate("createTier", SUCCESS, **GOOD)

        assert result["tier"]["pointThreshold"] == 1_000


class TestBadInput:
    async def test_malformed_values(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            assert await complaints(api, "createTier", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, rows: Rows) -> None:
        cases = [
            *({"pointThreshold": value} for value in [*NOT_POINTS, None]),
            *({field: value} for field in ["slug", "name"] for value in [5, True, None, ["a"]]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "createTier", GOOD, cases)
            await assert_invalid_literals(
                api, "createTier", GOOD, "pointThreshold", NOT_POINTS_LITERALS
            )
