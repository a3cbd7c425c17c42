"""`earnPoints`: an admin credits a member, once for every idempotency key.

The entry, the balance, the lifetime points, the tier and the outbox row come together or not at
all; a refusal writes nothing.
"""

from typing import Any

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
    bad_metadata,
    bad_texts,
    bad_user_ids,
    complaints,
)
from tests.fixtures.selections import ENTRY, MEMBER, gid, iso

SUCCESS = f"... on EarnPointsSuccess {{ replayed entry {{ {ENTRY} }} member {{ {MEMBER} }} }}"
LIMIT = "... on PointsLimitExceeded { total requested limit }"
GOOD: dict[str, Any] = {"userId": "ada", "points": 250, "idempotencyKey": "k"}
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
    async def test_answers_and_writes_the_whole_entry(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada", email="ada@example.com")

        result = await api.mutate(
            "earnPoints",
            SUCCESS,
            **GOOD,
            description="An order",
            reference="order-1",
            metadata={"channel": "web"},
        )

        [entry] = await rows.all("SELECT * FROM loyalty_ledger_entries")
        [member] = await rows.all("SELECT * FROM loyalty_members")
        [user] = await rows.all("SELECT * FROM users")
        assert result == {
            "__typename": "EarnPointsSuccess",
            "replayed": False,
            "entry": {
                "id": gid("LedgerEntry", 1, "ada"),
                "seq": 1,
                "kind": "EARN",
                "points": 250,
                "balanceAfter": 250,
                "description": "An order",
                "reference": "order-1",
                "metadata": {"channel": "web"},
                "createdAt": iso(entry["created_at"]),
                "reverses": None,
                "actorId": "ops",
            },
            "member": {
                "id": gid("Member", "ada"),
                "userId": "ada",
                "referralCode": member["referral_code"],
                "pointsBalance": 250,
                "lifetimePoints": 250,
                "tierSince": iso(member["tier_since"]),
                "createdAt": iso(member["created_at"]),
                "tier": {"slug": "bronze"},
                "progress": {
                    "nextTier": {"slug": "silver"},
                    "pointsToNextTier": 750,
                    "fraction": 0.25,
                },
                "user": {
                    "id": gid("User", "ada"),
                    "userId": "ada",
                    "email": "ada@example.com",
                    "displayName": None,
                    "marketingMessages": False,
                    "createdAt": iso(user["created_at"]),
                    "erasedAt": None,
                },
            },
        }
        assert (entry["member_id"], entry["seq"], entry["kind"]) == ("ada", 1, "EARN")
        assert (entry["points"], entry["balance_after"]) == (250, 250)
        assert entry["description"] == "An order"
        assert (entry["reference"], entry["actor_id"]) == ("order-1", "ops")
        assert (entry["metadata"], entry["reverses_seq"]) == ({"channel": "web"}, None)
        assert (member["points_balance"], member["lifetime_points"]) == (250, 250)
        assert member["ledger_seq"] == 1

    async def test_what_is_left_out_or_null_is_empty(self, api: Api, make: Make) -> None:
        await make.user("ada")
        nothing = {"description": None, "reference": None, "metadata": None}
        empty: dict[str, Any] = {"description": None, "reference": None, "metadata": {}}

        for key, given in [("k1", {}), ("k2", nothing)]:
            result = await api.mutate(
                "earnPoints", SUCCESS, **GOOD | given | {"idempotencyKey": key}
            )
            assert {name: result["entry"][name] for name in empty} == empty

    async def test_values_at_their_limits_are_taken(self, api: Api, make: Make) -> None:
        await make.user("ada")

        result = await api.mutate(
            "earnPoints",
            SUCCESS,
            userId="ada",
            points=POINTS_MAX,
            description="é" * 500,
            reference="é" * 200,
            metadata={"a": "x" * (8_192 - len('{"a":""}'))},
            idempotencyKey="é" * 255,
        )

        assert result["member"]["pointsBalance"] == POINTS_MAX
        assert result["entry"]["points"] == POINTS_MAX

    async def test_nobody_else_is_credited(self, api: Api, make: Make, rows: Rows) -> None:
        await make.member("ada")
        await make.member("bob")

        await api.mutate("earnPoints", SUCCESS, **GOOD)

        assert await rows.all(
            "SELECT points_balance FROM loyalty_members WHERE user_id = 'bob'"
        ) == [{"points_balance": 0}]


class TestTier:
    async def test_reaching_a_tier_records_one_upgrade(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 999)

        before = await rows.value("SELECT count(*) FROM outbox_events")
        result = await api.mutate("earnPoints", SUCCESS, **GOOD | {"points": 1})

        assert before == 0
        assert result["member"]["tier"] == {"slug": "silver"}
        silver = await rows.value("SELECT id FROM loyalty_tiers WHERE slug = 'silver'")
        assert await rows.all("SELECT kind, user_id, payload FROM outbox_events") == [
            {
                "kind": "TIER_UPGRADED",
                "user_id": "ada",
                "payload": {
                    "userId": "ada",
                    "ledgerSeq": 2,
                    "tierId": str(silver),
                    "tierSlug": "silver",
                    "tierName": "Silver",
                    "previousTierSlug": "bronze",
                    "lifetimePoints": 1_000,
                },
            }
        ]

    async def test_a_jump_over_two_tiers_records_one_upgrade_for_the_higher(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")

        result = await api.mutate("earnPoints", SUCCESS, **GOOD | {"points": 6_000})

        assert result["member"]["tier"] == {"slug": "gold"}
        payload = "SELECT payload->>'previousTierSlug' || ' ' || (payload->>'tierSlug')"
        assert await rows.value(f"{payload} FROM outbox_events") == "bronze gold"

    async def test_staying_on_a_tier_records_nothing_and_keeps_its_date(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        member = await make.member("ada")

        result = await api.mutate("earnPoints", SUCCESS, **GOOD)

        assert member.tier_since is not None
        assert result["member"]["tierSince"] == serialized(member.tier_since)
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_without_tiers_points_are_credited_all_the_same(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        result = await api.mutate("earnPoints", SUCCESS, **GOOD)

        assert (result["member"]["tier"], result["member"]["tierSince"]) == (None, None)
        assert result["member"]["progress"] == {
            "nextTier": None,
            "pointsToNextTier": None,
            "fraction": 1.0,
        }
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0


class TestRefusals:
    async def test_an_unknown_user(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            result = await api.mutate("earnPoints", "... on UserNotFound { userId }", **GOOD)

        assert result == {
            "__typename": "UserNotFound",
            "code": "USER_NOT_FOUND",
            "message": "No user has the id 'ada'. Create it first with upsertUser.",
            "userId": "ada",
        }

    async def test_a_balance_beyond_the_limit(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", POINTS_MAX - 1)

        async with rows.unchanged():
            result = await api.mutate("earnPoints", LIMIT, **GOOD | {"points": 2})

        assert result == {
            "__typename": "PointsLimitExceeded",
            "code": "POINTS_LIMIT_EXCEEDED",
            "message": f"2 points on top of {POINTS_MAX - 1} would exceed the limit "
            f"of {POINTS_MAX} points.",
            "total": POINTS_MAX - 1,
            "requested": 2,
            "limit": POINTS_MAX,
        }

    async def test_lifetime_points_beyond_the_limit(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", POINTS_MAX)
        await make.redeemed("ada", POINTS_MAX)

        async with rows.unchanged():
            result = await api.mutate("earnPoints", LIMIT, **GOOD | {"points": 1})

        assert (result["total"], result["requested"]) == (POINTS_MAX, 1)


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")

        async with rows.unchanged():
            assert await complaints(api, "earnPoints", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        cases: list[dict[str, Any]] = [
            *({"points": value} for value in [*NOT_POINTS, None]),
            *({"userId": value} for value in [None, 1.5, True, ["ada"]]),
            *({"description": value} for value in [5, True, ["a"]]),
            *({"idempotencyKey": value} for value in [None, 5]),
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "earnPoints", GOOD, cases)
            await assert_invalid_literals(api, "earnPoints", GOOD, "points", NOT_POINTS_LITERALS)
