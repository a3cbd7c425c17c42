"""Verifies, before the measurement, that all contenders answer alike and do the same work."""

import asyncio
import itertools
from typing import Any
from uuid import uuid4

from app.commands.seed import BASELINE_TIERS
from benchmarks.answers import canonical, differences
from benchmarks.contenders import ContenderFailed, Running
from benchmarks.loading import connection_to
from benchmarks.rows import WHALE, Programme, recruit_id, user_id
from benchmarks.work import PAGE_SIZE, MemberSets

# Past the highest threshold, so that the first such credit is an upgrade.
_POINTS = 30_000
_DIFFERENCES_SHOWN = 5

_STATE = """
    SELECT points_balance, lifetime_points, ledger_seq, tier_id,
        (SELECT count(*) FROM outbox_events AS event
         WHERE event.user_id = member.user_id AND kind = 'TIER_UPGRADED') AS upgrades
    FROM loyalty_members AS member WHERE user_id = $1
"""
_ADDS_UP = """
    SELECT user_id FROM loyalty_members AS member, LATERAL (
        SELECT count(*) AS entries, coalesce(sum(points), 0) AS total, max(seq) AS newest
        FROM loyalty_ledger_entries WHERE member_id = user_id
    ) AS ledger
    WHERE points_balance <> total OR ledger_seq <> entries OR newest <> entries
    LIMIT 5
"""
_UNFINISHED = "SELECT count(*) FROM idempotency_keys WHERE result IS NULL"


class WrongAnswer(ContenderFailed):
    """Two contenders answer differently, or a contender has not written what it answers."""


def prove(running: list[Running], sets: MemberSets) -> None:
    """Compares the answers to every read, and checks the rows of every write.

    Raises:
        WrongAnswer: the contenders do not do the same work.
    """
    deep = {one.contender.name: sets.cursor(one, sets.depths[1]) for one in running}
    dashboards = [("Dashboard", {"userId": reader}) for reader in sets.readers[:20]]
    for operation, variables in [
        ("Nothing", {}),
        ("Tiers", {}),
        ("Members", {}),
        *dashboards,
    ]:
        _compare(running, operation, {one.contender.name: variables for one in running})
    pages = {
        name: {"userId": user_id(WHALE), "first": PAGE_SIZE, "after": after}
        for name, after in deep.items()
    }
    _compare(running, "LedgerPage", pages)
    numbers = iter(sets.proved)
    for one in running:
        _prove_earn(one, sets, user_id(next(numbers)))
        _prove_referral(one, sets, user_id(next(numbers)))
        _prove_guard(one)


def prove_ledger(sets: MemberSets) -> None:
    """Verifies the whole ledger after the contenders have written to it.

    Raises:
        WrongAnswer: it does not add up.
    """

    async def look() -> tuple[list[Any], int]:
        async with connection_to(sets.target.url) as connection:
            return await connection.fetch(_ADDS_UP), await connection.fetchval(_UNFINISHED)

    broken, unfinished = asyncio.run(look())
    if broken or unfinished:
        raise WrongAnswer(f"the ledger of {broken} does not add up; {unfinished} keys are empty")


def _compare(running: list[Running], operation: str, variables: dict[str, Any]) -> None:
    answers = [
        (one.contender.name, _data(one, operation, variables[one.contender.name]))
        for one in running
    ]
    (first, expected), *others = answers
    for name, answer in others:
        _require_equal(f"{first} and {name} differ on {operation}", expected, answer)


def _require_equal(problem: str, expected: Any, answer: Any) -> None:
    found = list(itertools.islice(differences(expected, answer), _DIFFERENCES_SHOWN))
    if found:
        raise WrongAnswer("\n  ".join([f"{problem}:", *found]))


def _data(running: Running, operation: str, variables: Any) -> Any:
    answer = running.ask(operation, variables)
    if answer.get("errors"):
        raise WrongAnswer(f"{running.contender.name} refuses {operation}: {answer['errors']}")
    return canonical(answer["data"])


def _state(sets: MemberSets, member_id: str) -> dict[str, Any]:
    async def read() -> Any:
        async with connection_to(sets.target.url) as connection:
            return await connection.fetchrow(_STATE, member_id)

    return dict(asyncio.run(read()))


def _prove_earn(running: Running, sets: MemberSets, member_id: str) -> None:
    name, key = running.contender.name, str(uuid4())
    asked = {"userId": member_id, "points": _POINTS, "reference": "proof", "idempotencyKey": key}
    before = _state(sets, member_id)
    first = _data(running, "Earn", {"input": asked})
    expected = _earned(sets.target.programme, before)
    _require_equal(f"{name} answers earnPoints wrongly", {"earnPoints": expected}, first)
    again = _data(running, "Earn", {"input": asked})
    _require_equal(f"{name} answers a repeated key otherwise", first, again)
    other = running.ask("Earn", {"input": {**asked, "points": 1}})
    _require_written(name, sets.target.programme, before, _state(sets, member_id))
    if "balanceAfter" in str(other):
        raise WrongAnswer(f"{name} takes a used key for another request: {other}")


def _require_written(
    name: str, programme: Programme, before: dict[str, Any], after: dict[str, Any]
) -> None:
    tier_id = programme.tier_ids[programme.tier_at(before["lifetime_points"] + _POINTS)]
    totals = {
        "points_balance": before["points_balance"] + _POINTS,
        "lifetime_points": before["lifetime_points"] + _POINTS,
        "ledger_seq": before["ledger_seq"] + 1,
        "tier_id": tier_id,
        "upgrades": before["upgrades"] + (tier_id != before["tier_id"]),
    }
    _require_equal(f"{name} has not written what it answers", totals, after)


def _earned(programme: Programme, before: dict[str, Any]) -> dict[str, Any]:
    balance, lifetime = before["points_balance"] + _POINTS, before["lifetime_points"] + _POINTS
    return {
        "entry": {
            "seq": before["ledger_seq"] + 1,
            "kind": "EARN",
            "points": _POINTS,
            "balanceAfter": balance,
            "reference": "proof",
        },
        "member": {
            "pointsBalance": balance,
            "lifetimePoints": lifetime,
            "tier": {"slug": BASELINE_TIERS[programme.tier_at(lifetime)].slug},
            "progress": {"pointsToNextTier": None},
        },
    }


def _prove_referral(running: Running, sets: MemberSets, member_id: str) -> None:
    name = running.contender.name
    before = _state(sets, member_id)
    recruits = sets.target.recruit(2)
    command = {"userId": member_id, "rewardPoints": _POINTS, "idempotencyKey": str(uuid4())}
    invite = _data(running, "Issue", {"input": command})["issueReferralInvite"]["invite"]
    code = invite.pop("code")
    expected = {"status": "SENT", "rewardPoints": _POINTS}
    _require_equal(f"{name} issues another invite", expected, invite)
    asked = {"code": code, "inviteeId": recruit_id(recruits[0])}
    completed = _data(running, "Complete", {"input": asked})["completeReferral"]
    programme = sets.target.programme
    credited = _earned(programme, before)["member"]
    del credited["progress"]
    expected = {"invite": {"code": code, "status": "CONVERTED"}, "referrer": credited}
    _require_equal(f"{name} completes a referral otherwise", expected, completed)
    _require_written(name, programme, before, _state(sets, member_id))
    other = running.ask("Complete", {"input": {"code": code, "inviteeId": recruit_id(recruits[1])}})
    if "CONVERTED" in str(other.get("data")):
        raise WrongAnswer(f"{name} converts an invite twice: {other}")


def _prove_guard(running: Running) -> None:
    request = running.contender.request("Members", {})
    response = running.client.post(
        running.contender.path, content=request, headers={"authorization": "Bearer none.none.none"}
    )
    if '"userId"' in response.text:
        raise WrongAnswer(f"{running.contender.name} serves members to a forged token")
