"""REST, trying again: the `Idempotency-Key` header, and a database that is away."""

from typing import Any

import pytest

from app.config.settings import Settings
from tests.fixtures.actors import OTHER_ADMIN
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.rest import (
    BASE,
    COMPLETE,
    KEY,
    REFERRALS,
    problem_of,
)


class TestIdempotencyKey:
    @pytest.fixture(autouse=True)
    async def users(self, make: Make) -> None:
        await make.user("ada")
        await make.user("bob")

    async def test_the_same_request_is_answered_as_before(self, api: Api, rows: Rows) -> None:
        call: dict[str, Any] = {"json": {"rewardPoints": 5}, "headers": {KEY: "k"}}
        first = await api.request("POST", REFERRALS, **call)

        async with rows.unchanged():
            second = await api.request("POST", REFERRALS, **call)

        assert (first.status_code, second.status_code) == (201, 201)
        assert second.json() == first.json()
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"

    async def test_another_request_is_refused(self, api: Api, rows: Rows) -> None:
        await api.request("POST", REFERRALS, json={}, headers={KEY: "k"})

        for path, body in [
            (REFERRALS, {"rewardPoints": 5}),
            (REFERRALS, {"expiresInDays": None}),
            (f"{BASE}/members/bob/referrals", {}),
        ]:
            async with rows.unchanged():
                response = await api.request("POST", path, json=body, headers={KEY: "k"})
            assert problem_of(response) == {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "detail": "The idempotency key 'k' was used for a different request. "
                "Repeat that request unchanged, or choose a new key.",
                "code": "IDEMPOTENCY_KEY_REUSED",
                "key": "k",
            }

    async def test_a_key_is_one_callers_own_and_the_same_over_graphql(self, api: Api) -> None:
        first = await api.request("POST", REFERRALS, json={}, headers={KEY: "k"})
        other = await api.request(
            "POST", REFERRALS, caller=OTHER_ADMIN, json={}, headers={KEY: "k"}
        )
        over_graphql = await api.mutate(
            "issueReferralInvite",
            "... on IssueReferralInviteSuccess { replayed invite { code } }",
            userId="ada",
            idempotencyKey="k",
        )

        assert other.json()["code"] != first.json()["code"]
        assert over_graphql["replayed"] is True
        assert over_graphql["invite"] == {"code": first.json()["code"]}

    async def test_without_a_key_every_request_is_another(self, api: Api, rows: Rows) -> None:
        for _ in range(2):
            await api.request("POST", REFERRALS, json={})

        assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 2
        assert await rows.value("SELECT count(*) FROM idempotency_keys") == 0

    @pytest.mark.parametrize("key", ["", "k" * 256])
    async def test_a_key_of_a_wrong_length_is_refused(self, api: Api, rows: Rows, key: str) -> None:
        async with rows.unchanged():
            response = await api.request("POST", REFERRALS, json={}, headers={KEY: key})

        document = problem_of(response)
        assert (document["status"], document["field"]) == (400, "idempotencyKey")

    async def test_it_completes_a_referral_once(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.invite("ada")).code
        call: dict[str, Any] = {"json": {"code": code, "inviteeId": "bob"}, "headers": {KEY: "k"}}
        first = await api.request("POST", COMPLETE, **call)

        async with rows.unchanged():
            second = await api.request("POST", COMPLETE, **call)

        assert second.json() == first.json() | {"replayed": True}
        assert second.headers["Idempotency-Replayed"] == "true"


class TestDatabaseAway:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        away = "postgresql+asyncpg://postgres@127.0.0.1:1/nowhere"
        return settings.model_copy(update={"database_url": away})

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", f"{BASE}/tiers", None),
            ("GET", f"{BASE}/members/ada", None),
            ("POST", REFERRALS, {}),
            ("POST", COMPLETE, {"code": "0123456789", "inviteeId": "bob"}),
        ],
    )
    async def test_is_worth_another_try(
        self, api: Api, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        response = await api.request(method, path, json=body)

        assert response.headers["Retry-After"] == "1"
        assert problem_of(response) == {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": "The service is busy or its database is unavailable. Try again shortly.",
            "code": "UNAVAILABLE",
        }
