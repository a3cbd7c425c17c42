"""The list of all members: in each order, filtered, in pages.

Following `endCursor` shows everybody once, whatever ties there are and whoever joins meanwhile.
"""

import pytest

from domain.points import POINTS_MAX
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.pages import MEMBERS, insert_member, walk

ORDERS = ["NEWEST", "LIFETIME_POINTS", "USER_ID"]
WEIRD_IDS = ["ada", "Ada", "ada-1", "ada_1", "ad a", "a", "é", "🦆", "10", "9", "z%", "'\"\\"]


class TestMembersOrder:
    @pytest.mark.parametrize(
        ("order", "sql"),
        [
            ("NEWEST", "created_at DESC, user_id"),
            ("LIFETIME_POINTS", "lifetime_points DESC, user_id"),
            ("USER_ID", "user_id"),
        ],
    )
    @pytest.mark.parametrize("first", [1, 5, 12, 100])
    async def test_all_pages_show_each_member_once_in_order_with_ties(
        self, api: Api, rows: Rows, order: str, sql: str, first: int
    ) -> None:
        for number, user_id in enumerate(WEIRD_IDS):
            timestamp_part = f"2024-01-01T00:00:00.{number % 3:06}Z"
            await insert_member(rows, user_id, number % 4 // 2, timestamp_part)
        expected = [
            row["user_id"]
            for row in await rows.all(f"SELECT user_id FROM loyalty_members ORDER BY {sql}")
        ]

        assert await walk(api, MEMBERS, first, order=order) == expected

    @pytest.mark.parametrize("order", ORDERS)
    async def test_members_who_join_in_between_hide_and_repeat_nobody(
        self, api: Api, rows: Rows, order: str
    ) -> None:
        for user_id in WEIRD_IDS:
            await insert_member(rows, user_id)

        async def join(number: int) -> None:
            # Some before the cursor and some after it, and some on its very tie.
            await insert_member(rows, f"0-{number}", points=1, created_at="2025-01-01T00:00:00Z")
            await insert_member(rows, f"ada-0-{number}")
            if number < 3:
                await insert_member(rows, f"zz-{number}", created_at="2023-01-01T00:00:00Z")

        seen = await walk(api, MEMBERS, 2, between=join, order=order)

        assert len(seen) == len(set(seen))
        assert [user_id for user_id in seen if user_id in WEIRD_IDS] == [
            row["user_id"]
            for row in await rows.all(
                "SELECT user_id FROM loyalty_members WHERE user_id = ANY(:ids) ORDER BY user_id",
                ids=WEIRD_IDS,
            )
        ]

    async def test_newest_is_the_default(self, api: Api, rows: Rows) -> None:
        await insert_member(rows, "a", points=1, created_at="2024-01-01T00:00:00Z")
        await insert_member(rows, "b", points=2, created_at="2024-01-02T00:00:00Z")
        await insert_member(rows, "c", points=3, created_at="2023-01-01T00:00:00Z")

        data = await api.ask("{ members { edges { node { userId } } } }")

        found = [edge["node"]["userId"] for edge in data["members"]["edges"]]
        assert found == ["b", "a", "c"]

    async def test_a_points_total_at_the_limit_is_in_the_cursor(self, api: Api, rows: Rows) -> None:
        for user_id in ["a", "b"]:
            await insert_member(rows, user_id, points=POINTS_MAX)

        assert await walk(api, MEMBERS, 1, order="LIFETIME_POINTS") == ["a", "b"]


class TestMembersFilters:
    QUERY = """query($search: String, $tier: String) {
      members(search: $search, tierSlug: $tier, orderBy: USER_ID) {
        edges { node { userId } } pageInfo { hasNextPage } } }"""

    async def found(self, api: Api, **variables: str | None) -> list[str]:
        data = await api.ask(self.QUERY, variables)
        return [edge["node"]["userId"] for edge in data["members"]["edges"]]

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            ("u-1", ["u-1"]),
            ("U-", ["u-1", "u-2", "u-3"]),
            ("ADA@", ["u-1"]),
            ("countess", ["u-1"]),
            ("ess", []),
            ("  countess ", ["u-1"]),
            ("50%", ["u-2"]),
            ("%", []),
            ("50_", []),
            ("_", []),
            ("a_b", ["u-3"]),
            ("a.b", []),
            ("\\", []),
            ("50% bob\\", ["u-2"]),
            ("ünal", ["u-3"]),
            ("ÜNAL", ["u-3"]),
            ("stranger", []),
            (None, ["u-1", "u-2", "u-3"]),
        ],
    )
    async def test_search_is_the_beginning_of_id_address_or_name(
        self, api: Api, make: Make, search: str | None, expected: list[str]
    ) -> None:
        await make.member("u-1", email="ada@example.com", display_name="Countess Ada")
        await make.member("u-2", email="b@example.com", display_name="50% Bob\\")
        await make.member("u-3", email="a_b@example.com", display_name="Ünal")
        await make.user("stranger", email="stranger@example.com")

        assert await self.found(api, search=search) == expected

    async def test_searching_makes_no_member(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("stranger")

        async with rows.unchanged():
            assert await self.found(api, search="stranger") == []

    async def test_tier_slug(self, api: Api, make: Make) -> None:
        await make.tier("bronze", 0)
        await make.tier("gold", 100)
        for user_id, points in [("a", 100), ("b", 99), ("c", 150)]:
            await make.user(user_id)
            await make.earned(user_id, points)

        assert await self.found(api, tier="gold") == ["a", "c"]
        assert await self.found(api, tier="bronze") == ["b"]
        assert await self.found(api, tier="gold", search="c") == ["c"]

    async def test_both_filters_hold_on_every_page(self, api: Api, make: Make) -> None:
        await make.tier("bronze", 0)
        for number in range(5):
            await make.member(f"u-{number}")
            await make.member(f"v-{number}")
        query = MEMBERS.replace(
            "orderBy: $order", 'orderBy: $order, search: "u", tierSlug: "bronze"'
        )

        for order in ORDERS:
            seen = await walk(api, query, 2, order=order)
            assert sorted(seen) == [f"u-{number}" for number in range(5)]

    async def test_an_unknown_tier_is_named(self, api: Api) -> None:
        answer = await api.graphql(self.QUERY, {"tier": "none"})

        assert (answer.data, answer.codes) == (None, ["TIER_NOT_FOUND"])

    @pytest.mark.parametrize(
        ("variables", "field"),
        [
            ({"search": ""}, "search"),
            ({"search": " "}, "search"),
            ({"search": "a\x00"}, "search"),
            ({"search": "\ud800"}, "search"),
            ({"search": "a" * 255}, "search"),
            ({"tier": ""}, "tierSlug"),
            ({"tier": "a\x00"}, "tierSlug"),
            ({"tier": "a" * 65}, "tierSlug"),
        ],
    )
    async def test_malformed_filters(self, api: Api, variables: dict[str, str], field: str) -> None:
        answer = await api.graphql(self.QUERY, variables)

        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert answer.errors[0]["extensions"]["field"] == field
