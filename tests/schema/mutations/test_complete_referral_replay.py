"""`completeReferral`: the same code with the same invitee again.

It is answered as before and credits nobody twice, with whatever key.
"""

from typing import Any

import pytest

from tests.fixtures.completions import CREDITS, SUCCESS, side
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

pytestmark = pytest.mark.usefixtures("ada_and_bob")


class TestReplay:
    @pytest.fixture(params=["invite", "share code"])
    async def code(self, make: Make, request: pytest.FixtureRequest) -> str:
        if request.param == "invite":
            return (await make.invite("ada", invitee_reward_points=100)).code
        return (await make.member("ada")).referral_code

    async def test_without_a_key_writes_nothing_again(
        self, api: Api, rows: Rows, code: str
    ) -> None:
        first = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        async with rows.unchanged():
            second = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert first["replayed"] is False
        assert second == first | {"replayed": True}

    async def test_with_another_key_writes_the_key_alone(
        self, api: Api, rows: Rows, code: str
    ) -> None:
        call: dict[str, Any] = {"code": code, "inviteeId": "bob"}
        first = await api.mutate("completeReferral", SUCCESS, **call, idempotencyKey="k1")
        credits_before = await rows.all(CREDITS)

        second = await api.mutate("completeReferral", SUCCESS, **call, idempotencyKey="k2")
        async with rows.unchanged():
            third = await api.mutate("completeReferral", SUCCESS, **call, idempotencyKey="k2")

        assert second == third == first | {"replayed": True}
        assert await rows.all(CREDITS) == credits_before
        assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 1
        keys = "SELECT key FROM idempotency_keys WHERE actor_id = 'ops' ORDER BY key"
        assert await rows.all(keys) == [{"key": "k1"}, {"key": "k2"}]

    async def test_when_it_would_no_longer_be_allowed(
        self, api: Api, rows: Rows, code: str
    ) -> None:
        first = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")
        await rows.execute("UPDATE users SET created_at = '2001-01-01', email = 'a@example.com'")
        await rows.execute("UPDATE loyalty_referral_invites SET expires_at = '2001-01-01'")

        second = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert second["replayed"] is True
        assert second["referrerEntry"] == first["referrerEntry"]

    async def test_totals_are_as_they_are_now_and_entries_as_they_were(
        self, api: Api, make: Make, code: str
    ) -> None:
        first = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")
        await make.earned("ada", 7)

        second = await api.mutate("completeReferral", SUCCESS, code=code, inviteeId="bob")

        assert second["referrer"] == side("ada", 507)
        assert second["referrerEntry"] == first["referrerEntry"]
        assert second["invitee"] == first["invitee"]
