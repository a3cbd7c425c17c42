"""Lists in pages: a ledger, invites, and how much of any list a page may hold.

Following `endCursor` shows everything once, whatever ties there are and whatever is added in the
meantime. A cursor of another list, or of none, is the caller's mistake, and so is a bad `first`.
"""

from typing import Any

import pytest

from tests.fixtures.actors import ADA, ADMIN
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.pages import ALL_INVITES, INVITES, LEDGER, MEMBERS, insert_member, page_of, walk

LISTS = {"members": MEMBERS, "ledger": LEDGER, "invites": INVITES, "referralInvites": ALL_INVITES}


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
