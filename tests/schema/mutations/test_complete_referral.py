"""`completeReferral`: an admin says who came by which code, and the referrer is credited.

The code is an invite's, or a member's share code, for which an invite is made and converted at
once. Attribution, conversion, credits, tiers and events come together.
"""

import pytest

from app.config.settings import Settings
from domain.timestamps import serialized
from tests.fixtures.completions import CREDITS, SUCCESS, side
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import gid, iso

pytestmark = pytest.mark.usefixtures("ada_and_bob")


class TestByInviteCode:
    async def test_one_sided_answers_and_writes_the_whole_conversion(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        invite = await make.invite("ada", invitee_email="b@example.com", metadata={"a": 1})

        result = await api.mutate("completeReferral", SUCCESS, code=invite.code, inviteeId="bob")

        [row] = await rows.all("SELECT * FROM loyalty_referral_invites")
        [entry] = await rows.all("SELECT * FROM loyalty_ledger_entries")
        assert invite.expires_at is not None
        assert result == {
            "__typename": "CompleteReferralSuccess",
            "replayed": False,
            "invite": {
                "id": gid("ReferralInvite", invite.id, "ada"),
                "code": invite.code,
                "source": "ISSUED",
                "status": "CONVERTED",
                "inviteeEmail": "b@example.com",
                "rewardPoints": 500,
                "inviteeRewardPoints": 0,
                "metadata": {"a": 1},
                "expiresAt": serialized(invite.expires_at),
                "completedAt": iso(row["completed_at"]),
                "cancelledAt": None,
                "createdAt": serialized(invite.created_at),
                "referrer": {"userId": "ada"},
                "invitee": {"userId": "bob"},
            },
            "referrer": side("ada", 500),
            "invitee": side("bob", 0),
            "referrerEntry": {
                "id": gid("LedgerEntry", 1, "ada"),
                "seq": 1,
                "kind": "REFERRAL_BONUS",
                "points": 500,
                "balanceAfter": 500,
                "description": None,
                "reference": invite.code,
                "metadata": {},
                "createdAt": iso(entry["created_at"]),
                "reverses": None,
                "actorId": "ops",
            },
            "inviteeEntry": None,
        }
        assert (row["status"], row["invitee_id"]) == ("CONVERTED", "bob")
        assert (entry["member_id"], entry["invite_id"]) == ("ada", invite.id)
        attributions = (
            "SELECT invitee_id, referrer_id, invite_id FROM loyalty_referral_attributions"
        )
        assert await rows.all(attributions) == [
            {"invitee_id": "bob", "referrer_id": "ada", "invite_id": invite.id}
        ]

    async def test_two_sided_credits_both(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada", reward_points=700, invitee_reward_points=300)).code

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert (result["referrer"], result["invitee"]) == (side("ada", 700), side("bob", 300))
        entries = result["referrerEntry"], result["inviteeEntry"]
        assert [entry["kind"] for entry in entries] == ["REFERRAL_BONUS", "REFERRAL_WELCOME"]
        assert [entry["id"] for entry in entries] == [
            gid("LedgerEntry", 1, "ada"),
            gid("LedgerEntry", 1, "bob"),
        ]
        assert await rows.all(CREDITS) == [
            {"member_id": "ada", "kind": "REFERRAL_BONUS", "points": 700, "reference": code},
            {"member_id": "bob", "kind": "REFERRAL_WELCOME", "points": 300, "reference": code},
        ]

    async def test_the_order_of_the_ids_does_not_matter(self, api: Api, make: Make) -> None:
        code = (await make.invite("bob", reward_points=700, invitee_reward_points=300)).code

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="ada")

        assert (result["referrer"], result["invitee"]) == (side("bob", 700), side("ada", 300))
        assert result["inviteeEntry"]["id"] == gid("LedgerEntry", 1, "ada")

    async def test_an_invite_that_never_expires(self, api: Api, make: Make) -> None:
        code = (await make.invite("ada", expires_in_days=None)).code

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert result["invite"]["status"] == "CONVERTED"

    async def test_a_referrer_brings_in_several(self, api: Api, make: Make) -> None:
        await make.user("cy")
        for user_id, balance in [("bob", 500), ("cy", 1_000)]:
            code = (await make.invite("ada")).code
            result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId=user_id)
            assert result["referrer"]["pointsBalance"] == balance


class TestByShareCode:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"referral_invitee_reward_points": 50})

    async def test_makes_an_invite_by_default_terms_and_converts_it_at_once(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        share_code = (await make.member("ada")).referral_code

        result = await api.mutate("completeReferral", SUCCESS, code=share_code, inviteeId="bob")

        [row] = await rows.all("SELECT * FROM loyalty_referral_invites")
        assert len(str(row["code"])) == 10
        assert result["invite"] == {
            "id": gid("ReferralInvite", row["id"], "ada"),
            "code": row["code"],
            "source": "SHARE_CODE",
            "status": "CONVERTED",
            "inviteeEmail": None,
            "rewardPoints": 500,
            "inviteeRewardPoints": 50,
            "metadata": {},
            "expiresAt": iso(row["expires_at"]),
            "completedAt": iso(row["completed_at"]),
            "cancelledAt": None,
            "createdAt": iso(row["created_at"]),
            "referrer": {"userId": "ada"},
            "invitee": {"userId": "bob"},
        }
        assert (result["referrer"], result["invitee"]) == (side("ada", 500), side("bob", 50))
        code = row["code"]
        assert await rows.all(CREDITS) == [
            {"member_id": "ada", "kind": "REFERRAL_BONUS", "points": 500, "reference": code},
            {"member_id": "bob", "kind": "REFERRAL_WELCOME", "points": 50, "reference": code},
        ]

    async def test_the_same_share_code_brings_in_several(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("cy")
        share_code = (await make.member("ada")).referral_code

        await api.mutate("completeReferral", SUCCESS, code=share_code, inviteeId="bob")
        result = await api.mutate("completeReferral", SUCCESS, code=share_code, inviteeId="cy")

        assert (result["replayed"], result["referrer"]) == (False, side("ada", 1_000))
        assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 2


class TestTyping:
    @pytest.mark.parametrize("kind", ["invite", "share code"])
    async def test_case_spaces_hyphens_and_lookalikes_are_forgiven(
        self, api: Api, make: Make, rows: Rows, kind: str
    ) -> None:
        member = await make.member("ada")
        invite = await make.invite("ada")
        table = "loyalty_referral_invites" if kind == "invite" else "loyalty_members"
        column = "code" if kind == "invite" else "referral_code"
        present = invite.code if kind == "invite" else member.referral_code
        # A code with every digit that has a lookalike.
        code = "01" + present[2:]
        await rows.execute(f"UPDATE {table} SET {column} = '{code}'")
        await rows.execute(
            f"UPDATE loyalty_referral_codes SET code = '{code}' WHERE code = '{present}'"
        )

        result = await api.mutate(
            "completeReferral",
            SUCCESS,
            code=f"  oL-{code[2:5].lower()} - {code[5:].lower()}- ",
            inviteeId="bob",
        )

        assert result["referrer"] == side("ada", 500)


class TestTiers:
    async def test_an_upgrade_is_recorded_on_both_sides(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        code = (await make.invite("ada", reward_points=5_000, invitee_reward_points=1_000)).code

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert result["referrer"] == side("ada", 5_000, "gold")
        assert result["invitee"] == side("bob", 1_000, "silver")
        events = "SELECT kind, user_id, payload->>'tierSlug' AS tier FROM outbox_events ORDER BY 2"
        assert await rows.all(events) == [
            {"kind": "TIER_UPGRADED", "user_id": "ada", "tier": "gold"},
            {"kind": "TIER_UPGRADED", "user_id": "bob", "tier": "silver"},
        ]


class TestOnboarding:
    async def test_within_the_window(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        await rows.execute(
            "UPDATE users SET created_at = now() - interval '29 days 23 hours' WHERE id = 'bob'"
        )

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert result["__typename"] == "CompleteReferralSuccess"

    async def test_the_referrer_may_be_a_user_of_old(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        code = (await make.invite("ada")).code
        await rows.execute("UPDATE users SET created_at = '2001-01-01' WHERE id = 'ada'")

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert result["__typename"] == "CompleteReferralSuccess"


class TestWithoutAnOnboardingLimit:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"referral_onboarding_days": None})

    async def test_everybody_is_new(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        await rows.execute("UPDATE users SET created_at = '2001-01-01'")

        result = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert result["__typename"] == "CompleteReferralSuccess"
