"""`redeemPoints`: an admin takes points from a balance that covers them.

The lifetime points and the tier stay; a balance never falls below zero; a refusal writes nothing.
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
    bad_metadata,
    bad_texts,
    bad_user_ids,
    complaints,
)
from tests.fixtures.selections import ENTRY, gid, iso

SUCCESS = f"""... on RedeemPointsSuccess {{
  replayed entry {{ {ENTRY} }} member {{ userId pointsBalance lifetimePoints tier {{ slug }} }}
}}"""
INSUFFICIENT = "... on InsufficientPoints { balance requested }"
GOOD: dict[str, Any] = {"userId": "ada", "points": 300, "idempotencyKey": "k"}
RANGE = f"points: must be a whole number from 1 to {POINTS_MAX}, not"
BAD: list[Case] = [
    *bad_user_ids("userId"),
    ({"points": 0}, f"{RANGE} 0."),
    ({"points": -1}, f"{RANGE} -1."),
    *bad_texts("description", 500),
    *bad_texts("reference", 200),
    *bad_metadata(),
    *bad_texts("idempotencyKey", 255),
]


class TestSuccess:
    async def test_answers_and_writes_the_whole_entry_and_keeps_the_tier(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 1_000)
        await rows.execute("DELETE FROM outbox_events")

        result = await api.mutate(
            "redeemPoints",
            SUCCESS,
            **GOOD,
            description="A voucher",
            reference="voucher-1",
            metadata={"shop": 4},
        )

        [entry] = await rows.all("SELECT * FROM loyalty_ledger_entries WHERE seq = 2")
        assert result == {
            "__typename": "RedeemPointsSuccess",
            "replayed": False,
            "entry": {
                "id": gid("LedgerEntry", 2, "ada"),
                "seq": 2,
                "kind": "REDEEM",
                "points": -300,
                "balanceAfter": 700,
                "description": "A voucher",
                "reference": "voucher-1",
                "metadata": {"shop": 4},
                "createdAt": iso(entry["created_at"]),
                "reverses": None,
                "actorId": "ops",
            },
            "member": {
                "userId": "ada",
                "pointsBalance": 700,
                "lifetimePoints": 1_000,
                "tier": {"slug": "silver"},
            },
        }
        assert (entry["kind"], entry["points"], entry["balance_after"]) == ("REDEEM", -300, 700)
        assert (entry["description"], entry["reference"]) == ("A voucher", "voucher-1")
        assert (entry["metadata"], entry["actor_id"]) == ({"shop": 4}, "ops")
        totals = "SELECT points_balance, lifetime_points, ledger_seq FROM loyalty_members"
        assert await rows.all(totals) == [
            {"points_balance": 700, "lifetime_points": 1_000, "ledger_seq": 2}
        ]
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_the_whole_balance_can_be_taken(self, api: Api, make: Make) -> None:
        await make.user("ada")
        await make.earned("ada", 300)

        result = await api.mutate("redeemPoints", SUCCESS, **GOOD)

        assert result["member"]["pointsBalance"] == 0
        assert result["entry"]["balanceAfter"] == 0


class TestRefusals:
    async def test_more_than_the_balance(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 299)

        async with rows.unchanged():
            result = await api.mutate("redeemPoints", INSUFFICIENT, **GOOD)

        assert result == {
            "__typename": "InsufficientPoints",
            "code": "INSUFFICIENT_POINTS",
            "message": "The balance is 299 points; 300 were to be taken from it.",
            "balance": 299,
            "requested": 300,
        }

    async def test_a_known_user_who_is_no_member_yet_has_nothing_and_stays_so(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        async with rows.unchanged():
            result = await api.mutate("redeemPoints", INSUFFICIENT, **GOOD)

        assert (result["balance"], result["requested"]) == (0, 300)

    async def test_the_lifetime_points_are_not_to_be_spent(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        await make.earned("ada", 1_000)
        await make.redeemed("ada", 800)

        async with rows.unchanged():
            result = await api.mutate("redeemPoints", INSUFFICIENT, **GOOD)

        assert (result["balance"], result["requested"]) == (200, 300)

    async def test_an_unknown_user(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            result = await api.mutate("redeemPoints", "... on UserNotFound { userId }", **GOOD)

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
            assert await complaints(api, "redeemPoints", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 1_000)
        cases: list[dict[str, Any]] = [
            *({"points": value} for value in [*NOT_POINTS, None]),
            *({"userId": value} for value in [None, 1.5, True]),
            *({"idempotencyKey": value} for value in [None, 5]),
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "redeemPoints", GOOD, cases)
            await assert_invalid_literals(api, "redeemPoints", GOOD, "points", NOT_POINTS_LITERALS)
