"""`completeReferral`: whom it refuses, why, and that a refusal leaves nothing behind."""

from typing import Any

import pytest

from domain.points import POINTS_MAX
from domain.timestamps import serialized
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, assert_uncoercible, bad_texts, bad_user_ids, complaints
from tests.fixtures.selections import iso

NUMBERS = """
... on ReferralCodeNotFound { referralCode }
... on InviteExpired { expiredAt }
... on InviteCancelled { cancelledAt }
... on InviteAlreadyConverted { completedAt }
... on UserNotFound { userId }
... on SelfReferral { userId }
... on InviteeAlreadyReferred { userId }
... on InviteeNotNew { ageDays limitDays }
... on PointsLimitExceeded { total requested limit }
"""
GOOD: dict[str, Any] = {"code": "0123456789", "inviteeId": "bob"}
BAD: list[Case] = [
    *bad_texts("code", 200),
    *bad_user_ids("inviteeId"),
    *bad_texts("idempotencyKey", 255),
]
SELF = {
    "__typename": "SelfReferral",
    "code": "SELF_REFERRAL",
    "message": "The user 'ada' cannot refer themselves, by id or by e-mail address.",
    "userId": "ada",
}
REFERRED = {
    "__typename": "InviteeAlreadyReferred",
    "code": "INVITEE_ALREADY_REFERRED",
    "message": "The user 'bob' was referred before. A user is referred only once.",
    "userId": "bob",
}


@pytest.fixture(autouse=True)
async def users(make: Make) -> None:
    await make.user("ada", email="ada@example.com")
    await make.user("bob", email="bob@example.com")


async def refused(api: Api, rows: Rows, code: str, invitee_id: str) -> Any:
    async with rows.unchanged():
        return await api.mutate("completeReferral", NUMBERS, code=code, inviteeId=invitee_id)


class TestCode:
    @pytest.mark.parametrize("code", ["0123456789", "01234567", "nobody's", "0", "ÅÅÅÅÅÅÅÅ"])
    async def test_of_nobody(self, api: Api, make: Make, rows: Rows, code: str) -> None:
        await make.invite("ada")

        assert await refused(api, rows, code, "bob") == {
            "__typename": "ReferralCodeNotFound",
            "code": "REFERRAL_CODE_NOT_FOUND",
            "message": f"No referral code '{code}' exists. Check it for typing errors.",
            "referralCode": code,
        }

    async def test_of_an_expired_invite(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        await rows.execute("UPDATE loyalty_referral_invites SET expires_at = now()")
        expired_at = iso(await rows.value("SELECT expires_at FROM loyalty_referral_invites"))

        assert await refused(api, rows, code, "bob") == {
            "__typename": "InviteExpired",
            "code": "INVITE_EXPIRED",
            "message": f"The invite expired at {expired_at}. Issue a new one.",
            "expiredAt": expired_at,
        }

    async def test_of_a_cancelled_invite(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        await api.mutate("cancelReferralInvite", "", code=code)
        cancelled_at = iso(await rows.value("SELECT cancelled_at FROM loyalty_referral_invites"))

        assert await refused(api, rows, code, "bob") == {
            "__typename": "InviteCancelled",
            "code": "INVITE_CANCELLED",
            "message": f"The invite was cancelled at {cancelled_at}. Issue a new one.",
            "cancelledAt": cancelled_at,
        }

    async def test_of_an_invite_that_somebody_else_has_used(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("cy")
        invite = (await make.converted((await make.invite("ada")).code, "cy")).invite
        assert invite.completed_at is not None
        completed_at = serialized(invite.completed_at)

        assert await refused(api, rows, invite.code, "bob") == {
            "__typename": "InviteAlreadyConverted",
            "code": "INVITE_ALREADY_CONVERTED",
            "message": f"The invite was converted at {completed_at}. It counts only once.",
            "completedAt": completed_at,
        }


class TestInvitee:
    @pytest.mark.parametrize("kind", ["invite", "share code"])
    async def test_unknown(self, api: Api, make: Make, rows: Rows, kind: str) -> None:
        share_code = (await make.member("ada")).referral_code
        code = (await make.invite("ada")).code if kind == "invite" else share_code

        assert await refused(api, rows, code, "nobody") == {
            "__typename": "UserNotFound",
            "code": "USER_NOT_FOUND",
            "message": "No user has the id 'nobody'. Create it first with upsertUser.",
            "userId": "nobody",
        }

    async def test_not_new(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        await rows.execute(
            "UPDATE users SET created_at = now() - interval '30 days' WHERE id = 'bob'"
        )

        assert await refused(api, rows, code, "bob") == {
            "__typename": "InviteeNotNew",
            "code": "INVITEE_NOT_NEW",
            "message": "The invitee became a user 30 days ago; a referral counts only until "
            "30 days have passed.",
            "ageDays": 30,
            "limitDays": 30,
        }

    @pytest.mark.parametrize("first", ["invite", "share code"])
    @pytest.mark.parametrize("kind", ["invite", "share code"])
    async def test_referred_by_somebody_else(
        self, api: Api, make: Make, rows: Rows, kind: str, first: str
    ) -> None:
        cys_share_code = (await make.member("cy")).referral_code
        cys_invite_code = (await make.invite("cy")).code
        await make.converted(cys_invite_code if first == "invite" else cys_share_code, "bob")
        share_code = (await make.member("ada")).referral_code
        code = (await make.invite("ada")).code if kind == "invite" else share_code

        assert await refused(api, rows, code, "bob") == REFERRED

    @pytest.mark.parametrize(
        ("first", "second"),
        [("invite", "other invite"), ("invite", "share code"), ("share code", "invite")],
    )
    async def test_referred_by_another_code_of_the_same_referrer(
        self, api: Api, make: Make, rows: Rows, first: str, second: str
    ) -> None:
        codes = {
            "share code": (await make.member("ada")).referral_code,
            "invite": (await make.invite("ada")).code,
            "other invite": (await make.invite("ada")).code,
        }
        await make.converted(codes[first], "bob")

        assert await refused(api, rows, codes[second], "bob") == REFERRED


class TestSelfReferral:
    @pytest.mark.parametrize("kind", ["invite", "share code"])
    async def test_by_user_id(self, api: Api, make: Make, rows: Rows, kind: str) -> None:
        share_code = (await make.member("ada")).referral_code
        code = (await make.invite("ada")).code if kind == "invite" else share_code

        assert await refused(api, rows, code, "ada") == SELF

    @pytest.mark.parametrize("kind", ["invite", "share code"])
    async def test_by_the_same_address_in_another_letter_case(
        self, api: Api, make: Make, rows: Rows, kind: str
    ) -> None:
        share_code = (await make.member("ada")).referral_code
        code = (await make.invite("ada")).code if kind == "invite" else share_code
        await make.user("alter-ego", email="ADA@Example.com")

        assert await refused(api, rows, code, "alter-ego") == SELF

    async def test_two_users_without_an_address_are_two_people(self, api: Api, make: Make) -> None:
        await make.user("ada", email=None)
        await make.user("bob", email=None)
        code = (await make.invite("ada")).code

        result = await api.mutate("completeReferral", NUMBERS, code=code, inviteeId="bob")

        assert result == {"__typename": "CompleteReferralSuccess"}


class TestPointsLimit:
    @pytest.mark.parametrize(("rich", "requested"), [("ada", 500), ("bob", 300)])
    async def test_a_total_beyond_it_on_either_side_credits_neither(
        self, api: Api, make: Make, rows: Rows, rich: str, requested: int
    ) -> None:
        code = (await make.invite("ada", invitee_reward_points=300)).code
        await make.earned(rich, POINTS_MAX)

        assert await refused(api, rows, code, "bob") == {
            "__typename": "PointsLimitExceeded",
            "code": "POINTS_LIMIT_EXCEEDED",
            "message": f"{requested} points on top of {POINTS_MAX} would exceed the limit "
            f"of {POINTS_MAX} points.",
            "total": POINTS_MAX,
            "requested": requested,
            "limit": POINTS_MAX,
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.invite("ada")

        async with rows.unchanged():
            assert await complaints(api, "completeReferral", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.invite("ada")
        cases: list[dict[str, Any]] = [
            *({"code": value} for value in [None, 5, 1.5, True, ["a"]]),
            *({"inviteeId": value} for value in [None, 1.5, True, ["bob"]]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "completeReferral", GOOD, cases)
