"""Lists in pages: members in each order, a ledger, invites.

Following `endCursor` shows everything once, whatever ties there are and whatever is added in the
meantime. A cursor of another list, or of none, is the caller's mistake, and so is a bad `first`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.points import POINTS_MAX
from tests.fixtures.actors import ADA, ADMIN
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ORDERS = ["NEWEST", "LIFETIME_POINTS", "USER_ID"]
MEMBERS = f"""query($first: Int, $after: String, $order: MemberOrder) {{
  list: members(first: $first, after: $after, orderBy: $order) {{
    edges {{ cursor node {{ value: userId }} }} {PAGE} }} }}"""
LEDGER = f"""query($first: Int, $after: String, $kinds: [LedgerEntryKind!]) {{ me {{
  list: ledger(first: $first, after: $after, kinds: $kinds) {{
    edges {{ cursor node {{ value: seq }} }} {PAGE} }} }} }}"""
INVITES = f"""query($first: Int, $after: String, $statuses: [InviteStatus!]) {{ me {{
  list: invites(first: $first, after: $after, statuses: $statuses) {{
    edges {{ cursor node {{ value: code }} }} {PAGE} }} }} }}"""
ALL_INVITES = f"""
query($first: Int, $after: String, $statuses: [InviteStatus!], $referrer: ID) {{
  list: referralInvites(first: $first, after: $after, statuses: $statuses, referrerId: $referrer) {{
    edges {{ cursor node {{ value: code }} }} {PAGE} }} }}"""
LISTS = {"members": MEMBERS, "ledger": LEDGER, "invites": INVITES, "referralInvites": ALL_INVITES}

WEIRD_IDS = ["ada", "Ada", "ada-1", "ada_1", "ad a", "a", "é", "🦆", "10", "9", "z%", "'\"\\"]


async def page_of(api: Api, query: str, **variables: Any) -> Any:
    """Returns one page of a list; its edges agree with its pageInfo."""
    data = await api.ask(query, variables, caller=ADA if "me {" in query else ADMIN)
    page = (data.get("me") or data)["list"]
    cursors = [edge["cursor"] for edge in page["edges"]] or [None]
    assert page["pageInfo"]["startCursor"] == cursors[0]
    assert page["pageInfo"]["endCursor"] == cursors[-1]
    assert page["pageInfo"]["hasPreviousPage"] is (variables.get("after") is not None)
    return page


def values(page: Any) -> list[Any]:
    return [edge["node"]["value"] for edge in page["edges"]]


async def walk(
    api: Api,
    query: str,
    first: int,
    between: Callable[[int], Awaitable[None]] | None = None,
    **variables: Any,
) -> list[Any]:
    """Returns what following the pages to the end shows; `between` is called after each page."""
    seen: list[Any] = []
    after = None
    for number in range(100):
        page = await page_of(api, query, first=first, after=after, **variables)
        seen += values(page)
        assert len(values(page)) <= first
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        assert len(values(page)) == first
        after = page["pageInfo"]["endCursor"]
        if between is not None:
            await between(number)
    raise AssertionError("the list does not end")


async def insert_member(
    rows: Rows, user_id: str, points: int = 0, created_at: str = "2024-01-01T00:00:00.123456Z"
) -> None:
    await rows.execute("INSERT INTO users (id) VALUES (:id)", id=user_id)
    await rows.execute(
        "INSERT INTO loyalty_members (user_id, referral_code, lifetime_points, created_at)"
        f" VALUES (:id, 'X', {points}, '{created_at}')",
        id=user_id,
    )


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
            moment = f"2024-01-01T00:00:00.{number % 3:06}Z"
            await insert_member(rows, user_id, number % 4 // 2, moment)
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


class TestLedger:
    @pytest.fixture(autouse=True)
    async def past(self, make: Make) -> None:
        await make.user("ada")
        await make.user("bob")
        for _ in range(4):
            await make.earned("ada", 10)
            await make.earned("bob", 10)
            await make.redeemed("ada", 1)

    @pytest.mark.parametrize("first", [1, 3, 4, 8, 100])
    async def test_all_pages_show_each_entry_once_newest_first(self, api: Api, first: int) -> None:
        assert await walk(api, LEDGER, first) == [8, 7, 6, 5, 4, 3, 2, 1]

    async def test_entries_written_in_between_hide_and_repeat_none(
        self, api: Api, make: Make
    ) -> None:
        async def earn(_number: int) -> None:
            await make.earned("ada", 1)

        assert await walk(api, LEDGER, 3, between=earn) == [8, 7, 6, 5, 4, 3, 2, 1]

    async def test_of_some_kinds(self, api: Api) -> None:
        assert await walk(api, LEDGER, 3, kinds=["EARN"]) == [7, 5, 3, 1]
        assert await walk(api, LEDGER, 3, kinds=["REDEEM"]) == [8, 6, 4, 2]
        assert await walk(api, LEDGER, 3, kinds=["REDEEM", "EARN"]) == [8, 7, 6, 5, 4, 3, 2, 1]
        assert await walk(api, LEDGER, 3, kinds=["EXPIRE"]) == []
        assert await walk(api, LEDGER, 3, kinds=[]) == []

    async def test_several_pages_in_one_request_are_kept_apart(self, api: Api) -> None:
        data = await api.ask(
            """{ me {
              a: ledger(first: 1) { edges { node { seq } } pageInfo { hasNextPage } }
              b: ledger(first: 2, kinds: [EARN]) { edges { node { seq } } }
              c: ledger(first: 8) { edges { node { seq } } pageInfo { hasNextPage } } } }""",
            caller=ADA,
        )

        seqs = {
            name: [edge["node"]["seq"] for edge in page["edges"]]
            for name, page in data["me"].items()
        }
        assert seqs == {"a": [8], "b": [7, 5], "c": [8, 7, 6, 5, 4, 3, 2, 1]}
        assert data["me"]["a"]["pageInfo"] == {"hasNextPage": True}
        assert data["me"]["c"]["pageInfo"] == {"hasNextPage": False}


class TestInvites:
    @pytest.fixture
    async def codes(self, make: Make, rows: Rows) -> dict[str, str]:
        """Ada's invites by status, oldest first, and one of bob's that was issued in between."""
        for user_id in ["ada", "bob", "cy"]:
            await make.user(user_id)
        codes = {}
        for status in ["EXPIRED", "CONVERTED", "CANCELLED", "SENT"]:
            codes[status] = (await make.invite("ada")).code
            if status == "CONVERTED":
                codes["bob"] = (await make.invite("bob")).code
        await make.converted(codes["CONVERTED"], "cy")
        await rows.execute(
            "UPDATE loyalty_referral_invites SET status = 'CANCELLED', cancelled_at = now()"
            " WHERE code = :code",
            code=codes["CANCELLED"],
        )
        await rows.execute(
            "UPDATE loyalty_referral_invites SET expires_at = now() WHERE code <> ALL(:codes)",
            codes=[codes["SENT"], codes["bob"]],
        )
        return codes

    @pytest.mark.parametrize("first", [1, 2, 3, 4, 100])
    async def test_all_pages_show_each_invite_once_newest_first(
        self, api: Api, codes: dict[str, str], first: int
    ) -> None:
        own = [codes[name] for name in ["SENT", "CANCELLED", "CONVERTED", "EXPIRED"]]
        everybodys = [codes[name] for name in ["SENT", "CANCELLED", "bob", "CONVERTED", "EXPIRED"]]

        assert await walk(api, INVITES, first) == own
        assert await walk(api, ALL_INVITES, first) == everybodys
        assert await walk(api, ALL_INVITES, first, referrer="ada") == own
        assert await walk(api, ALL_INVITES, first, referrer="bob") == [codes["bob"]]
        assert await walk(api, ALL_INVITES, first, referrer="eve") == []

    async def test_of_some_statuses_expired_by_the_clock(
        self, api: Api, codes: dict[str, str]
    ) -> None:
        for status in ["SENT", "CONVERTED", "EXPIRED", "CANCELLED"]:
            assert await walk(api, INVITES, 1, statuses=[status]) == [codes[status]]
        both = [codes["SENT"], codes["EXPIRED"]]
        assert await walk(api, INVITES, 1, statuses=["EXPIRED", "SENT"]) == both
        assert await walk(api, ALL_INVITES, 1, statuses=["EXPIRED"]) == [codes["EXPIRED"]]
        assert await walk(api, ALL_INVITES, 1, statuses=["SENT"]) == [codes["SENT"], codes["bob"]]
        assert await walk(api, INVITES, 1, statuses=[]) == []

    async def test_the_status_that_is_served_is_the_one_that_is_listed_by(
        self, api: Api, codes: dict[str, str]
    ) -> None:
        data = await api.ask("{ me { invites { edges { node { code status } } } } }", caller=ADA)

        served = {
            edge["node"]["code"]: edge["node"]["status"] for edge in data["me"]["invites"]["edges"]
        }
        assert served == {code: name for name, code in codes.items() if name != "bob"}

    async def test_invites_issued_in_between_hide_and_repeat_none(
        self, api: Api, make: Make, codes: dict[str, str]
    ) -> None:
        async def issue(_number: int) -> None:
            await make.invite("ada")
            await make.invite("bob")

        own = [codes[name] for name in ["SENT", "CANCELLED", "CONVERTED", "EXPIRED"]]
        assert await walk(api, INVITES, 1, between=issue) == own

    @pytest.mark.parametrize("referrer", ["", " ada", "a\x00", "u" * 129])
    async def test_what_can_be_no_referrer(self, api: Api, referrer: str) -> None:
        answer = await api.graphql(ALL_INVITES, {"referrer": referrer, "first": 5})

        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])
        assert answer.errors[0]["extensions"]["field"] == "referrerId"


class TestFirst:
    @pytest.mark.parametrize("name", LISTS)
    async def test_out_of_bounds(self, api: Api, name: str) -> None:
        for first in [0, -1, 101, 10**9, -(2**31)]:
            answer = await ask_as_owner(api, LISTS[name], first=first)
            assert (first, answer.codes) == (first, ["BAD_USER_INPUT"])
            assert answer.errors[0]["message"] == f"first: must be from 1 to 100, not {first}."

    @pytest.mark.parametrize("name", LISTS)
    async def test_of_another_type(self, api: Api, name: str) -> None:
        for first in [2**31, 1.5, "5", True]:
            answer = await ask_as_owner(api, LISTS[name], first=first)
            assert (first, answer.data, answer.codes) == (first, None, ["BAD_USER_INPUT"])

    async def test_twenty_is_the_default_and_a_hundred_the_most(self, api: Api, rows: Rows) -> None:
        for number in range(101):
            await insert_member(rows, f"u-{number}")

        by_default = await api.ask("{ list: members { edges { cursor } } }")
        most = await page_of(api, MEMBERS, first=100, order="USER_ID")

        assert len(by_default["list"]["edges"]) == 20
        assert (len(most["edges"]), most["pageInfo"]["hasNextPage"]) == (100, True)


async def ask_as_owner(api: Api, query: str, **variables: Any) -> Any:
    return await api.graphql(query, variables, caller=ADA if "me {" in query else ADMIN)
