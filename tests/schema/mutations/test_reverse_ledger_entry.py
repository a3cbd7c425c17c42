"""`reverseLedgerEntry`: an admin undoes an entry, once, by another entry.

What the entry counted towards a tier goes with it. The member may go down, without a mail, and may
reach the tier again, with a new mail. Points that were spent since cannot be taken back.
"""

from typing import Any

import pytest

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import ENTRY, gid, iso

SUCCESS = f"""... on ReverseLedgerEntrySuccess {{
  replayed entry {{ {ENTRY} }} member {{ userId pointsBalance lifetimePoints tier {{ slug }} }}
}}"""
GOOD: dict[str, Any] = {"entryId": gid("LedgerEntry", 1, "ada"), "reason": "Returned"}


async def totals(rows: Rows, user_id: str) -> list[dict[str, object]]:
    return await rows.all(
        "SELECT points_balance AS balance, lifetime_points AS lifetime, slug FROM loyalty_members"
        " LEFT JOIN loyalty_tiers ON id = tier_id WHERE user_id = :user_id",
        user_id=user_id,
    )


class TestEachKind:
    async def test_an_earned_entry_takes_back_its_lifetime_points(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        await make.earned("ada", 250, description="An order", reference="order-1")
        await make.earned("ada", 50)

        result = await api.mutate("reverseLedgerEntry", SUCCESS, **GOOD)

        [entry] = await rows.all("SELECT * FROM loyalty_ledger_entries WHERE seq = 3")
        assert result == {
            "__typename": "ReverseLedgerEntrySuccess",
            "replayed": False,
            "entry": {
                "id": gid("LedgerEntry", 3, "ada"),
                "seq": 3,
                "kind": "REVERSAL",
                "points": -250,
                "balanceAfter": 50,
                "description": "Returned",
                "reference": "order-1",
                "metadata": {},
                "createdAt": iso(entry["created_at"]),
                "reverses": {"seq": 1},
                "actorId": "ops",
            },
            "member": {
                "userId": "ada",
                "pointsBalance": 50,
                "lifetimePoints": 50,
                "tier": None,
            },
        }
        assert (entry["kind"], entry["points"], entry["reverses_seq"]) == ("REVERSAL", -250, 1)
        assert (entry["description"], entry["reference"]) == ("Returned", "order-1")
        assert await totals(rows, "ada") == [{"balance": 50, "lifetime": 50, "slug": None}]

    async def test_a_redeemed_entry_gives_the_points_back_and_counts_for_nothing(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        entry = await make.redeemed("ada", 100)

        result = await api.mutate(
            "reverseLedgerEntry",
            SUCCESS,
            entryId=gid("LedgerEntry", entry.seq, "ada"),
            reason="Returned",
        )

        assert result["entry"]["points"] == 100
        assert await totals(rows, "ada") == [{"balance": 250, "lifetime": 250, "slug": None}]

    @pytest.mark.parametrize("points", [-30, 30])
    async def test_an_adjustment_leaves_the_lifetime_points(
        self, api: Api, make: Make, rows: Rows, points: int
    ) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await api.mutate(
            "adjustPoints", "", userId="ada", points=points, reason="x", idempotencyKey="a"
        )

        result = await api.mutate(
            "reverseLedgerEntry", SUCCESS, entryId=gid("LedgerEntry", 2, "ada"), reason="y"
        )

        assert result["entry"]["points"] == -points
        assert await totals(rows, "ada") == [{"balance": 250, "lifetime": 250, "slug": None}]

    @pytest.mark.parametrize("user_id", ["ada", "bob"])
    async def test_a_referral_credit_on_either_side_takes_back_its_lifetime_points(
        self, api: Api, make: Make, rows: Rows, user_id: str
    ) -> None:
        await make.user("ada")
        await make.user("bob")
        invite = await make.invite("ada", reward_points=500, invitee_reward_points=200)
        await make.converted(invite.code, "bob")

        result = await api.mutate(
            "reverseLedgerEntry", SUCCESS, entryId=gid("LedgerEntry", 1, user_id), reason="Fraud"
        )

        assert result["entry"]["reference"] == invite.code
        assert await totals(rows, user_id) == [{"balance": 0, "lifetime": 0, "slug": None}]
        assert await rows.value("SELECT status FROM loyalty_referral_invites") == "CONVERTED"

    @pytest.mark.parametrize(
        ("kind", "points", "lifetime_before", "lifetime_after"),
        [("TIER_BONUS", 40, 40, 0), ("EXPIRE", -40, 40, 40)],
    )
    async def test_a_kind_that_no_mutation_writes(
        self,
        api: Api,
        make: Make,
        rows: Rows,
        kind: str,
        points: int,
        lifetime_before: int,
        lifetime_after: int,
    ) -> None:
        await make.member("ada")
        await rows.execute(
            "INSERT INTO loyalty_ledger_entries"
            " (member_id, seq, id, kind, points, balance_after, actor_id)"
            f" VALUES ('ada', 1, gen_random_uuid(), '{kind}', {points}, 40, 'ops')"
        )
        await rows.execute(
            "UPDATE loyalty_members SET ledger_seq = 1, points_balance = 40,"
            f" lifetime_points = {lifetime_before}"
        )

        await api.mutate("reverseLedgerEntry", SUCCESS, **GOOD)

        assert await totals(rows, "ada") == [
            {"balance": 40 - points, "lifetime": lifetime_after, "slug": None}
        ]


class TestTier:
    async def test_the_way_down_is_silent_and_the_way_up_again_is_mailed_once(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 1_500)
        events = "SELECT payload->>'ledgerSeq' AS seq FROM outbox_events ORDER BY id"

        result = await api.mutate("reverseLedgerEntry", SUCCESS, **GOOD)
        events_after_the_reversal = await rows.all(events)
        await make.earned("ada", 1_500)

        assert result["member"]["tier"] == {"slug": "bronze"}
        assert events_after_the_reversal == [{"seq": "1"}]
        assert await rows.all(events) == [{"seq": "1"}, {"seq": "3"}]
        assert await totals(rows, "ada") == [
            {"balance": 1_500, "lifetime": 1_500, "slug": "silver"}
        ]

    async def test_below_the_lowest_tier_there_is_none_and_no_date(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("gold", 100)
        await make.user("ada")
        await make.earned("ada", 100)

        result = await api.mutate("reverseLedgerEntry", SUCCESS, **GOOD)

        assert result["member"]["tier"] is None
        assert await rows.value("SELECT tier_since FROM loyalty_members") is None
