"""`earnPoints`: an admin credits a member, once for every idempotency key.

The entry, the balance, the lifetime points, the tier and the outbox row come together or not at
all; a refusal writes nothing.
"""

import pytest

from domain.points import POINTS_MAX
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

SUCCESS = """... on EarnPointsSuccess {
  replayed
  entry { seq kind points balanceAfter description reference metadata actorId }
  member { pointsBalance lifetimePoints tier { slug } }
}"""


class TestEarnPoints:
    async def test_credits_the_balance_and_the_lifetime_points(self, api: Api, make: Make) -> None:
        await make.baseline_tiers()
        await make.user("ada")

        result = await api.mutate(
            "earnPoints",
            SUCCESS,
            userId="ada",
            points=250,
            description="An order",
            reference="order-1",
            metadata={"channel": "web"},
            idempotencyKey="k",
        )

        assert result == {
            "__typename": "EarnPointsSuccess",
            "replayed": False,
            "entry": {
                "seq": 1,
                "kind": "EARN",
                "points": 250,
                "balanceAfter": 250,
                "description": "An order",
                "reference": "order-1",
                "metadata": {"channel": "web"},
                "actorId": "ops",
            },
            "member": {"pointsBalance": 250, "lifetimePoints": 250, "tier": {"slug": "bronze"}},
        }

    async def test_a_jump_over_two_tiers_records_one_upgrade_for_the_higher(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")

        result = await api.mutate(
            "earnPoints", SUCCESS, userId="ada", points=6_000, idempotencyKey="k"
        )

        assert result["member"]["tier"] == {"slug": "gold"}
        [event] = await rows.all("SELECT kind, user_id, payload FROM outbox_events")
        assert event["kind"] == "TIER_UPGRADED"
        assert event["user_id"] == "ada"
        assert event["payload"]["tierSlug"] == "gold"  # type: ignore[index]
        assert event["payload"]["previousTierSlug"] == "bronze"  # type: ignore[index]

    @pytest.mark.parametrize("points", [0, -1])
    async def test_an_amount_below_one_is_refused(
        self, api: Api, make: Make, rows: Rows, points: int
    ) -> None:
        await make.user("ada")

        async with rows.unchanged():
            result = await api.mutate(
                "earnPoints",
                "... on InvalidInput { field }",
                userId="ada",
                points=points,
                idempotencyKey="k",
            )

        assert result == {
            "__typename": "InvalidInput",
            "code": "BAD_USER_INPUT",
            "message": f"points: must be a whole number from 1 to {POINTS_MAX}, not {points}.",
            "field": "points",
        }
