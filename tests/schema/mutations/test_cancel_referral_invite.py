"""`cancelReferralInvite`: an admin withdraws an invite that nobody has used.

To cancel a cancelled invite is answered as before. A member's share code is no invite.
"""

from typing import Any

from domain.timestamps import serialized
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, assert_uncoercible, bad_texts, complaints
from tests.fixtures.selections import INVITE, gid, iso

SUCCESS = f"... on CancelReferralInviteSuccess {{ replayed invite {{ {INVITE} }} }}"
NOT_FOUND = "... on ReferralCodeNotFound { referralCode }"
GOOD: dict[str, Any] = {"code": "0123456789"}
BAD: list[Case] = [*bad_texts("code", 200), *bad_texts("idempotencyKey", 255)]


class TestSuccess:
    async def test_answers_and_writes_the_whole_invite(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        invite = await make.invite("ada", invitee_email="bob@example.com", metadata={"a": 1})
        other = await make.invite("ada")

        result = await api.mutate("cancelReferralInvite", SUCCESS, code=invite.code)

        [row] = await rows.all(
            "SELECT * FROM loyalty_referral_invites WHERE code = :code", code=invite.code
        )
        assert invite.expires_at is not None
        assert result == {
            "__typename": "CancelReferralInviteSuccess",
            "replayed": False,
            "invite": {
                "id": gid("ReferralInvite", invite.id, "ada"),
                "code": invite.code,
                "source": "ISSUED",
                "status": "CANCELLED",
                "inviteeEmail": "bob@example.com",
                "rewardPoints": 500,
                "inviteeRewardPoints": 0,
                "metadata": {"a": 1},
                "expiresAt": serialized(invite.expires_at),
                "completedAt": None,
                "cancelledAt": iso(row["cancelled_at"]),
                "createdAt": serialized(invite.created_at),
                "referrer": {"userId": "ada"},
                "invitee": None,
            },
        }
        assert row["status"] == "CANCELLED"
        by_code = "SELECT status FROM loyalty_referral_invites WHERE code = :code"
        assert await rows.value(by_code, code=other.code) == "SENT"

    async def test_a_sloppily_typed_code_will_do(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code

        typed = f" {code[:4].lower()}-{code[4:7]} {code[7:].lower()}".replace("1", "l")
        result = await api.mutate("cancelReferralInvite", SUCCESS, code=typed.replace("0", "o"))

        assert result["invite"]["code"] == code
        assert await rows.value("SELECT status FROM loyalty_referral_invites") == "CANCELLED"

    async def test_cancelled_again_it_is_a_replay(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code
        first = await api.mutate("cancelReferralInvite", SUCCESS, code=code)

        async with rows.unchanged():
            second = await api.mutate("cancelReferralInvite", SUCCESS, code=code)

        assert second == first | {"replayed": True}

    async def test_a_cancelled_invite_stays_cancelled_after_its_time(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code
        await api.mutate("cancelReferralInvite", SUCCESS, code=code)
        await rows.execute("UPDATE loyalty_referral_invites SET expires_at = now()")

        result = await api.mutate("cancelReferralInvite", SUCCESS, code=code)

        assert (result["replayed"], result["invite"]["status"]) == (True, "CANCELLED")


class TestRefusals:
    async def test_a_code_of_nobody(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.invite("ada")

        for code in ["0123456789", "01234567", "no code at all", "0123456789ABC", "ÅÅÅÅÅÅÅÅ", "'"]:
            async with rows.unchanged():
                result = await api.mutate("cancelReferralInvite", NOT_FOUND, code=code)

            assert result == {
                "__typename": "ReferralCodeNotFound",
                "code": "REFERRAL_CODE_NOT_FOUND",
                "message": f"No referral code '{code}' exists. Check it for typing errors.",
                "referralCode": code,
            }

    async def test_a_share_code(self, api: Api, make: Make, rows: Rows) -> None:
        member = await make.member("ada")

        async with rows.unchanged():
            result = await api.mutate("cancelReferralInvite", NOT_FOUND, code=member.referral_code)

        assert result["referralCode"] == member.referral_code

    async def test_an_expired_invite(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code
        await rows.execute("UPDATE loyalty_referral_invites SET expires_at = now()")
        expired_at = iso(await rows.value("SELECT expires_at FROM loyalty_referral_invites"))

        async with rows.unchanged():
            result = await api.mutate(
                "cancelReferralInvite", "... on InviteExpired { expiredAt }", code=code
            )

        assert result == {
            "__typename": "InviteExpired",
            "code": "INVITE_EXPIRED",
            "message": f"The invite expired at {expired_at}. Issue a new one.",
            "expiredAt": expired_at,
        }

    async def test_a_converted_invite(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.user("bob")
        code = (await make.invite("ada")).code
        converted = await make.converted(code, "bob")
        assert converted.invite.completed_at is not None
        completed_at = serialized(converted.invite.completed_at)

        async with rows.unchanged():
            result = await api.mutate(
                "cancelReferralInvite",
                "... on InviteAlreadyConverted { completedAt }",
                code=code,
            )

        assert result == {
            "__typename": "InviteAlreadyConverted",
            "code": "INVITE_ALREADY_CONVERTED",
            "message": f"The invite was converted at {completed_at}. It counts only once.",
            "completedAt": completed_at,
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.invite("ada")

        async with rows.unchanged():
            assert await complaints(api, "cancelReferralInvite", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, rows: Rows) -> None:
        cases: list[dict[str, Any]] = [
            *({"code": value} for value in [None, 5, 1.5, True, ["a"]]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "cancelReferralInvite", GOOD, cases)
