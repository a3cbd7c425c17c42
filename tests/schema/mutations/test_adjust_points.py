"""`adjustPoints`: an admin corrects a balance by hand, either way, and says why.

The lifetime points and the tier stay; a balance never falls below zero; a refusal writes nothing.
"""

from typing import Any

import pytest

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
    bad_metadata,
    bad_texts,
    bad_user_ids,
    complaints,
)
from tests.fixtures.selections import ENTRY, gid, iso

SUCCESS = f"""... on AdjustPointsSuccess {{
  replayed entry {{ {ENTRY} }} member {{ userId pointsBalance lifetimePoints tier {{ slug }} }}
}}"""
INSUFFICIENT = "... on InsufficientPoints { balance requested }"
GOOD: dict[str, Any] = {
    "userId": "ada",
    "points": -300,
    "reason": "Credited twice",
    "idempotencyKey": "k",
}
BAD: list[Case] = [
    *bad_user_ids("userId"),
    ({"points": 0}, "points: must not be 0: an entry changes the balance."),
    *bad_texts("reason", 500),
    *bad_texts("reference", 200),
    *bad_metadata(),
    *bad_texts("idempotencyKey", 255),
]


class TestSuccess:
    @pytest.mark.parametrize(("points", "balance"), [(-300, 700), (5_000, 6_000)])
    async def test_answers_and_writes_the_whole_entry_and_keeps_the_tier(
        self, api: Api, make: Make, rows: Rows, points: int, balance: int
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 1_000)
        await rows.execute("DELETE FROM outbox_events")

        result = await api.mutate(
            "adjustPoints",
            SUCCESS,
            **GOOD | {"points": points},
            reference="ticket-1",
            metadata={"by": "support"},
        )

        [entry] = await rows.all("SELECT * FROM loyalty_ledger_entries WHERE seq = 2")
        assert result == {
            "__typename": "AdjustPointsSuccess",
            "replayed": False,
            "entry": {
                "id": gid("LedgerEntry", 2, "ada"),
                "seq": 2,
                "kind": "ADJUSTMENT",
                "points": points,
                "balanceAfter": balance,
                "description": "Credited twice",
                "reference": "ticket-1",
                "metadata": {"by": "support"},
                "createdAt": iso(entry["created_at"]),
                "reverses": None,
                "actorId": "ops",
            },
            "member": {
                "userId": "ada",
                "pointsBalance": balance,
                "lifetimePoints": 1_000,
                "tier": {"slug": "silver"},
            },
        }
        assert (entry["kind"], entry["points"]) == ("ADJUSTMENT", points)
        assert (entry["description"], entry["reference"]) == ("Credited twice", "ticket-1")
        assert (entry["metadata"], entry["actor_id"]) == ({"by": "support"}, "ops")
        totals = "SELECT points_balance, lifetime_points, ledger_seq FROM loyalty_members"
        assert await rows.all(totals) == [
            {"points_balance": balance, "lifetime_points": 1_000, "ledger_seq": 2}
        ]
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_the_extremes_are_taken(self, api: Api, make: Make) -> None:
        await make.user("ada")

        up = await api.mutate(
            "adjustPoints", SUCCESS, **GOOD | {"points": POINTS_MAX, "reason": "é" * 500}
        )
        down = await api.mutate(
            "adjustPoints", SUCCESS, **GOOD | {"points": -POINTS_MAX, "idempotencyKey": "k2"}
        )

        assert (up["member"]["pointsBalance"], up["member"]["lifetimePoints"]) == (POINTS_MAX, 0)
        assert down["member"]["pointsBalance"] == 0


class TestRefusals:
    async def test_less_than_nothing(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 299)

        async with rows.unchanged():
            result = await api.mutate("adjustPoints", INSUFFICIENT, **GOOD)

        assert result == {
            "__typename": "InsufficientPoints",
            "code": "INSUFFICIENT_POINTS",
            "message": "The balance is 299 points; 300 were to be taken from it.",
            "balance": 299,
            "requested": 300,
        }

    async def test_a_balance_beyond_the_limit(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 10)

        async with rows.unchanged():
            result = await api.mutate(
                "adjustPoints",
                "... on PointsLimitExceeded { total requested limit }",
                **GOOD | {"points": POINTS_MAX},
            )

        assert result == {
            "__typename": "PointsLimitExceeded",
            "code": "POINTS_LIMIT_EXCEEDED",
            "message": f"{POINTS_MAX} points on top of 10 would exceed the limit "
            f"of {POINTS_MAX} points.",
            "total": 10,
            "requested": POINTS_MAX,
            "limit": POINTS_MAX,
        }

    async def test_an_unknown_user(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            result = await api.mutate("adjustPoints", "... on UserNotFound { userId }", **GOOD)

        assert result == {
            "__typename": "UserNotFound",
            "code": "USER_NOT_FOUND",
            "message": "No user has the id 'ada'. Create it first with upsertUser.",
            "userId": "ada",
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 1_000)

        async with rows.unchanged():
            assert await complaints(api, "adjustPoints", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 1_000)
        cases: list[dict[str, Any]] = [
            *({"points": value} for value in [*NOT_POINTS, None]),
            *({"reason": value} for value in [None, 5, ["a"]]),
            *({"userId": value} for value in [None, 1.5, True]),
            *({"idempotencyKey": value} for value in [None, 5]),
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "adjustPoints", GOOD, cases)
            await assert_invalid_literals(api, "adjustPoints", GOOD, "points", NOT_POINTS_LITERALS)
