"""However many complete a referral at once, each side is credited once and the first one wins."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

CONVERTED = """... on CompleteReferralSuccess {
  replayed
  invite { id code status completedAt }
  referrer { userId pointsBalance }
  invitee { userId pointsBalance }
  referrerEntry { id seq points }
  inviteeEntry { id seq points }
}"""


async def complete(api: Api, code: str, invitee_id: str) -> Any:
    """Completes a referral."""
    return await api.mutate("completeReferral", CONVERTED, code=code, inviteeId=invitee_id)


def kinds(results: list[Any]) -> Counter[str]:
    """How many results there are of each type."""
    return Counter(result["__typename"] for result in results)


@pytest.mark.parametrize("count", [20, 100])
@pytest.mark.parametrize("by", ["invite", "share code"])
async def test_completing_it_many_times_credits_each_side_once(
    api: Api, make: Make, rows: Rows, by: str, count: int
) -> None:
    await make.baseline_tiers()
    member = await make.member("ada")
    await make.user("bob")
    invite = await make.invite("ada", invitee_reward_points=1_000)
    code = invite.code if by == "invite" else member.referral_code

    results = await asyncio.gather(*(complete(api, code, "bob") for _ in range(count)))

    assert [each.pop("replayed") for each in results].count(False) == 1
    assert all(each == results[0] for each in results)
    assert results[0]["referrer"] == {"userId": "ada", "pointsBalance": 500}
    two_sided = by == "invite"
    assert results[0]["invitee"] == {"userId": "bob", "pointsBalance": 1_000 if two_sided else 0}
    assert await rows.value("SELECT count(*) FROM loyalty_ledger_entries") == 1 + two_sided
    assert await rows.value("SELECT count(*) FROM outbox_events") == 0 + two_sided
    await assert_invariants(rows)


async def test_both_interfaces_complete_it_once(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.user("bob")
    code = (await make.invite("ada")).code

    async def over_rest() -> bool:
        answer = await api.request(
            "POST", "/api/v1/loyalty/referrals/complete", json={"code": code, "inviteeId": "bob"}
        )
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["replayed"])

    async def over_graphql() -> bool:
        return bool((await complete(api, code, "bob"))["replayed"])

    replayed = await asyncio.gather(*(call() for call in [over_rest, over_graphql] * 10))

    assert replayed.count(False) == 1
    await assert_invariants(rows)


async def test_one_invite_converts_for_one_of_many_invitees(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    ids = [f"user-{number:02}" for number in range(20)]
    for user_id in ids:
        await make.user(user_id)
    code = (await make.invite("ada", invitee_reward_points=50)).code

    results = await asyncio.gather(*(complete(api, code, user_id) for user_id in ids))

    assert kinds(results) == {"CompleteReferralSuccess": 1, "InviteAlreadyConverted": 19}
    await assert_invariants(rows)


async def test_of_many_invites_for_one_invitee_one_wins(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("newcomer")
    # Their ids sort on both sides of the invitee's.
    referrers = [f"{letter}-user" for letter in "abcdefuvwxyz"]
    codes = []
    for user_id in referrers:
        await make.user(user_id)
        codes.append((await make.invite(user_id, invitee_reward_points=50)).code)

    results = await asyncio.gather(*(complete(api, code, "newcomer") for code in codes))

    assert kinds(results) == {"CompleteReferralSuccess": 1, "InviteeAlreadyReferred": 11}
    assert await rows.value("SELECT count(*) FROM loyalty_referral_attributions") == 1
    await assert_invariants(rows)


async def test_one_share_code_brings_many_in(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    code = (await make.member("ada")).referral_code
    ids = [f"user-{number:02}" for number in range(20)]
    for user_id in ids:
        await make.user(user_id)

    results = await asyncio.gather(*(complete(api, code, user_id) for user_id in ids * 2))

    assert kinds(results) == {"CompleteReferralSuccess": 40}
    assert [each["replayed"] for each in results].count(False) == 20
    assert await rows.value("SELECT points_balance FROM loyalty_members WHERE user_id = 'ada'") == (
        20 * 500
    )
    await assert_invariants(rows)


async def test_crossing_referrals_both_win(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    crossing: list[tuple[str, str]] = []
    for number in range(8):
        ids = [f"a-{number}", f"b-{number}"]
        for user_id in ids:
            await make.user(user_id)
        for referrer, invitee in (ids, reversed(ids)):
            code = (await make.invite(referrer, invitee_reward_points=200)).code
            crossing.append((code, invitee))

    results = await asyncio.gather(*(complete(api, code, to) for code, to in crossing * 2))

    # Neither rules the other out, and none may fail of a deadlock.
    assert kinds(results) == {"CompleteReferralSuccess": 32}
    assert [each["replayed"] for each in results].count(False) == 16
    assert await rows.all("SELECT points_balance, count(*) FROM loyalty_members GROUP BY 1") == [
        {"points_balance": 700, "count": 16}
    ]
    await assert_invariants(rows)


async def test_crossing_share_codes_of_members_who_are_not_yet_members(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    # Referrers are members, invitees become members by it: rows are made and locked in one go.
    codes = [(await make.member(f"m-{number}")).referral_code for number in range(6)]
    invitees = [f"{letter}-{number}" for letter in "az" for number in range(6)]
    for user_id in invitees:
        await make.user(user_id)

    results = await asyncio.gather(
        *(complete(api, code, user_id) for code in codes for user_id in invitees)
    )

    assert kinds(results) == {"CompleteReferralSuccess": 12, "InviteeAlreadyReferred": 60}
    await assert_invariants(rows)


async def test_an_invite_is_either_converted_or_cancelled(api: Api, make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    codes: list[tuple[str, str]] = []
    for number in range(10):
        await make.user(f"user-{number}")
        codes.append(((await make.invite("ada")).code, f"user-{number}"))

    async def cancel(code: str) -> Any:
        return await api.mutate(
            "cancelReferralInvite",
            "... on CancelReferralInviteSuccess { invite { status } }",
            code=code,
        )

    results = await asyncio.gather(
        *(call for code, to in codes for call in (complete(api, code, to), cancel(code)))
    )

    for completion, cancellation in zip(results[::2], results[1::2], strict=True):
        assert [completion["__typename"], cancellation["__typename"]] in [
            ["CompleteReferralSuccess", "InviteAlreadyConverted"],
            ["InviteCancelled", "CancelReferralInviteSuccess"],
        ]
    await assert_invariants(rows)


@pytest.mark.parametrize("by", ["invite", "share code"])
@pytest.mark.parametrize("first", ["the same", "another"])
async def test_who_waited_for_another_completion_knows_what_came_of_it(
    api: Api, make: Make, rows: Rows, faults: Faults, by: str, first: str
) -> None:
    codes = {}
    for user_id in ("ada", "cy"):
        member = await make.member(user_id)
        codes[user_id] = (
            (await make.invite(user_id)).code if by == "invite" else member.referral_code
        )
    await make.member("bob")

    async with faults.held_up("INSERT ON loyalty_ledger_entries"):
        earlier = asyncio.create_task(
            complete(api, codes["ada" if first == "the same" else "cy"], "bob")
        )
        await faults.somebody_waits(1)
        # It has begun before the earlier one is there to be seen.
        later = asyncio.create_task(complete(api, codes["ada"], "bob"))
        await faults.somebody_waits(2)

    assert (await earlier)["replayed"] is False
    if first == "the same":
        assert await later == await earlier | {"replayed": True}
    else:
        assert (await later)["__typename"] == "InviteeAlreadyReferred"
    assert await rows.value("SELECT count(*) FROM loyalty_ledger_entries") == 1
    await assert_invariants(rows)


async def test_who_waited_for_a_cancellation_sees_it(
    api: Api, make: Make, rows: Rows, faults: Faults
) -> None:
    await make.member("ada")
    await make.member("bob")
    code = (await make.invite("ada")).code

    async with faults.held_up("UPDATE ON loyalty_referral_invites"):
        cancelling = asyncio.create_task(api.mutate("cancelReferralInvite", "", code=code))
        await faults.somebody_waits(1)
        completing = asyncio.create_task(complete(api, code, "bob"))
        await faults.somebody_waits(2)

    assert (await cancelling)["__typename"] == "CancelReferralInviteSuccess"
    assert (await completing)["__typename"] == "InviteCancelled"
    await assert_invariants(rows)
