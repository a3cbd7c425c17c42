"""REST, reading: the tiers and a member, for the same four callers as over GraphQL."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.fixtures.actors import ADA, ADMIN, BOB, EVERYBODY, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.rest import (
    BASE,
    FORBIDDEN,
    UNAUTHENTICATED,
    member_body,
    problem_of,
    user_not_found,
    zulu,
)


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
