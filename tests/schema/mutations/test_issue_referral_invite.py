"""`issueReferralInvite`: an admin issues an invite in the name of a known user.

The user becomes a member by it, if they are none. What is left out takes the operator's default;
an invite may never expire, which has to be said. Nobody invites their own address.
"""

from datetime import timedelta
from typing import Any

import pytest

from app.config.settings import Settings
from domain.codes import ALPHABET
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
    bad_emails,
    bad_metadata,
    bad_texts,
    bad_user_ids,
    complaints,
)
from tests.fixtures.selections import INVITE, gid, iso

SUCCESS = f"... on IssueReferralInviteSuccess {{ replayed invite {{ {INVITE} }} }}"
GOOD: dict[str, Any] = {"userId": "ada", "idempotencyKey": "k"}
DAYS = "expiresInDays: must be from 1 to 3650 days, or null for an invite that never expires, not"
BAD: list[Case] = [
    *bad_user_ids("userId"),
    *bad_emails("inviteeEmail"),
    *(
        (
            {"rewardPoints": points},
            f"rewardPoints: must be a whole number from 1 to 100000, not {points}.",
        )
        for points in [0, -1, 100_001, POINTS_MAX]
    ),
    *(
        (
            {"inviteeRewardPoints": points},
            f"inviteeRewardPoints: must be a whole number from 0 to 100000, not {points}.",
        )
        for points in [-1, 100_001]
    ),
    *(({"expiresInDays": days}, f"{DAYS} {days}.") for days in [0, -1, 3_651, 2**31 - 1]),
    *bad_metadata(),
    *bad_texts("idempotencyKey", 255),
]


async def lifetime(rows: Rows) -> object:
    return await rows.value("SELECT expires_at - created_at FROM loyalty_referral_invites")


class TestSuccess:
    async def test_answers_and_writes_the_whole_invite(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", email="ada@example.com")

        result = await api.mutate(
            "issueReferralInvite",
            SUCCESS,
            **GOOD,
            inviteeEmail="bob@example.com",
            rewardPoints=700,
            inviteeRewardPoints=300,
            expiresInDays=7,
            metadata={"campaign": "spring"},
        )

        [row] = await rows.all("SELECT * FROM loyalty_referral_invites")
        assert result == {
            "__typename": "IssueReferralInviteSuccess",
            "replayed": False,
            "invite": {
                "id": gid("ReferralInvite", row["id"], "ada"),
                "code": row["code"],
                "source": "ISSUED",
                "status": "SENT",
                "inviteeEmail": "bob@example.com",
                "rewardPoints": 700,
                "inviteeRewardPoints": 300,
                "metadata": {"campaign": "spring"},
                "expiresAt": iso(row["expires_at"]),
                "completedAt": None,
                "cancelledAt": None,
                "createdAt": iso(row["created_at"]),
                "referrer": {"userId": "ada"},
                "invitee": None,
            },
        }
        assert (row["referrer_id"], row["source"], row["status"]) == ("ada", "ISSUED", "SENT")
        assert (row["reward_points"], row["invitee_reward_points"]) == (700, 300)
        assert row["invitee_email"] == "bob@example.com"
        assert row["metadata"] == {"campaign": "spring"}
        assert await lifetime(rows) == timedelta(days=7)

    async def test_the_code_is_ten_characters_that_are_claimed_for_the_invite(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        result = await api.mutate("issueReferralInvite", SUCCESS, **GOOD)

        code = result["invite"]["code"]
        assert len(code) == 10
        assert set(code) <= set(ALPHABET)
        assert await rows.all(
            "SELECT owner_id, invite_id = invite.id AS is_its FROM loyalty_referral_codes AS claim"
            " JOIN loyalty_referral_invites AS invite USING (code)"
        ) == [{"owner_id": "ada", "is_its": True}]

    async def test_the_user_becomes_a_member_and_is_credited_nothing(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        await api.mutate("issueReferralInvite", SUCCESS, **GOOD)

        members = "SELECT user_id, points_balance, ledger_seq FROM loyalty_members"
        assert await rows.all(members) == [{"user_id": "ada", "points_balance": 0, "ledger_seq": 0}]

    async def test_another_key_issues_another_invite(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        one = await api.mutate("issueReferralInvite", SUCCESS, **GOOD)
        other = await api.mutate("issueReferralInvite", SUCCESS, **GOOD | {"idempotencyKey": "k2"})

        assert one["invite"]["code"] != other["invite"]["code"]
        assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 2

    async def test_somebody_without_an_address_may_invite_any(self, api: Api, make: Make) -> None:
        await make.user("ada")

        result = await api.mutate(
            "issueReferralInvite", SUCCESS, **GOOD, inviteeEmail="ada@example.com"
        )

        assert result["invite"]["inviteeEmail"] == "ada@example.com"

    async def test_values_at_their_limits_are_taken(self, api: Api, make: Make) -> None:
        await make.user("ada")

        for number, (least, days) in enumerate([(True, 1), (False, 3_650)]):
            result = await api.mutate(
                "issueReferralInvite",
                SUCCESS,
                userId="ada",
                rewardPoints=1 if least else 100_000,
                inviteeRewardPoints=0 if least else 100_000,
                expiresInDays=days,
                idempotencyKey=f"k{number}",
            )
            assert result["__typename"] == "IssueReferralInviteSuccess"


class TestDefaults:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        operators = {
            "referral_reward_points": 111,
            "referral_invitee_reward_points": 22,
            "referral_invite_ttl_days": 3,
        }
        return settings.model_copy(update=operators)

    async def test_what_is_left_out_is_as_the_operator_set_it(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        result = await api.mutate("issueReferralInvite", SUCCESS, **GOOD)

        assert result["invite"]["rewardPoints"] == 111
        assert result["invite"]["inviteeRewardPoints"] == 22
        assert result["invite"]["metadata"] == {}
        assert await lifetime(rows) == timedelta(days=3)

    async def test_null_is_the_default_too_but_for_the_expiry_where_it_means_never(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        nulls = ["inviteeEmail", "rewardPoints", "inviteeRewardPoints", "expiresInDays", "metadata"]
        nothing: dict[str, Any] = dict.fromkeys(nulls)

        result = await api.mutate("issueReferralInvite", SUCCESS, **GOOD, **nothing)

        invite = result["invite"]
        assert (invite["rewardPoints"], invite["inviteeRewardPoints"]) == (111, 22)
        assert (invite["inviteeEmail"], invite["metadata"]) == (None, {})
        assert (invite["expiresAt"], invite["status"]) == (None, "SENT")
        assert await lifetime(rows) is None

    async def test_a_welcome_of_zero_is_no_default(self, api: Api, make: Make) -> None:
        await make.user("ada")

        result = await api.mutate("issueReferralInvite", SUCCESS, **GOOD, inviteeRewardPoints=0)

        assert result["invite"]["inviteeRewardPoints"] == 0


class TestRefusals:
    async def test_an_unknown_user(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            result = await api.mutate(
                "issueReferralInvite", "... on UserNotFound { userId }", **GOOD
            )

        assert result == {
            "__typename": "UserNotFound",
            "code": "USER_NOT_FOUND",
            "message": "No user has the id 'ada'. Create it first with upsertUser.",
            "userId": "ada",
        }

    async def test_the_own_address_in_any_letter_case(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", email="Ada@example.com")

        async with rows.unchanged():
            result = await api.mutate(
                "issueReferralInvite",
                "... on SelfReferral { userId }",
                **GOOD,
                inviteeEmail="aDA@Example.COM",
            )

        assert result == {
            "__typename": "SelfReferral",
            "code": "SELF_REFERRAL",
            "message": "The user 'ada' cannot refer themselves, by id or by e-mail address.",
            "userId": "ada",
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")

        async with rows.unchanged():
            assert await complaints(api, "issueReferralInvite", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        cases: list[dict[str, Any]] = [
            *({"rewardPoints": value} for value in NOT_POINTS),
            *({"inviteeRewardPoints": value} for value in NOT_POINTS),
            *({"expiresInDays": value} for value in [1.5, "5", True, 2**31, [1]]),
            *({"inviteeEmail": value} for value in [5, True]),
            *({"userId": value} for value in [None, 1.5, True]),
            *({"idempotencyKey": value} for value in [None, 5]),
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "issueReferralInvite", GOOD, cases)
            for field in ["rewardPoints", "inviteeRewardPoints"]:
                await assert_invalid_literals(
                    api, "issueReferralInvite", GOOD, field, NOT_POINTS_LITERALS
                )
            await assert_invalid_literals(
                api, "issueReferralInvite", GOOD, "expiresInDays", ["1.5", '"5"', "2147483648"]
            )
