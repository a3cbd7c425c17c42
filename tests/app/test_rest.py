"""REST: the runbook's paths, with the codes of GraphQL and for the same four callers."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.settings import Settings
from tests.fixtures.actors import ADA, ADMIN, BOB, EVERYBODY, NOBODY, OTHER_ADMIN, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import iso

BASE = "/api/v1/loyalty"
REFERRALS = f"{BASE}/members/ada/referrals"
COMPLETE = f"{BASE}/referrals/complete"
KEY = "Idempotency-Key"
UNAUTHENTICATED = {
    "type": "about:blank",
    "title": "Unauthorized",
    "status": 401,
    "detail": "This needs a token: send it as 'Authorization: Bearer <token>'.",
    "code": "UNAUTHENTICATED",
}
FORBIDDEN = {
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
    "detail": "Your token does not allow this: it needs the admin role, or your own user id.",
    "code": "FORBIDDEN",
}


def problem_of(response: httpx.Response) -> Any:
    """Returns the problem document of a refusal."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    return document


def invalid_fields(response: httpx.Response) -> list[str]:
    """Returns which fields of a request were not even of the right type."""
    document = problem_of(response)
    assert (document["status"], document["code"]) == (400, "BAD_USER_INPUT")
    return [error["field"] for error in document["errors"]]


def user_not_found(user_id: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"No user has the id '{user_id}'. Create it first with upsertUser.",
        "code": "USER_NOT_FOUND",
        "userId": user_id,
    }


async def member_body(rows: Rows, user_id: str, points: int = 0) -> dict[str, Any]:
    """Returns the body of a member without tiers."""
    [row] = await rows.all("SELECT * FROM loyalty_members WHERE user_id = :id", id=user_id)
    return {
        "userId": user_id,
        "referralCode": row["referral_code"],
        "pointsBalance": points,
        "lifetimePoints": points,
        "tier": None,
        "tierSince": None,
        "progress": {"nextTier": None, "pointsToNextTier": None, "fraction": 1.0},
        "createdAt": zulu(row["created_at"]),
    }


def zulu(moment: object) -> str | None:
    return None if moment is None else iso(moment).replace("+00:00", "Z")


async def invite_body(rows: Rows, **fields: Any) -> dict[str, Any]:
    """Returns the body of the only invite, one of ada's with the default terms."""
    [row] = await rows.all("SELECT * FROM loyalty_referral_invites")
    return {
        "code": row["code"],
        "source": "ISSUED",
        "status": "SENT",
        "referrerId": "ada",
        "inviteeId": None,
        "inviteeEmail": None,
        "rewardPoints": 500,
        "inviteeRewardPoints": 0,
        "metadata": {},
        "expiresAt": zulu(row["expires_at"]),
        "completedAt": zulu(row["completed_at"]),
        "cancelledAt": zulu(row["cancelled_at"]),
        "createdAt": zulu(row["created_at"]),
        **fields,
    }


class TestTiers:
    @pytest.mark.parametrize("caller", EVERYBODY)
    async def test_the_active_ones_by_threshold_for_everybody(
        self, api: Api, make: Make, caller: Caller
    ) -> None:
        await make.tier("gold", 500, benefits=["A mug", {"percent": 5}])
        await make.tier("relic", 100)
        await make.tier("bronze", 0)
        await api.mutate("archiveTier", "", slug="relic")

        response = await api.request("GET", f"{BASE}/tiers", caller=caller)

        assert response.status_code == 200
        assert response.json() == [
            {"slug": "bronze", "name": "Bronze", "pointThreshold": 0, "benefits": []},
            {
                "slug": "gold",
                "name": "Gold",
                "pointThreshold": 500,
                "benefits": ["A mug", {"percent": 5}],
            },
        ]


class TestMember:
    PATH = f"{BASE}/members/ada"

    @pytest.mark.parametrize("caller", [ADA, ADMIN])
    async def test_the_whole_member_for_themselves_and_for_admins(
        self, api: Api, make: Make, rows: Rows, caller: Caller
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 2_000)

        response = await api.request("GET", self.PATH, caller=caller)

        tiers = {tier["slug"]: tier for tier in (await api.request("GET", f"{BASE}/tiers")).json()}
        [row] = await rows.all("SELECT * FROM loyalty_members")
        assert response.status_code == 200
        assert response.json() == {
            "userId": "ada",
            "referralCode": row["referral_code"],
            "pointsBalance": 2_000,
            "lifetimePoints": 2_000,
            "tier": tiers["silver"],
            "tierSince": zulu(row["tier_since"]),
            "progress": {
                "nextTier": tiers["gold"],
                "pointsToNextTier": 3_000,
                "fraction": 0.25,
            },
            "createdAt": zulu(row["created_at"]),
        }

    @pytest.mark.parametrize(("caller", "document"), [(NOBODY, UNAUTHENTICATED), (BOB, FORBIDDEN)])
    async def test_others_are_refused_whether_there_is_such_a_user_or_not(
        self, api: Api, make: Make, rows: Rows, caller: Caller, document: dict[str, Any]
    ) -> None:
        await make.user("ada")

        for user_id in ["ada", "eve", "u" * 200, "%00"]:
            async with rows.unchanged():
                response = await api.request("GET", f"{BASE}/members/{user_id}", caller=caller)
            assert problem_of(response) == document
            assert response.headers.get("WWW-Authenticate") == (
                "Bearer" if caller is NOBODY else None
            )

    @pytest.mark.parametrize("caller", [ADA, ADMIN])
    async def test_a_known_user_becomes_a_member_once(
        self, api: Api, make: Make, rows: Rows, caller: Caller
    ) -> None:
        await make.user("ada")

        first = await api.request("GET", self.PATH, caller=caller)
        async with rows.unchanged():
            second = await api.request("GET", self.PATH, caller=caller)

        assert first.json() == second.json() == await member_body(rows, "ada")

    async def test_the_own_first_visit_makes_the_user(self, api: Api, rows: Rows) -> None:
        response = await api.request("GET", self.PATH, caller=ADA)

        assert response.json() == await member_body(rows, "ada")
        assert await rows.value("SELECT id FROM users") == "ada"

    async def test_an_unknown_user_is_not_found_and_not_invented(
        self, api: Api, rows: Rows
    ) -> None:
        async with rows.unchanged():
            response = await api.request("GET", self.PATH)
            own = await api.request("GET", f"{BASE}/members/ops")

        assert problem_of(response) == user_not_found("ada")
        assert problem_of(own) == user_not_found("ops")

    @pytest.mark.parametrize("user_id", ["a b", "é", "🦆" * 128, "a:b", "a%2F", "..a", "'\""])
    async def test_unusual_user_ids(self, api: Api, make: Make, user_id: str) -> None:
        await make.user(user_id)

        response = await api.request("GET", f"{BASE}/members/{quote(user_id, safe='')}")

        assert response.status_code == 200
        assert response.json()["userId"] == user_id

    @pytest.mark.parametrize(
        ("path", "problem"),
        [
            ("a%00b", "must not contain NUL characters or lone surrogates."),
            ("%20ada", "must not begin or end with white space."),
            ("%20", "must not be empty."),
            ("u" * 129, "must have at most 128 characters, not 129."),
        ],
    )
    async def test_what_can_be_no_user_id(
        self, api: Api, rows: Rows, path: str, problem: str
    ) -> None:
        async with rows.unchanged():
            response = await api.request("GET", f"{BASE}/members/{path}")

        assert problem_of(response) == {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": f"userId: {problem}",
            "code": "BAD_USER_INPUT",
            "field": "userId",
            "problem": problem,
        }

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("u" * 513, 400, "BAD_USER_INPUT"),
            ("a%2Fb", 404, "NOT_FOUND"),
            ("a/b", 404, "NOT_FOUND"),
            ("", 404, "NOT_FOUND"),
        ],
    )
    async def test_paths_that_lead_nowhere(
        self, api: Api, path: str, status: int, code: str
    ) -> None:
        response = await api.request("GET", f"{BASE}/members/{path}")

        document = problem_of(response)
        assert (document["status"], document["code"]) == (status, code)

    async def test_other_methods_are_not_allowed(self, api: Api) -> None:
        response = await api.request("DELETE", self.PATH)

        assert problem_of(response)["code"] == "METHOD_NOT_ALLOWED"
        assert response.headers["Allow"] == "GET"


class TestIssue:
    async def test_the_whole_invite(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")

        response = await api.request(
            "POST",
            REFERRALS,
            json={
                "inviteeEmail": "bob@example.com",
                "rewardPoints": 700,
                "inviteeRewardPoints": 300,
                "expiresInDays": 7,
                "metadata": {"campaign": "spring"},
            },
        )

        assert response.status_code == 201
        assert response.json() == await invite_body(
            rows,
            inviteeEmail="bob@example.com",
            rewardPoints=700,
            inviteeRewardPoints=300,
            metadata={"campaign": "spring"},
        )
        assert await rows.value("SELECT user_id FROM loyalty_members") == "ada"
        days = "SELECT extract(day FROM expires_at - created_at)::int FROM loyalty_referral_invites"
        assert await rows.value(days) == 7

    async def test_what_is_left_out_is_the_operators_default(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")

        response = await api.request("POST", REFERRALS, json={})

        assert response.json() == await invite_body(rows)
        days = "SELECT extract(day FROM expires_at - created_at)::int FROM loyalty_referral_invites"
        assert await rows.value(days) == 30

    async def test_null_for_the_expiry_means_never(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        nulls = ["inviteeEmail", "rewardPoints", "inviteeRewardPoints", "expiresInDays", "metadata"]

        response = await api.request("POST", REFERRALS, json=dict.fromkeys(nulls))

        assert response.status_code == 201
        assert response.json() == await invite_body(rows)
        assert response.json()["expiresAt"] is None

    @pytest.mark.parametrize(
        ("caller", "document"),
        [(NOBODY, UNAUTHENTICATED), (ADA, FORBIDDEN), (BOB, FORBIDDEN)],
    )
    async def test_only_for_admins(
        self, api: Api, make: Make, rows: Rows, caller: Caller, document: dict[str, Any]
    ) -> None:
        await make.user("ada")

        async with rows.unchanged():
            response = await api.request("POST", REFERRALS, caller=caller, json={})

        assert problem_of(response) == document

    async def test_an_unknown_user_is_not_found_and_not_invented(
        self, api: Api, rows: Rows
    ) -> None:
        async with rows.unchanged():
            response = await api.request("POST", REFERRALS, json={})

        assert problem_of(response) == user_not_found("ada")

    async def test_the_own_address_is_refused(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada", email="ada@example.com")

        async with rows.unchanged():
            response = await api.request(
                "POST", REFERRALS, json={"inviteeEmail": "ADA@example.com"}
            )

        assert problem_of(response) == {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "The user 'ada' cannot refer themselves, by id or by e-mail address.",
            "code": "SELF_REFERRAL",
            "userId": "ada",
        }

    async def test_values_that_are_refused(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        cases: list[tuple[str, Any]] = [
            *(("rewardPoints", value) for value in [0, -1, 100_001, 2**53]),
            ("inviteeRewardPoints", -1),
            *(("expiresInDays", value) for value in [0, 3_651, 2**31, 10**30]),
            *(("metadata", value) for value in ["a", 5, [], False, {"a": "\x00"}]),
            *(("inviteeEmail", value) for value in ["", "ada", "a\x00@b.co"]),
        ]

        async with rows.unchanged():
            for field, value in cases:
                response = await api.request("POST", REFERRALS, json={field: value})
                document = problem_of(response)
                assert (document["status"], document["code"]) == (400, "BAD_USER_INPUT")
                assert (document["field"], value) == (field, value)

    async def test_numbers_are_strict(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")

        async with rows.unchanged():
            for field in ["rewardPoints", "inviteeRewardPoints", "expiresInDays"]:
                for value in ["5", 1.5, 5.0, True, [5], {}]:
                    response = await api.request("POST", REFERRALS, json={field: value})
                    assert (value, invalid_fields(response)) == (value, [field])

    async def test_malformed_bodies(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        cases = {
            b'{"unknown": 1}': "unknown",
            b'{"inviteeEmail": 5}': "inviteeEmail",
            **dict.fromkeys([b"{", b"[]", b"5", b""], "body"),
        }

        async with rows.unchanged():
            for body, field in cases.items():
                response = await api.request(
                    "POST", REFERRALS, content=body, headers={"Content-Type": "application/json"}
                )
                assert (body, invalid_fields(response)) == (body, [field])
            for body in [b"\xff", b"[" * 100_000]:
                response = await api.request(
                    "POST", REFERRALS, content=body, headers={"Content-Type": "application/json"}
                )
                assert problem_of(response)["code"] == "BAD_USER_INPUT"


class TestComplete:
    @pytest.fixture(autouse=True)
    async def users(self, make: Make) -> None:
        await make.user("ada", email="ada@example.com")
        await make.user("bob", email="bob@example.com")

    async def test_the_whole_conversion_and_its_replay(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        code = (await make.invite("ada", invitee_reward_points=300)).code
        body = {"code": f"{code[:5]}-{code[5:]}".lower(), "inviteeId": "bob"}

        response = await api.request("POST", COMPLETE, json=body)
        async with rows.unchanged():
            replay = await api.request("POST", COMPLETE, json=body)

        assert (response.status_code, replay.status_code) == (200, 200)
        assert response.json() == {
            "invite": await invite_body(
                rows, status="CONVERTED", inviteeId="bob", inviteeRewardPoints=300
            ),
            "referrer": await member_body(rows, "ada", 500),
            "invitee": await member_body(rows, "bob", 300),
            "replayed": False,
        }
        assert "Idempotency-Replayed" not in response.headers
        assert replay.json() == response.json() | {"replayed": True}
        assert replay.headers["Idempotency-Replayed"] == "true"

    async def test_by_share_code(self, api: Api, make: Make, rows: Rows) -> None:
        code = (await make.member("ada")).referral_code

        response = await api.request("POST", COMPLETE, json={"code": code, "inviteeId": "bob"})

        assert response.json() == {
            "invite": await invite_body(
                rows, source="SHARE_CODE", status="CONVERTED", inviteeId="bob"
            ),
            "referrer": await member_body(rows, "ada", 500),
            "invitee": await member_body(rows, "bob"),
            "replayed": False,
        }

    @pytest.mark.parametrize(
        ("caller", "document"),
        [(NOBODY, UNAUTHENTICATED), (ADA, FORBIDDEN), (BOB, FORBIDDEN)],
    )
    async def test_only_for_admins(
        self, api: Api, make: Make, rows: Rows, caller: Caller, document: dict[str, Any]
    ) -> None:
        body = {"code": (await make.invite("ada")).code, "inviteeId": "bob"}

        async with rows.unchanged():
            response = await api.request("POST", COMPLETE, caller=caller, json=body)

        assert problem_of(response) == document

    async def test_refusals_have_the_codes_and_numbers_of_graphql(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("cy")
        code = (await make.invite("ada")).code
        old = (await make.invite("ada")).code
        await rows.execute(
            "UPDATE loyalty_referral_invites SET expires_at = '2024-01-01' WHERE code = :c", c=old
        )
        share_code = (await make.member("ada")).referral_code
        await make.converted(share_code, "cy")
        bobs = (await make.member("bob")).referral_code
        cases = [
            ("0123456789", "bob", 404, "REFERRAL_CODE_NOT_FOUND", {"referralCode": "0123456789"}),
            (code, "nobody", 404, "USER_NOT_FOUND", {"userId": "nobody"}),
            (code, "ada", 409, "SELF_REFERRAL", {"userId": "ada"}),
            (old, "bob", 409, "INVITE_EXPIRED", {"expiredAt": "2024-01-01T00:00:00+00:00"}),
            (bobs, "cy", 409, "INVITEE_ALREADY_REFERRED", {"userId": "cy"}),
        ]

        for given, invitee_id, status, error_code, numbers in cases:
            async with rows.unchanged():
                response = await api.request(
                    "POST", COMPLETE, json={"code": given, "inviteeId": invitee_id}
                )
            document = problem_of(response)
            assert (document["status"], document["code"]) == (status, error_code)
            assert document | numbers == document

    async def test_malformed_bodies(self, api: Api, rows: Rows) -> None:
        cases: list[tuple[dict[str, Any], list[str]]] = [
            ({}, ["code", "inviteeId"]),
            ({"code": 5, "inviteeId": True}, ["code", "inviteeId"]),
            ({"code": None, "inviteeId": "bob"}, ["code"]),
            ({"code": "0", "inviteeId": "bob", "idempotencyKey": "k"}, ["idempotencyKey"]),
        ]

        async with rows.unchanged():
            for body, fields in cases:
                response = await api.request("POST", COMPLETE, json=body)
                assert invalid_fields(response) == fields


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
            "detail": "The service is busy or its database is away. Try again shortly.",
            "code": "UNAVAILABLE",
        }
