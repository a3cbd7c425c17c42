"""What many callers do at once to two servers under production limits, and what comes of it."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from db.repositories.ledger_batches import LOCK_TIMEOUT_MS
from tests.fixtures.actors import ADMIN, OTHER_ADMIN
from tests.fixtures.concurrent_changes import BATCHES
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.figures import Figure
from tests.stress.callers import Callers
from tests.stress.soundness import assert_sound

pytestmark = pytest.mark.promised

EARNED = "... on EarnPointsSuccess { entry { id seq balanceAfter } }"
BALANCE = "... on InsufficientPoints { balance }"


def kinds(results: list[Any]) -> dict[str, int]:
    """How many results there are of each type."""
    return dict(Counter(result["__typename"] for result in results))


def counts_text(kinds: dict[str, int]) -> str:
    """Returns the counts as text for a figure."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


async def earned(callers: Callers, points: Iterable[int], **fields: Any) -> list[Any]:
    """Has points earned at once, all with one key."""
    return await asyncio.gather(
        *(
            callers.mutate("earnPoints", EARNED, points=each, idempotencyKey="key", **fields)
            for each in points
        )
    )


async def test_redemptions(
    callers: Callers, make: Make, rows: Rows, figure: Figure, database_url: str
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.earned("ada", 1_000)

    results = await asyncio.gather(
        *(
            callers.mutate(
                "redeemPoints", BALANCE, userId="ada", points=100, idempotencyKey=f"key-{number}"
            )
            for number in range(200)
        )
    )

    figure(
        "200 redemptions at once of 100 from 1,000",
        "10 succeed, 190 InsufficientPoints, nothing else",
        f"{counts_text(kinds(results))}; {len(callers.refusals)} tries refused",
    )
    assert kinds(results) == {"RedeemPointsSuccess": 10, "InsufficientPoints": 190}
    assert callers.refusals == []
    assert {each["balance"] for each in results if "balance" in each} == {0}
    assert await rows.value("SELECT points_balance FROM loyalty_members") == 0
    await assert_sound(database_url)


async def test_a_hot_member(
    callers: Callers, make: Make, rows: Rows, faults: Faults, figure: Figure, database_url: str
) -> None:
    await make.baseline_tiers()
    await make.member("ada")
    points = range(1, 201)

    async with faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
        earning = [
            asyncio.ensure_future(
                callers.mutate(
                    "earnPoints", EARNED, userId="ada", points=each, idempotencyKey=f"key-{each}"
                )
            )
            for each in points
        ]
        # For longer than a group waits for a member whom somebody holds.
        await faults.somebody_waits(2, for_ms=2 * LOCK_TIMEOUT_MS)
    results = await asyncio.gather(*earning)

    groups: Any = await rows.value(BATCHES)
    figure(
        "200 credits at once of one member, held for longer than a group waits",
        "all succeed at the first try, and none is lost or counted twice",
        f"{counts_text(kinds(results))} in {groups} transactions; "
        f"{len(callers.refusals)} tries refused",
    )
    assert kinds(results) == {"EarnPointsSuccess": 200}
    assert callers.refusals == []
    # A few, where those who have waited stay together; as many as calls, where they go alone.
    assert groups <= 100
    written = sorted((each["entry"]["seq"], each["entry"]["balanceAfter"]) for each in results)
    assert [seq for seq, _ in written] == list(points)
    balances = [balance for _, balance in written]
    assert sorted(after - before for before, after in pairwise([0, *balances])) == list(points)
    assert await rows.value("SELECT points_balance FROM loyalty_members") == sum(points)
    await assert_sound(database_url)


async def test_one_key(
    callers: Callers, make: Make, rows: Rows, figure: Figure, database_url: str
) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    answers = await earned(callers, [7] * 50, userId="ada")

    entries = await rows.value("SELECT count(*) FROM loyalty_ledger_entries")
    equal = sum(answer == answers[0] for answer in answers)
    figure(
        "50 calls at once with one key",
        "1 entry, 50 equal answers",
        f"{entries} entry, {equal} equal answers",
    )
    assert (entries, equal) == (1, 50)
    await assert_sound(database_url)


async def test_one_key_with_other_inputs(
    callers: Callers, make: Make, rows: Rows, figure: Figure, database_url: str
) -> None:
    await make.member("ada")

    results = await earned(callers, range(1, 51), userId="ada")

    figure(
        "one key with 50 inputs at once",
        "1 succeeds, 49 IDEMPOTENCY_KEY_REUSED",
        counts_text(kinds(results)),
    )
    assert kinds(results) == {"EarnPointsSuccess": 1, "IdempotencyKeyReused": 49}
    assert {each.get("code", "IDEMPOTENCY_KEY_REUSED") for each in results} == {
        "IDEMPOTENCY_KEY_REUSED"
    }
    assert await rows.value("SELECT ledger_seq FROM loyalty_members") == 1
    await assert_sound(database_url)


async def test_one_key_of_two_actors(
    callers: Callers, make: Make, rows: Rows, figure: Figure, database_url: str
) -> None:
    await make.member("ada")

    answers = await asyncio.gather(
        *(earned(callers.of(actor), [7] * 25, userId="ada") for actor in [ADMIN, OTHER_ADMIN])
    )

    entries = {each["entry"]["id"] for answer in answers for each in answer}
    by_actor = await rows.all(
        "SELECT actor_id, count(*) FROM loyalty_ledger_entries GROUP BY actor_id ORDER BY actor_id"
    )
    figure(
        "one key of 2 actors, 25 calls each",
        "independent: 1 entry each",
        ", ".join(f"{each['actor_id']} {each['count']}" for each in by_actor),
    )
    assert by_actor == [
        {"actor_id": actor.subject, "count": 1}
        for actor in sorted([ADMIN, OTHER_ADMIN], key=lambda actor: actor.subject)
    ]
    assert len(entries) == 2
    await assert_sound(database_url)


async def test_completions(
    callers: Callers, make: Make, rows: Rows, figure: Figure, database_url: str
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.user("bob")
    invite = await make.invite("ada", invitee_reward_points=50)

    completed = kinds(
        await asyncio.gather(
            *(
                callers.mutate("completeReferral", "", code=invite.code, inviteeId="bob")
                for _ in range(100)
            )
        )
    )

    credits_ = await rows.all(
        "SELECT kind, count(*) FROM loyalty_ledger_entries GROUP BY kind ORDER BY kind"
    )
    seen = ", ".join(f"{each['kind']} {each['count']}" for each in credits_)
    figure("100 completions at once of one invite", "1 credit a side", seen)
    assert completed == {"CompleteReferralSuccess": 100}
    assert seen == "REFERRAL_BONUS 1, REFERRAL_WELCOME 1"
    await assert_sound(database_url)
