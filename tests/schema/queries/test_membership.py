"""The caller's own membership, and anybody's for an admin.

Looking a known user up makes the membership; an unknown user is invented for nobody but themselves.
"""

import time

import jwt
import pytest

from app.config.settings import Settings
from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import MEMBER, gid, iso


class TestMe:
    async def test_the_first_visit_makes_the_user_from_the_token_and_the_membership(
        self, api: Api, make: Make, rows: Rows, settings: Settings
    ) -> None:
        await make.baseline_tiers()
        claims = {
            "iss": settings.auth_issuer,
            "aud": settings.auth_audience,
            "sub": "ada",
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            "email": "ada@example.com",
            "name": "Ada",
        }
        token = jwt.encode(claims, SECRET, "HS256")

        response = await api.request(
            "POST",
            "/graphql",
            caller=NOBODY,
            json={"query": f"{{ me {{ {MEMBER} }} }}"},
            headers={"Authorization": f"Bearer {token}"},
        )

        [user] = await rows.all("SELECT * FROM users")
        [member] = await rows.all("SELECT * FROM loyalty_members")
        assert len(str(member["referral_code"])) == 8
        assert {"data": response.json()["data"]} == {
            "data": {
                "me": {
                    "id": gid("Member", "ada"),
                    "userId": "ada",
                    "referralCode": member["referral_code"],
                    "pointsBalance": 0,
                    "lifetimePoints": 0,
                    "tierSince": iso(member["tier_since"]),
                    "createdAt": iso(member["created_at"]),
                    "tier": {"slug": "bronze"},
                    "progress": {
                        "nextTier": {"slug": "silver"},
                        "pointsToNextTier": 1_000,
                        "fraction": 0.0,
                    },
                    "user": {
                        "id": gid("User", "ada"),
                        "userId": "ada",
                        "email": "ada@example.com",
                        "displayName": "Ada",
                        "marketingMessages": False,
                        "createdAt": iso(user["created_at"]),
                        "erasedAt": None,
                    },
                }
            }
        }
        assert (user["email"], user["display_name"]) == ("ada@example.com", "Ada")
        claim = "SELECT owner_id, invite_id FROM loyalty_referral_codes WHERE code = :code"
        assert await rows.all(claim, code=member["referral_code"]) == [
            {"owner_id": "ada", "invite_id": None}
        ]

    async def test_later_visits_change_nothing(self, api: Api, rows: Rows) -> None:
        first = await api.ask(f"{{ me {{ {MEMBER} }} }}", caller=ADA)

        async with rows.unchanged():
            second = await api.ask(f"{{ me {{ {MEMBER} }} }}", caller=ADA)

        assert second == first

    async def test_a_token_does_not_overwrite_a_known_user(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada", email="ada@example.com", display_name="Ada")

        data = await api.ask("{ me { user { email displayName } } }", caller=ADA)

        assert data["me"]["user"] == {"email": "ada@example.com", "displayName": "Ada"}

    async def test_an_unknown_admin_is_null_and_not_invented(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            assert await api.ask("{ me { userId } }", caller=ADMIN) == {"me": None}

    async def test_a_known_admin_becomes_a_member(self, api: Api, make: Make) -> None:
        await make.user("ops")

        assert await api.ask("{ me { userId } }", caller=ADMIN) == {"me": {"userId": "ops"}}


class TestMember:
    @pytest.mark.parametrize("caller", [ADA, ADMIN])
    async def test_a_known_user_becomes_a_member_once(
        self, api: Api, make: Make, rows: Rows, caller: Caller
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada", email="ada@example.com")
        query = f'{{ member(userId: "ada") {{ {MEMBER} }} }}'

        first = await api.ask(query, caller=caller)
        async with rows.unchanged():
            second = await api.ask(query, caller=caller)

        assert second == first
        assert first["member"]["tier"] == {"slug": "bronze"}
        assert first["member"]["user"]["email"] == "ada@example.com"
        assert await rows.value("SELECT user_id FROM loyalty_members") == "ada"

    async def test_an_unknown_user_is_null_and_not_invented(self, api: Api, rows: Rows) -> None:
        async with rows.unchanged():
            assert await api.ask('{ member(userId: "eve") { userId } }') == {"member": None}

    async def test_the_own_id_is_as_good_as_me(self, api: Api, rows: Rows) -> None:
        data = await api.ask('{ member(userId: "ada") { userId } }', caller=ADA)

        assert data == {"member": {"userId": "ada"}}
        assert await rows.value("SELECT id FROM users") == "ada"

    async def test_the_same_member_several_times_in_one_request(self, api: Api, rows: Rows) -> None:
        data = await api.ask(
            '{ a: me { referralCode } b: me { referralCode } c: member(userId: "ada") '
            "{ referralCode } }",
            caller=ADA,
        )

        assert data["a"] == data["b"] == data["c"]
        assert await rows.value("SELECT count(*) FROM loyalty_members") == 1

    @pytest.mark.parametrize("user_id", ["", " ", " ada", "u" * 129, "a\x00", "\ud800"])
    async def test_what_can_be_no_user_id(self, api: Api, rows: Rows, user_id: str) -> None:
        async with rows.unchanged():
            answer = await api.graphql(
                "query($id: ID!) { member(userId: $id) { userId } }", {"id": user_id}
            )

        assert answer.data == {"member": None}
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.errors[0]["extensions"]["field"] == "userId"

    async def test_progress_on_the_highest_tier(self, api: Api, make: Make) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 20_000)

        data = await api.ask(
            "{ me { tier { slug } progress { nextTier { slug } pointsToNextTier fraction } } }",
            caller=ADA,
        )

        assert data["me"]["tier"] == {"slug": "platinum"}
        assert data["me"]["progress"] == {
            "nextTier": None,
            "pointsToNextTier": None,
            "fraction": 1.0,
        }

    async def test_below_the_lowest_tier(self, api: Api, make: Make) -> None:
        await make.tier("silver", 100)
        await make.user("ada")
        await make.earned("ada", 25)

        data = await api.ask(
            "{ me { tier { slug } progress { nextTier { slug } pointsToNextTier fraction } } }",
            caller=ADA,
        )

        assert data["me"] == {
            "tier": None,
            "progress": {"nextTier": {"slug": "silver"}, "pointsToNextTier": 75, "fraction": 0.25},
        }
