"""`archiveTier`: an admin archives a tier; its row and its slug stay.

Its members are put on the tier that they still reach, in the same transaction; the answer says how
many have moved, and nobody is mailed. To archive an archived tier changes nothing.
"""

from typing import Any

from domain.timestamps import serialized
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, assert_uncoercible, bad_texts, complaints
from tests.fixtures.selections import TIER, gid, iso

SUCCESS = f"... on ArchiveTierSuccess {{ replayed membersReassessed tier {{ {TIER} }} }}"
GOOD: dict[str, Any] = {"slug": "gold"}
BAD: list[Case] = [
    *bad_texts("slug", 64),
    (
        {"slug": "Gold"},
        "slug: must be lower-case letters and digits, with single hyphens between them.",
    ),
    *bad_texts("idempotencyKey", 255),
]


class TestSuccess:
    async def test_answers_the_whole_tier_and_keeps_its_row(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        tier = await make.tier("gold", 500, benefits=["A mug"])

        result = await api.mutate("archiveTier", SUCCESS, **GOOD)

        [row] = await rows.all("SELECT * FROM loyalty_tiers")
        assert result == {
            "__typename": "ArchiveTierSuccess",
            "replayed": False,
            "membersReassessed": 0,
            "tier": {
                "id": gid("Tier", tier.id),
                "slug": "gold",
                "name": "Gold",
                "pointThreshold": 500,
                "benefits": ["A mug"],
                "isActive": False,
                "createdAt": serialized(tier.created_at),
                "updatedAt": iso(row["updated_at"]),
            },
        }
        assert row["is_active"] is False
        assert row["updated_at"] > tier.updated_at  # type: ignore[operator]

    async def test_archived_again_it_stays_as_it_is(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)
        first = await api.mutate("archiveTier", SUCCESS, **GOOD)

        async with rows.unchanged():
            second = await api.mutate("archiveTier", SUCCESS, **GOOD)

        assert second == first


class TestMembers:
    async def test_its_members_go_down_and_nobody_is_mailed(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        for user_id, points in [("silver", 1_000), ("gold", 5_000), ("gold-2", 19_999)]:
            await make.user(user_id)
            await make.earned(user_id, points)
        await rows.execute("DELETE FROM outbox_events")

        result = await api.mutate("archiveTier", SUCCESS, **GOOD)

        assert result["membersReassessed"] == 2
        assert await rows.all(
            "SELECT user_id, slug, lifetime_points FROM loyalty_members"
            " JOIN loyalty_tiers ON id = tier_id ORDER BY user_id"
        ) == [
            {"user_id": "gold", "slug": "silver", "lifetime_points": 5_000},
            {"user_id": "gold-2", "slug": "silver", "lifetime_points": 19_999},
            {"user_id": "silver", "slug": "silver", "lifetime_points": 1_000},
        ]
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_without_the_last_tier_members_have_none_and_can_still_earn(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("gold", 0)
        await make.member("ada")

        result = await api.mutate("archiveTier", SUCCESS, **GOOD)
        earned = await api.mutate(
            "earnPoints",
            "... on EarnPointsSuccess { member { tier { slug } tierSince pointsBalance } }",
            userId="ada",
            points=5,
            idempotencyKey="k",
        )

        assert result["membersReassessed"] == 1
        assert earned["member"] == {"tier": None, "tierSince": None, "pointsBalance": 5}
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0


class TestRefusals:
    async def test_an_unknown_slug(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("silver", 500)

        async with rows.unchanged():
            result = await api.mutate("archiveTier", "... on TierNotFound { slug }", **GOOD)

        assert result == {
            "__typename": "TierNotFound",
            "code": "TIER_NOT_FOUND",
            "message": "No tier has the slug 'gold'. The tiers query lists all slugs.",
            "slug": "gold",
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)

        async with rows.unchanged():
            assert await complaints(api, "archiveTier", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.tier("gold", 500)

        async with rows.unchanged():
            await assert_uncoercible(
                api,
                "archiveTier",
                GOOD,
                [{"slug": None}, {"slug": 5}, {"idempotencyKey": 5}, {"unknown": 1}],
            )
