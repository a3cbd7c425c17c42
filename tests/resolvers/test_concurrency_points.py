"""Many callers change one balance at once, and the ledger stays right to the point."""

import asyncio
from collections import Counter
from typing import Any

from domain.enums import Role
from schema.types.node import global_id
from tests.fixtures.actors import Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

ENTRY = "replayed entry { id seq points balanceAfter createdAt } member { pointsBalance }"
REDEEMED = f"... on RedeemPointsSuccess {{ {ENTRY} }} ... on InsufficientPoints {{ balance }}"
EARNED = f"... on EarnPointsSuccess {{ {ENTRY} }}"


def kinds(results: list[Any]) -> Counter[str]:
    """How many results there are of each type."""
    return Counter(result["__typename"] for result in results)


async def test_200_redemptions_of_100_from_1000(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.earned("ada", 1_000)

    results = await asyncio.gather(
        *(
            api.mutate(
                "redeemPoints", REDEEMED, userId="ada", points=100, idempotencyKey=f"key-{number}"
            )
            for number in range(200)
        )
    )

    assert kinds(results) == {"RedeemPointsSuccess": 10, "InsufficientPoints": 190}
    # Nobody is refused while there are points: whoever is refused has seen the empty balance.
    assert {each["balance"] for each in results if "balance" in each} == {0}
    assert await rows.value("SELECT points_balance FROM loyalty_members") == 0
    # A refused call leaves nothing behind, not even its key.
    assert await rows.value("SELECT count(*) FROM idempotency_keys WHERE actor_id = 'ops'") == 10
    await assert_invariants(rows)


async def test_50_calls_with_one_key_write_one_entry(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    results = await asyncio.gather(
        *(
            api.mutate("earnPoints", EARNED, userId="ada", points=6_000, idempotencyKey="key")
            for _ in range(50)
        )
    )

    assert [each.pop("replayed") for each in results].count(False) == 1
    assert all(each == results[0] for each in results)
    assert results[0]["entry"]["seq"] == 1
    assert results[0]["member"] == {"pointsBalance": 6_000}
    assert await rows.value("SELECT count(*) FROM loyalty_ledger_entries") == 1
    assert await rows.value("SELECT count(*) FROM outbox_events") == 1
    await assert_invariants(rows)


async def test_one_key_for_different_inputs_serves_one_of_them(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    results = await asyncio.gather(
        *(
            api.mutate("earnPoints", EARNED, userId="ada", points=points, idempotencyKey="key")
            for points in range(1, 21)
        )
    )

    assert kinds(results) == {"EarnPointsSuccess": 1, "IdempotencyKeyReused": 19}
    [winner] = [each for each in results if each["__typename"] == "EarnPointsSuccess"]
    assert not winner["replayed"]
    assert await rows.all("SELECT points FROM loyalty_ledger_entries") == [
        {"points": winner["entry"]["points"]}
    ]
    await assert_invariants(rows)


async def test_one_key_of_different_callers_is_a_key_of_each(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    callers = [Caller(Role.ADMIN, f"ops-{number}") for number in range(10)]

    results = await asyncio.gather(
        *(
            api.mutate(
                "earnPoints", EARNED, caller=caller, userId="ada", points=5, idempotencyKey="key"
            )
            for caller in callers
            for _ in range(2)
        )
    )

    assert kinds(results) == {"EarnPointsSuccess": 20}
    assert [each["replayed"] for each in results].count(False) == len(callers)
    assert await rows.all(
        "SELECT actor_id, count(*) FROM loyalty_ledger_entries GROUP BY actor_id ORDER BY actor_id"
    ) == [{"actor_id": caller.subject, "count": 1} for caller in callers]
    await assert_invariants(rows)


async def test_an_entry_is_reversed_once(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.earned("ada", 1_000)
    await make.earned("ada", 1_000)

    results = await asyncio.gather(
        *(
            api.mutate(
                "reverseLedgerEntry",
                "",
                entryId=global_id("LedgerEntry", 1, "ada"),
                reason="A mistake",
                idempotencyKey=f"key-{number}",
            )
            for number in range(20)
        )
    )

    assert kinds(results) == {"ReverseLedgerEntrySuccess": 1, "EntryAlreadyReversed": 19}
    assert await rows.value("SELECT points_balance FROM loyalty_members") == 1_000
    await assert_invariants(rows)


async def test_20_entries_of_a_member_are_reversed_at_once(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    for _ in range(20):
        await make.earned("ada", 50)

    # Each in a transaction of its own, unlike points that are earned at once.
    results = await asyncio.gather(
        *(
            api.mutate(
                "reverseLedgerEntry",
                "",
                entryId=global_id("LedgerEntry", seq, "ada"),
                reason="A mistake",
                idempotencyKey=f"key-{seq}",
            )
            for seq in range(1, 21)
        )
    )

    assert kinds(results) == {"ReverseLedgerEntrySuccess": 20}
    assert await rows.value("SELECT points_balance FROM loyalty_members") == 0
    await assert_invariants(rows)


async def test_changes_of_every_kind_on_many_members(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    ids = [f"user-{number}" for number in range(5)]
    for user_id in ids:
        await make.user(user_id)

    async def live(user_id: str, number: int) -> list[Any]:
        common: dict[str, Any] = {"userId": user_id, "idempotencyKey": f"{user_id}-{number}"}
        earned = await api.mutate("earnPoints", EARNED, points=400, **common)
        common["idempotencyKey"] += "-then"
        then = [
            ("redeemPoints", {"points": 150, **common}),
            ("adjustPoints", {"points": -50, "reason": "Goodwill, undone", **common}),
            (
                "reverseLedgerEntry",
                {
                    "entryId": earned["entry"]["id"],
                    "reason": "Returned",
                    "idempotencyKey": common["idempotencyKey"],
                },
            ),
        ][number % 3]
        return [earned, await api.mutate(then[0], "", **then[1])]

    pairs = await asyncio.gather(*(live(user_id, n) for user_id in ids for n in range(12)))

    assert kinds([result for pair in pairs for result in pair]) == {
        "EarnPointsSuccess": 60,
        "RedeemPointsSuccess": 20,
        "AdjustPointsSuccess": 20,
        "ReverseLedgerEntrySuccess": 20,
    }
    assert await rows.all(
        "SELECT ledger_seq, points_balance, lifetime_points FROM loyalty_members GROUP BY 1, 2, 3"
    ) == [{"ledger_seq": 24, "points_balance": 2_400, "lifetime_points": 3_200}]
    await assert_invariants(rows)
