"""REST, referrals: issuing an invite and completing a referral, with the codes of GraphQL."""

from typing import Any

import pytest

from tests.fixtures.actors import ADA, BOB, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.rest import (
    COMPLETE,
    FORBIDDEN,
    REFERRALS,
    UNAUTHENTICATED,
    invalid_fields,
    invite_body,
    member_body,
    problem_of,
    user_not_found,
)


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
