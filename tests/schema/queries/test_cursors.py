"""Cursors: what is no cursor of the very list that it is given to is the caller's mistake."""

import base64
from datetime import datetime
from typing import Any

import orjson
import pytest

from domain.points import POINTS_MAX
from tests.fixtures.actors import ADA, ADMIN
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

LISTS = {
    "members.NEWEST": "members(first: 1, after: $after, orderBy: NEWEST)",
    "members.LIFETIME_POINTS": "members(first: 1, after: $after, orderBy: LIFETIME_POINTS)",
    "members.USER_ID": "members(first: 1, after: $after, orderBy: USER_ID)",
    "ledger": "ledger(first: 1, after: $after)",
    "invites": "invites(first: 1, after: $after)",
    "referralInvites": "referralInvites(first: 1, after: $after)",
}
NEW_YEAR = "2024-01-01T00:00:00+00:00"
UUID = "01890000-0000-7000-8000-000000000000"
REFUSAL = "after: is not a cursor of this list. Take it from its pageInfo.endCursor."


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def cursor(*content: object) -> str:
    return encoded(orjson.dumps(content))


ALWAYS_BROKEN = [
    *("", " ", "garbage", "!", "größe", "\x00", "\ud800", "=", "A" * 10_001),
    *(encoded(content) for content in [b"", b"\xff", b"null", b"5", b'"ledger"', b"{}", b"[]"]),
    *(encoded(content) for content in [b"[", b"[" * 5_000, b"[null]", b'{"ledger": 1}']),
    *(cursor(name) for name in ["ledger", "invites", "members", "members.USER_ID", "unknown"]),
    *(cursor(name, 1, 2, 3) for name in ["ledger", "invites", "members.USER_ID"]),
]
BROKEN = {
    "ledger": [
        *(cursor("ledger", part) for part in ["1", 1.5, True, None, [], {}, POINTS_MAX + 1]),
        encoded(b'["ledger", 1e400]'),
        encoded(b'["ledger", ' + b"9" * 400 + b"]"),
    ],
    "invites": [cursor("invites", part) for part in ["x", 1, None, [], "", UUID[:-1], "\x00"]],
    "members.USER_ID": [
        cursor("members.USER_ID", part) for part in ["", "a\x00", "u" * 129, 5, None, [], " a"]
    ],
    "members.LIFETIME_POINTS": [
        *(cursor("members.LIFETIME_POINTS", part, "a") for part in ["1", 1.5, True, None, 2**60]),
        *(cursor("members.LIFETIME_POINTS", 1, part) for part in ["", "a\x00", None, 5]),
    ],
    "members.NEWEST": [
        *(cursor("members.NEWEST", part, "a") for part in ["", "yesterday", 5, None, "24-1-1"]),
        *(cursor("members.NEWEST", NEW_YEAR, part) for part in ["", "\x00", None, 5]),
        # Moments that no clock of PostgreSQL's has, or that are none without a time zone.
        cursor("members.NEWEST", "0001-01-01T00:00:00+14:00", "a"),
        cursor("members.NEWEST", "9999-12-31T23:59:59-14:00", "a"),
        cursor("members.NEWEST", "2024-01-01T00:00:00", "a"),
        cursor("members.NEWEST", "2024-01-01", "a"),
    ],
}
BROKEN["referralInvites"] = BROKEN["invites"]


async def ask(api: Api, name: str, after: str) -> Any:
    field = f"{LISTS[name]} {{ edges {{ cursor }} }}"
    if name in ("ledger", "invites"):
        query, caller = f"query($after: String) {{ me {{ {field} }} }}", ADA
    else:
        query, caller = f"query($after: String) {{ {field} }}", ADMIN
    return await api.graphql(query, {"after": after}, caller=caller)


@pytest.mark.parametrize("name", LISTS)
async def test_broken_ones(api: Api, name: str) -> None:
    for after in [*ALWAYS_BROKEN, *BROKEN[name]]:
        answer = await ask(api, name, after)
        assert (after, answer.codes) == (after, ["BAD_USER_INPUT"])
        assert answer.errors[0]["message"] == REFUSAL
        assert answer.errors[0]["extensions"]["field"] == "after"


@pytest.mark.parametrize("name", LISTS)
async def test_those_of_other_lists(api: Api, make: Make, name: str) -> None:
    await make.user("ada")
    await make.earned("ada", 5)
    await make.invite("ada")
    cursors = {
        "ledger": cursor("ledger", 1),
        "invites": cursor("invites", UUID),
        "members.NEWEST": cursor("members.NEWEST", NEW_YEAR, "a"),
        "members.LIFETIME_POINTS": cursor("members.LIFETIME_POINTS", 1, "a"),
        "members.USER_ID": cursor("members.USER_ID", "a"),
    }
    own = cursors.pop("invites" if name == "referralInvites" else name)

    assert (await ask(api, name, own)).codes == []
    for other in cursors.values():
        assert (await ask(api, name, other)).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_holds_what_sorts_and_stays_good_without_its_item(
    api: Api, make: Make, name: str
) -> None:
    member = await make.member("ada")
    await make.earned("ada", 5)
    invite = await make.invite("ada")
    data = (await ask(api, name, far_away(name))).data
    field = (data.get("me") or data)[name.partition(".")[0]]

    [edge] = field["edges"]

    content = orjson.loads(base64.urlsafe_b64decode(edge["cursor"]))
    if name == "members.NEWEST":
        assert datetime.fromisoformat(content.pop(1)) == member.created_at
    assert (
        content
        == {
            "members.NEWEST": ["members.NEWEST", "ada"],
            "members.LIFETIME_POINTS": ["members.LIFETIME_POINTS", 5, "ada"],
            "members.USER_ID": ["members.USER_ID", "ada"],
            "ledger": ["ledger", 1],
            "invites": ["invites", str(invite.id)],
            "referralInvites": ["invites", str(invite.id)],
        }[name]
    )


def far_away(name: str) -> str:
    """Returns a cursor of nothing that is there, before everything that is."""
    return {
        "members.NEWEST": cursor("members.NEWEST", "2100-01-01T00:00:00+00:00", "0"),
        "members.LIFETIME_POINTS": cursor("members.LIFETIME_POINTS", POINTS_MAX, "0"),
        "members.USER_ID": cursor("members.USER_ID", "0"),
        "ledger": cursor("ledger", POINTS_MAX),
        "invites": cursor("invites", "ffffffff-ffff-7fff-bfff-ffffffffffff"),
        "referralInvites": cursor("invites", "ffffffff-ffff-7fff-bfff-ffffffffffff"),
    }[name]
