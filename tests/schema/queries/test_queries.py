"""The queries that look one thing up: tiers, invites by code, and ledger entries."""

from typing import Any

import pytest

from domain.timestamps import serialized
from tests.fixtures.actors import ADA, ADMIN, BOB, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import ENTRY, INVITE, TIER, gid, iso


class TestTiers:
    @pytest.fixture(autouse=True)
    async def past(self, make: Make, api: Api) -> None:
        for slug, threshold in [("gold", 500), ("bronze", 0), ("relic", 200), ("silver", 100)]:
            await make.tier(slug, threshold)
        await api.mutate("archiveTier", "", slug="relic")

    async def test_the_active_ones_by_threshold_for_everybody(self, api: Api) -> None:
        data = await api.ask("{ tiers { slug isActive } }", caller=NOBODY)

        assert data["tiers"] == [
            {"slug": "bronze", "isActive": True},
            {"slug": "silver", "isActive": True},
            {"slug": "gold", "isActive": True},
        ]

    async def test_the_archived_ones_on_request(self, api: Api) -> None:
        data = await api.ask("{ tiers(includeInactive: true) { slug } }", caller=NOBODY)
        without = await api.ask("{ tiers(includeInactive: false) { slug } }", caller=NOBODY)

        slugs = [tier["slug"] for tier in data["tiers"]]
        assert slugs == ["bronze", "silver", "relic", "gold"]
        assert len(without["tiers"]) == 3

    async def test_one_by_its_slug_active_or_archived(self, api: Api, rows: Rows) -> None:
        query = f"query($slug: String!) {{ tier(slug: $slug) {{ {TIER} }} }}"
        [row] = await rows.all("SELECT * FROM loyalty_tiers WHERE slug = 'relic'")

        data = await api.ask(query, {"slug": "relic"}, caller=NOBODY)
        active = await api.ask(query, {"slug": " gold "}, caller=NOBODY)

        assert data["tier"] == {
            "id": gid("Tier", row["id"]),
            "slug": "relic",
            "name": "Relic",
            "pointThreshold": 200,
            "benefits": [],
            "isActive": False,
            "createdAt": iso(row["created_at"]),
            "updatedAt": iso(row["updated_at"]),
        }
        assert active["tier"]["isActive"] is True

    async def test_none_of_an_unknown_slug(self, api: Api) -> None:
        query = "query($slug: String!) { tier(slug: $slug) { slug } }"
        for slug in ["none", "Gold", "größe", "'", "a" * 64]:
            assert await api.ask(query, {"slug": slug}) == {"tier": None}

    @pytest.mark.parametrize("slug", ["", "  ", "a" * 65, "a\x00", "\ud800"])
    async def test_what_can_be_no_slug(self, api: Api, slug: str) -> None:
        answer = await api.graphql("query($s: String!) { tier(slug: $s) { id } }", {"s": slug})

        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.errors[0]["extensions"]["field"] == "slug"


class TestReferralInvite:
    QUERY = f"query($code: String!) {{ referralInvite(code: $code) {{ {INVITE} }} }}"

    async def ask(self, api: Api, code: str, caller: Caller = ADMIN) -> Any:
        return (await api.ask(self.QUERY, {"code": code}, caller=caller))["referralInvite"]

    async def test_the_whole_invite_however_it_is_typed(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        invite = await make.invite("ada", invitee_email="bob@example.com", metadata={"a": [1]})
        typed = f" {invite.code[:5].lower()}-{invite.code[5:].lower()} "

        found = await self.ask(api, typed)

        assert invite.expires_at is not None
        assert found == {
            "id": gid("ReferralInvite", invite.id, "ada"),
            "code": invite.code,
            "source": "ISSUED",
            "status": "SENT",
            "inviteeEmail": "bob@example.com",
            "rewardPoints": 500,
            "inviteeRewardPoints": 0,
            "metadata": {"a": [1]},
            "expiresAt": serialized(invite.expires_at),
            "completedAt": None,
            "cancelledAt": None,
            "createdAt": serialized(invite.created_at),
            "referrer": {"userId": "ada"},
            "invitee": None,
        }

    async def test_each_code_of_a_referrer_leads_to_its_own_invite(
        self, api: Api, make: Make
    ) -> None:
        await make.user("ada")
        codes = [(await make.invite("ada")).code for _ in range(3)]

        assert [(await self.ask(api, code))["code"] for code in codes] == codes

    async def test_expired_by_the_clock_alone(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code
        await rows.execute("UPDATE loyalty_referral_invites SET expires_at = now()")

        assert (await self.ask(api, code))["status"] == "EXPIRED"
        assert await rows.value("SELECT status FROM loyalty_referral_invites") == "SENT"

    async def test_the_issuer_may_see_it_and_others_not(self, api: Api, make: Make) -> None:
        await make.user("ada")
        code = (await make.invite("ada")).code
        query = "query($code: String!) { referralInvite(code: $code) { code } }"

        own = await api.ask(query, {"code": code}, caller=ADA)
        foreign = await api.ask(query, {"code": code}, caller=BOB)

        assert (own["referralInvite"], foreign["referralInvite"]) == ({"code": code}, None)

    async def test_a_share_code_is_no_invite(self, api: Api, make: Make) -> None:
        assert await self.ask(api, (await make.member("ada")).referral_code) is None

    @pytest.mark.parametrize("code", ["", " ", "0" * 201, "0\x00", "\ud800"])
    async def test_what_can_be_no_code(self, api: Api, code: str) -> None:
        answer = await api.graphql(self.QUERY, {"code": code})

        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.errors[0]["extensions"]["field"] == "code"


class TestLedgerEntry:
    async def test_the_whole_entry(self, api: Api, make: Make) -> None:
        await make.user("ada")
        entry = await make.earned(
            "ada", 5, description="An order", reference="order-1", metadata={"a": None}
        )

        data = await api.ask(
            f'{{ member(userId: "ada") {{ ledger {{ edges {{ node {{ {ENTRY} }} }} }} }} }}'
        )

        assert data["member"]["ledger"]["edges"] == [
            {
                "node": {
                    "id": gid("LedgerEntry", 1, "ada"),
                    "seq": 1,
                    "kind": "EARN",
                    "points": 5,
                    "balanceAfter": 5,
                    "description": "An order",
                    "reference": "order-1",
                    "metadata": {"a": None},
                    "createdAt": serialized(entry.created_at),
                    "reverses": None,
                    "actorId": "maker",
                }
            }
        ]
