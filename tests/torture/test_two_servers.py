"""What many callers do at once to two servers under production limits, and what comes of it."""

import asyncio
import time
from collections import Counter
from typing import Any

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.figures import Figure
from tests.fixtures.invariants import assert_invariants
from tests.torture.callers import Callers
from tests.torture.history import Operation, anomalies

EARNED = "... on EarnPointsSuccess { entry { seq balanceAfter } }"
REDEEMED = "... on RedeemPointsSuccess { entry { seq balanceAfter } }"


def kinds(results: list[Any]) -> dict[str, int]:
    """How many results there are of each type."""
    return dict(Counter(result["__typename"] for result in results))


async def test_what_is_hot(callers: Callers, make: Make, rows: Rows, figure: Figure) -> None:
    await make.baseline_tiers()
    for user_id in ["ada", "bob", "cy"]:
        await make.user(user_id)
    await make.earned("ada", 1_000)
    invite = await make.invite("ada", invitee_reward_points=50)

    redeemed = kinds(
        await asyncio.gather(
            *(
                callers.mutate(
                    "redeemPoints", "", userId="ada", points=100, idempotencyKey=f"key-{number}"
                )
                for number in range(200)
            )
        )
    )
    figure("200 redemptions of 100 from 1,000", "10 succeed, 190 InsufficientPoints", redeemed)
    assert redeemed == {"RedeemPointsSuccess": 10, "InsufficientPoints": 190}

    answers = await asyncio.gather(
        *(
            callers.mutate("earnPoints", EARNED, userId="bob", points=7, idempotencyKey="key")
            for _ in range(50)
        )
    )
    entries = await rows.value("SELECT count(*) FROM loyalty_ledger_entries WHERE member_id='bob'")
    equal = sum(answer == answers[0] for answer in answers)
    figure("50 calls with one key", "1 entry, 50 equal answers", f"{entries}, {equal}")
    assert (entries, equal) == (1, 50)

    completed = kinds(
        await asyncio.gather(
            *(
                callers.mutate("completeReferral", "", code=invite.code, inviteeId="cy")
                for _ in range(100)
            )
        )
    )
    credits_ = await rows.all(
        "SELECT kind, count(*) FROM loyalty_ledger_entries WHERE invite_id IS NOT NULL "
        "GROUP BY kind ORDER BY kind"
    )
    seen = ", ".join(f"{each['kind']} {each['count']}" for each in credits_)
    figure("100 completions of one invite", "1 credit a side", seen)
    assert completed == {"CompleteReferralSuccess": 100}
    assert seen == "REFERRAL_BONUS 1, REFERRAL_WELCOME 1"
    await assert_invariants(rows)


async def test_one_members_history_is_linearizable(
    callers: Callers, make: Make, rows: Rows, figure: Figure
) -> None:
    await make.member("ada")
    operations: list[Operation] = []

    async def change(field: str, selection: str, points: int, key: str) -> None:
        began = time.monotonic()
        result = await callers.mutate(
            field, selection, userId="ada", points=abs(points), idempotencyKey=key
        )
        if "entry" in result:
            seq, balance = result["entry"]["seq"], result["entry"]["balanceAfter"]
            operations.append(Operation(began, time.monotonic(), seq, balance, points))

    async def look() -> None:
        began = time.monotonic()
        query = '{ member(userId: "ada") { ledger(first: 1) { edges { node { seq balanceAfter }}}}}'
        edges = (await callers.ask(query))["member"]["ledger"]["edges"]
        newest = edges[0]["node"] if edges else {"seq": 0, "balanceAfter": 0}
        ended = time.monotonic()
        operations.append(Operation(began, ended, newest["seq"], newest["balanceAfter"], 0))

    async def live(number: int) -> None:
        for step in range(15):
            await change("earnPoints", EARNED, number + 3, f"earn-{number}-{step}")
            await look()
            await change("redeemPoints", REDEEMED, -2, f"redeem-{number}-{step}")

    await asyncio.gather(*(live(number) for number in range(8)))

    found = anomalies(operations)
    changes = sum(1 for each in operations if each.points)
    figure(f"a history of {len(operations)} operations", "0 anomalies", len(found))
    assert found == []
    assert await rows.value("SELECT ledger_seq FROM loyalty_members") == changes
    await assert_invariants(rows)
