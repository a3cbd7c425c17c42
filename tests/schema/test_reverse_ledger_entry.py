"""`reverseLedgerEntry`: an admin undoes an entry, once, by another entry.

What the entry counted towards a tier goes with it: the member may go down, which is told to nobody,
and may earn the way up again, which is told anew. What has been spent since cannot be taken back.
"""

from typing import Any

import pytest

from domain.points import POINTS_MAX
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, assert_uncoercible, bad_texts, complaints
from tests.fixtures.selections import ENTRY, gid, iso

SUCCESS = f"""... on ReverseLedgerEntrySuccess {{
  replayed entry {{ {ENTRY} }} member {{ userId pointsBalance lifetimePoints tier {{ slug }} }}
}}"""
GOOD: dict[str, Any] = {"entryId": gid("LedgerEntry", 1, "ada"), "reason": "Returned"}
NO_ENTRY = "entryId: is not the id of a ledger entry."
NO_ID = "entryId: is not an id of this service. Take it from an object's id."
BAD: list[Case] = [
    *bad_texts("entryId", 1_024),
    ({"entryId": "garbage!"}, NO_ID),
    ({"entryId": "größe"}, NO_ID),
    ({"entryId": "Zm9v"}, NO_ID),
    ({"entryId": gid("LedgerEntry", 1)}, NO_ID),
    ({"entryId": gid("Tier", 1, "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "one", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "-1", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "²", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", 0, "ada")}, NO_ENTRY),
    (
        {"entryId": gid("LedgerEntry", 1, "u" * 129)},
        "entryId: must have at most 128 characters, not 129.",
    ),
    ({"entryId": gid("LedgerEntry", POINTS_MAX + 1, "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", 10**300, "ada")}, NO_ENTRY),
    (
        {"entryId": gid("LedgerEntry", 1, "a\x00")},
        "entryId: must not contain NUL characters or lone surrogates.",
    ),
    *bad_texts("reason", 500),
    *bad_texts("idempotencyKey", 255),
]


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
    async def test_the_way_down_is_silent_and_the_way_up_again_is_told_once(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 1_500)
        events = "SELECT payload->>'ledgerSeq' AS seq FROM outbox_events ORDER BY id"

        result = await api.mutate("reverseLedgerEntry", SUCCESS, **GOOD)
        told_after_the_reversal = await rows.all(events)
        await make.earned("ada", 1_500)

        assert result["member"]["tier"] == {"slug": "bronze"}
        assert told_after_the_reversal == [{"seq": "1"}]
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


class TestRefusals:
    async def test_points_that_were_spent_since(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await make.redeemed("ada", 1)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry", "... on InsufficientPoints { balance requested }", **GOOD
            )

        assert result == {
            "__typename": "InsufficientPoints",
            "code": "INSUFFICIENT_POINTS",
            "message": "The balance is 249 points; 250 were to be taken from it.",
            "balance": 249,
            "requested": 250,
        }

    async def test_a_second_time(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await make.earned("ada", 250)
        await api.mutate("reverseLedgerEntry", "", **GOOD)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry", "... on EntryAlreadyReversed { seq reversedBySeq }", **GOOD
            )

        assert result == {
            "__typename": "EntryAlreadyReversed",
            "code": "ENTRY_ALREADY_REVERSED",
            "message": "Entry 1 was reversed before, by entry 3.",
            "seq": 1,
            "reversedBySeq": 3,
        }

    async def test_a_reversal(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await api.mutate("reverseLedgerEntry", "", **GOOD)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on EntryNotReversible { kind }",
                entryId=gid("LedgerEntry", 2, "ada"),
                reason="Changed my mind",
            )

        assert result == {
            "__typename": "EntryNotReversible",
            "code": "ENTRY_NOT_REVERSIBLE",
            "message": "An entry of kind REVERSAL cannot be reversed. Write a new entry instead.",
            "kind": "REVERSAL",
        }

    async def test_a_balance_beyond_the_limit(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 100)
        await make.redeemed("ada", 100)
        await api.mutate(
            "adjustPoints", "", userId="ada", points=POINTS_MAX, reason="x", idempotencyKey="a"
        )

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on PointsLimitExceeded { total requested limit }",
                entryId=gid("LedgerEntry", 2, "ada"),
                reason="Returned",
            )

        assert result == {
            "__typename": "PointsLimitExceeded",
            "code": "POINTS_LIMIT_EXCEEDED",
            "message": f"100 points on top of {POINTS_MAX} would exceed the limit "
            f"of {POINTS_MAX} points.",
            "total": POINTS_MAX,
            "requested": 100,
            "limit": POINTS_MAX,
        }

    @pytest.mark.parametrize(
        ("seq", "user_id"), [(2, "ada"), (1, "bob"), (1, "nobody"), (POINTS_MAX, "ada")]
    )
    async def test_an_entry_that_is_not_there(
        self, api: Api, make: Make, rows: Rows, seq: int, user_id: str
    ) -> None:
        await make.user("bob")
        await make.user("ada")
        await make.earned("ada", 250)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on LedgerEntryNotFound { userId seq }",
                entryId=gid("LedgerEntry", seq, user_id),
                reason="Returned",
            )

        assert result == {
            "__typename": "LedgerEntryNotFound",
            "code": "LEDGER_ENTRY_NOT_FOUND",
            "message": f"The user '{user_id}' has no ledger entry {seq}. Look it up in the ledger.",
            "userId": user_id,
            "seq": seq,
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)

        async with rows.unchanged():
            assert await complaints(api, "reverseLedgerEntry", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        cases: list[dict[str, Any]] = [
            *({"entryId": value} for value in [None, 1.5, True, ["a"]]),
            *({"reason": value} for value in [None, 5, True]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "reverseLedgerEntry", GOOD, cases)
