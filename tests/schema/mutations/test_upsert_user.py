"""`upsertUser`: an admin makes a user known, or changes what is known of them.

What is left out stays; null removes it. A new user has not agreed to any mails. The user
becomes no member by it.
"""

from typing import Any

from domain.timestamps import serialized
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import (
    Case,
    assert_uncoercible,
    bad_emails,
    bad_lines,
    bad_texts,
    bad_user_ids,
    complaints,
)
from tests.fixtures.selections import USER, gid, iso

SUCCESS = f"... on UpsertUserSuccess {{ replayed created user {{ {USER} }} }}"
GOOD: dict[str, Any] = {"userId": "ada"}
BAD: list[Case] = [
    *bad_user_ids("userId"),
    *bad_emails("email"),
    *bad_lines("displayName", 200),
    *bad_texts("idempotencyKey", 255),
]


class TestNewUser:
    async def test_answers_and_writes_the_whole_user(self, api: Api, rows: Rows) -> None:
        result = await api.mutate(
            "upsertUser",
            SUCCESS,
            userId="ada",
            email="ada@example.com",
            displayName="Ada",
            marketingMessages=True,
        )

        [row] = await rows.all("SELECT * FROM users")
        assert result == {
            "__typename": "UpsertUserSuccess",
            "replayed": False,
            "created": True,
            "user": {
                "id": gid("User", "ada"),
                "userId": "ada",
                "email": "ada@example.com",
                "displayName": "Ada",
                "marketingMessages": True,
                "createdAt": iso(row["created_at"]),
                "erasedAt": None,
            },
        }
        assert (row["id"], row["email"], row["display_name"]) == ("ada", "ada@example.com", "Ada")
        preferences = "SELECT user_id, marketing_messages FROM notification_preferences"
        assert await rows.all(preferences) == [{"user_id": "ada", "marketing_messages": True}]

    async def test_the_id_alone_is_enough_and_agrees_to_nothing(self, api: Api, rows: Rows) -> None:
        result = await api.mutate("upsertUser", SUCCESS, userId="ada")

        user = result["user"]
        assert (user["email"], user["displayName"]) == (None, None)
        assert user["marketingMessages"] is False
        assert await rows.value("SELECT count(*) FROM notification_preferences") == 0

    async def test_makes_no_member(self, api: Api, rows: Rows) -> None:
        await api.mutate("upsertUser", SUCCESS, userId="ada")

        assert await rows.value("SELECT count(*) FROM loyalty_members") == 0

    async def test_values_at_their_limits_are_taken(self, api: Api) -> None:
        longest_email = f"{'a' * 242}@example.com"
        result = await api.mutate(
            "upsertUser",
            SUCCESS,
            userId="🦆" * 128,
            email=longest_email,
            displayName="é" * 200,
        )

        user = result["user"]
        assert (user["userId"], user["email"]) == ("🦆" * 128, longest_email)
        assert user["displayName"] == "é" * 200

    async def test_the_id_is_kept_exactly(self, api: Api) -> None:
        weird = "A b/c:d%00\\n'\";--é"
        await api.mutate("upsertUser", SUCCESS, userId="a b")

        result = await api.mutate("upsertUser", SUCCESS, userId=weird)

        assert (result["created"], result["user"]["userId"]) == (True, weird)


class TestKnownUser:
    async def test_what_is_left_out_stays(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada", email="ada@example.com", display_name="Ada", marketing_messages=True)

        async with rows.unchanged():
            result = await api.mutate("upsertUser", SUCCESS, userId="ada")

        assert result["created"] is False
        assert result["user"]["email"] == "ada@example.com"
        assert result["user"]["displayName"] == "Ada"
        assert result["user"]["marketingMessages"] is True

    async def test_what_others_have_agreed_to_is_not_theirs(self, api: Api, make: Make) -> None:
        for user_id, agreed in [("bob", True), ("cy", False), ("di", True)]:
            await make.user(user_id, marketing_messages=agreed)
        await make.user("ada")

        answers = {
            user_id: (await api.mutate("upsertUser", SUCCESS, userId=user_id))["user"]
            for user_id in ["ada", "bob", "cy", "new"]
        }

        assert {user_id: user["marketingMessages"] for user_id, user in answers.items()} == {
            "ada": False,
            "bob": True,
            "cy": False,
            "new": False,
        }

    async def test_null_removes_address_and_name_but_no_agreement(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", email="ada@example.com", display_name="Ada", marketing_messages=True)

        result = await api.mutate(
            "upsertUser",
            SUCCESS,
            userId="ada",
            email=None,
            displayName=None,
            marketingMessages=None,
        )

        assert (result["user"]["email"], result["user"]["displayName"]) == (None, None)
        assert result["user"]["marketingMessages"] is True
        assert await rows.all("SELECT email, display_name FROM users") == [
            {"email": None, "display_name": None}
        ]

    async def test_each_value_changes_alone(self, api: Api, make: Make) -> None:
        user = await make.user(
            "ada", email="ada@example.com", display_name="Ada", marketing_messages=True
        )
        integer_part: dict[str, Any] = {
            "id": gid("User", "ada"),
            "userId": "ada",
            "email": "ada@example.com",
            "displayName": "Ada",
            "marketingMessages": True,
            "createdAt": serialized(user.created_at),
            "erasedAt": None,
        }
        changes: list[dict[str, Any]] = [
            {"email": "new@example.com"},
            {"displayName": "Countess"},
            {"marketingMessages": False},
        ]
        for change in changes:
            integer_part |= change
            result = await api.mutate("upsertUser", SUCCESS, userId="ada", **change)
            assert (result["created"], result["user"]) == (False, integer_part)

    async def test_an_agreement_is_changed_both_ways_in_one_row(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", marketing_messages=False)

        agreed = await api.mutate("upsertUser", SUCCESS, userId="ada", marketingMessages=True)
        withdrawn = await api.mutate("upsertUser", SUCCESS, userId="ada", marketingMessages=False)

        assert agreed["user"]["marketingMessages"] is True
        assert withdrawn["user"]["marketingMessages"] is False
        assert (
            await rows.value(
                "SELECT updated_at > now() - interval '1 hour' FROM notification_preferences"
            )
            is True
        )

    async def test_nobody_else_is_touched(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada", email="ada@example.com")
        await make.user("bob", email="bob@example.com", marketing_messages=False)
        bob = "SELECT * FROM users JOIN notification_preferences ON id = user_id WHERE id = 'bob'"
        before = await rows.all(bob)

        await api.mutate("upsertUser", SUCCESS, userId="ada", email=None, marketingMessages=True)

        assert await rows.all(bob) == before


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada", email="ada@example.com")

        async with rows.unchanged():
            assert await complaints(api, "upsertUser", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, rows: Rows) -> None:
        cases: list[dict[str, Any]] = [
            *({"userId": value} for value in [None, 1.5, True, ["ada"]]),
            *({"email": value} for value in [5, True, ["a@example.com"]]),
            *({"displayName": value} for value in [5, False]),
            *({"marketingMessages": value} for value in [1, "true"]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "upsertUser", GOOD, cases)
