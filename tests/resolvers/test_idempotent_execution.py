"""`once` under way: who comes with a key that is in use waits, and takes over what failed."""

import asyncio
from typing import Any

import pytest

from schema.types.node import global_id
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

REFERRALS = "/api/v1/loyalty/members/ada/referrals"
INVITE = "... on IssueReferralInviteSuccess { replayed invite { code rewardPoints } }"
ENTRY = "... on EarnPointsSuccess { replayed entry { id seq points } }"


async def issue(api: Api, reward: int = 5) -> Any:
    """Issues an invite in ada's name, always by the same key."""
    return await api.mutate(
        "issueReferralInvite", INVITE, userId="ada", rewardPoints=reward, idempotencyKey="key"
    )


@pytest.fixture
async def ada(make: Make) -> None:
    """A member without points."""
    await make.baseline_tiers()
    await make.member("ada")


@pytest.mark.usefixtures("ada")
class TestAKeyInUse:
    async def test_a_repeat_waits_for_the_first_and_is_its_replay(
        self, api: Api, rows: Rows, faults: Faults
    ) -> None:
        async with faults.held_up("INSERT ON loyalty_referral_invites"):
            first = asyncio.create_task(issue(api))
            await faults.somebody_waits(1)
            second = asyncio.create_task(issue(api))
            await faults.somebody_waits(2)
            assert not second.done()

        assert await second == await first | {"replayed": True}
        await assert_invariants(rows)

    async def test_another_request_waits_for_the_first_and_is_refused(
        self, api: Api, rows: Rows, faults: Faults
    ) -> None:
        async with faults.held_up("INSERT ON loyalty_referral_invites"):
            first = asyncio.create_task(issue(api, reward=5))
            await faults.somebody_waits(1)
            second = asyncio.create_task(issue(api, reward=6))
            await faults.somebody_waits(2)

        assert (await first)["invite"]["rewardPoints"] == 5
        assert (await second)["__typename"] == "IdempotencyKeyReused"
        await assert_invariants(rows)

    async def test_whoever_waits_does_the_work_that_the_first_gave_up(
        self, api: Api, rows: Rows, faults: Faults
    ) -> None:
        async with faults.held_up("INSERT ON loyalty_referral_invites"):
            first = asyncio.create_task(issue(api, reward=5))
            await faults.somebody_waits(1)
            second = asyncio.create_task(issue(api, reward=6))
            await faults.somebody_waits(2)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first

        result = await second
        assert result["replayed"] is False
        assert result["invite"]["rewardPoints"] == 6
        await assert_invariants(rows)

    async def test_whoever_waits_does_the_work_that_was_refused_to_the_first(
        self, api: Api, make: Make, rows: Rows, faults: Faults
    ) -> None:
        entry = await make.earned("ada", 5)
        await make.redeemed("ada", 5)
        entry_id = global_id("LedgerEntry", entry.seq, "ada")
        # The refusal is held back where it is made: at the lock on the member.
        async with faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
            first = asyncio.create_task(
                api.mutate(
                    "reverseLedgerEntry",
                    "",
                    entryId=entry_id,
                    reason="A slip",
                    idempotencyKey="key",
                )
            )
            await faults.somebody_waits(1)
            second = asyncio.create_task(issue(api))
            await faults.somebody_waits(2)

        assert (await first)["__typename"] == "InsufficientPoints"
        assert (await second)["replayed"] is False
        await assert_invariants(rows)


@pytest.mark.usefixtures("ada")
class TestBothDoors:
    async def test_they_share_their_keys(self, api: Api, rows: Rows) -> None:
        issued = await api.request(
            "POST", REFERRALS, json={"rewardPoints": 70}, headers={"Idempotency-Key": "key"}
        )
        again = await api.mutate(
            "issueReferralInvite",
            "... on IssueReferralInviteSuccess { replayed invite { code } }",
            userId="ada",
            rewardPoints=70,
            idempotencyKey="key",
        )

        assert "idempotency-replayed" not in issued.headers
        assert again["replayed"] is True
        assert again["invite"]["code"] == issued.json()["code"]
        assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 1

    async def test_rest_marks_a_replay_and_refuses_another_request(
        self, api: Api, rows: Rows
    ) -> None:
        key = {"Idempotency-Key": "key"}
        first = await api.request("POST", REFERRALS, json={"rewardPoints": 70}, headers=key)

        async with rows.unchanged():
            second = await api.request("POST", REFERRALS, json={"rewardPoints": 70}, headers=key)
            other = await api.request("POST", REFERRALS, json={"rewardPoints": 71}, headers=key)

        assert second.json() == first.json()
        assert second.headers["idempotency-replayed"] == "true"
        assert other.status_code == 409
        assert other.json()["code"] == "IDEMPOTENCY_KEY_REUSED"

    async def test_concurrent_requests_issue_one_invite(self, api: Api, rows: Rows) -> None:
        answers = await asyncio.gather(
            *(
                api.request("POST", REFERRALS, json={}, headers={"Idempotency-Key": "key"})
                for _ in range(20)
            )
        )

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["code"] for answer in answers}) == 1
        replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
        assert replayed.count(None) == 1
        await assert_invariants(rows)

    async def test_without_a_key_every_request_counts(self, api: Api, rows: Rows) -> None:
        codes = {(await api.request("POST", REFERRALS, json={})).json()["code"] for _ in range(3)}
        assert len(codes) == 3
        await assert_invariants(rows)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"metadata": {"a": 1, "b": [2]}}, {"metadata": {"b": [2], "a": 1}}),
        ({"metadata": {}}, {}),
        ({"description": None}, {}),
        ({"description": "  An order "}, {"description": "An order"}),
    ],
)
async def test_requests_that_mean_the_same_are_the_same(
    api: Api, rows: Rows, one: dict[str, Any], other: dict[str, Any]
) -> None:
    common: dict[str, Any] = {"userId": "ada", "points": 5, "idempotencyKey": "key"}
    await api.mutate("earnPoints", ENTRY, **common, **one)
    async with rows.unchanged():
        again = await api.mutate("earnPoints", ENTRY, **common, **other)
    assert again["replayed"] is True


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "other",
    [
        {"metadata": {"a": True}},
        {"metadata": {"a": "1"}},
        {"metadata": {"a": 1}, "description": "x"},
        {"metadata": {"a": 1}, "reference": "x"},
    ],
)
async def test_requests_that_differ_in_anything_differ(
    api: Api, rows: Rows, other: dict[str, Any]
) -> None:
    common: dict[str, Any] = {"userId": "ada", "points": 5, "idempotencyKey": "key"}
    await api.mutate("earnPoints", ENTRY, **common, metadata={"a": 1})
    async with rows.unchanged():
        again = await api.mutate("earnPoints", ENTRY, **common, **other)
    assert again["__typename"] == "IdempotencyKeyReused"
