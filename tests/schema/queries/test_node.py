"""`node` and `nodes`: every object by the id that it was served with, and nothing by any other.

What is no id of this service is the caller's mistake, and never ours.
"""

import base64
from typing import Any

import pytest
from graphql import GraphQLInterfaceType

from domain.points import POINTS_MAX
from schema import schema
from schema.types.nodes import NODE_TYPES
from tests.fixtures.actors import ADA, ADMIN, NOBODY
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import ENTRY, MEMBER, TIER, USER, gid

LONGEST = "🦆" * 128
WEIRD = "a:b/c d%00:é"
NODE = f"""
__typename id
... on Tier {{ {TIER} }}
... on User {{ {USER} }}
... on Member {{ {MEMBER} }}
... on LedgerEntry {{ {ENTRY} }}
... on ReferralInvite {{ code metadata expiresAt referrer {{ userId }} invitee {{ userId }} }}
"""
NODE_QUERY = f"query($id: ID!) {{ node(id: $id) {{ {NODE} }} }}"
NODES_QUERY = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
UUID = "01890000-0000-7000-8000-000000000000"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


GARBAGE = [
    *("", " ", "garbage", "!", "größe", "Tier", "\x00", "\ud800", "A" * 1_025, "=", "===="),
    *(encoded(b"\xff\xfe"), encoded(b":"), encoded(b"::"), encoded(b"Tier"), encoded(b"\x00")),
    *(gid("Tier", ""), gid("Tier", "gold"), gid("Tier", UUID, "ada"), gid("tier", UUID)),
    *(gid("Query", "1"), gid("Unknown", "ada"), gid("", "ada"), gid("TierProgress", UUID)),
    *(gid("User", "a\x00"), gid("Member", "\x00a"), gid("LedgerEntry", 1, "\x00")),
    *(gid("LedgerEntry", "ada"), gid("LedgerEntry", "ada", 1), gid("LedgerEntry", -1, "ada")),
    *(gid("LedgerEntry", "1.0", "ada"), gid("LedgerEntry", "²", "ada")),
    *(gid("LedgerEntry", POINTS_MAX + 1, "ada"), gid("LedgerEntry", 10**400, "ada")),
    *(gid("ReferralInvite", UUID), gid("ReferralInvite", "x", "ada"), gid("ReferralInvite", 1, "")),
    gid("ReferralInvite", UUID + "0", "ada"),
]


@pytest.fixture(params=["ada", WEIRD, LONGEST])
async def objects(api: Api, make: Make, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """One object of every type, as it is served elsewhere."""
    user_id = request.param
    await make.baseline_tiers()
    await make.user(user_id, email="ada@example.com")
    await make.earned(user_id, 5)
    await make.invite(user_id)
    member = (
        await api.ask(
            f"""query($id: ID!) {{ member(userId: $id) {{
          __typename {MEMBER} tier {{ __typename {TIER} }} user {{ __typename {USER} }}
          ledger {{ edges {{ node {{ __typename {ENTRY} }} }} }}
          invites {{ edges {{ node {{ __typename id code metadata expiresAt
            referrer {{ userId }} invitee {{ userId }} }} }} }} }} }}""",
            {"id": user_id},
        )
    )["member"]
    entry = member.pop("ledger")["edges"][0]["node"]
    invite = member.pop("invites")["edges"][0]["node"]
    tier, user = dict(member["tier"]), dict(member["user"])
    return [member, entry, invite, tier, user]


async def test_every_type_round_trips(api: Api, objects: list[dict[str, Any]]) -> None:
    query = f"query($id: ID!) {{ node(id: $id) {{ {NODE} }} }}".replace(
        MEMBER, f"{MEMBER} tier {{ __typename {TIER} }} user {{ __typename {USER} }}"
    )
    types = {each["__typename"] for each in objects}
    assert types == {"Member", "LedgerEntry", "ReferralInvite", "Tier", "User"}

    for each in objects:
        assert (await api.ask(query, {"id": each["id"]}))["node"] == each

    ids = [each["id"] for each in objects]
    data = await api.ask(NODES_QUERY, {"ids": ids})
    assert data["nodes"] == [
        {"__typename": each["__typename"], "id": each["id"]} for each in objects
    ]


def test_every_node_type_is_registered() -> None:
    interface = schema._schema.get_type("Node")
    assert isinstance(interface, GraphQLInterfaceType)
    implementations = schema._schema.get_implementations(interface).objects

    assert {type_.name for type_ in implementations} == {type_.name for type_ in NODE_TYPES}


def test_only_what_is_public_has_no_owner() -> None:
    assert [type_.name for type_ in NODE_TYPES if type_.owner is None] == ["Tier"]
    assert [type_.name for type_ in NODE_TYPES if type_.is_for_admins] == ["Notification"]


class TestUnknown:
    async def test_well_formed_ids_of_nothing_are_null(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        ids = [
            gid("Tier", UUID),
            gid("User", "eve"),
            gid("User", "u" * 300),
            gid("Member", "ada"),
            gid("Member", "eve"),
            gid("LedgerEntry", 1, "ada"),
            gid("LedgerEntry", 0, "ada"),
            gid("LedgerEntry", POINTS_MAX, "ada"),
            gid("ReferralInvite", UUID, "ada"),
        ]

        async with rows.unchanged():
            data = await api.ask(NODES_QUERY, {"ids": ids})

        assert data["nodes"] == [None] * len(ids)

    async def test_looking_makes_no_member_not_even_of_the_caller(
        self, api: Api, rows: Rows
    ) -> None:
        async with rows.unchanged():
            data = await api.ask(NODE_QUERY, {"id": gid("Member", "ada")}, caller=ADMIN)
            own = await api.ask(
                "query($id: ID!) { node(id: $id) { id } }", {"id": gid("Member", "ada")}, caller=ADA
            )

        assert data == own == {"node": None}

    async def test_another_members_key_does_not_lead_to_an_invite(
        self, api: Api, make: Make
    ) -> None:
        await make.user("ada")
        await make.member("bob")
        invite = await make.invite("ada")

        data = await api.ask(NODE_QUERY, {"id": gid("ReferralInvite", invite.id, "bob")})

        assert data == {"node": None}

    async def test_a_tier_is_for_everybody(self, api: Api, make: Make) -> None:
        tier = await make.tier("gold", 5)

        data = await api.ask(
            "query($id: ID!) { node(id: $id) { ... on Tier { slug } } }",
            {"id": gid("Tier", tier.id)},
            caller=NOBODY,
        )

        assert data == {"node": {"slug": "gold"}}


class TestGarbage:
    async def test_as_node(self, api: Api) -> None:
        for value in GARBAGE:
            answer = await api.graphql(NODE_QUERY, {"id": value})
            assert (value, answer.data, answer.codes) == (value, {"node": None}, ["BAD_USER_INPUT"])
            assert answer.errors[0]["extensions"]["field"] == "id"

    async def test_as_one_of_nodes_it_is_named_by_its_place(self, api: Api, make: Make) -> None:
        tier = await make.tier("gold", 5)

        for value in GARBAGE:
            answer = await api.graphql(NODES_QUERY, {"ids": [gid("Tier", tier.id), value]})
            assert (value, answer.data, answer.codes) == (value, None, ["BAD_USER_INPUT"])
            assert answer.errors[0]["extensions"]["field"] == "ids[1]"

    @pytest.mark.parametrize("value", [None, 1.5, True, ["a"], {}])
    async def test_of_another_type(self, api: Api, value: object) -> None:
        answer = await api.graphql(NODE_QUERY, {"id": value})

        assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


class TestNodes:
    async def test_keep_their_order_and_repetitions(self, api: Api, make: Make) -> None:
        tier = gid("Tier", (await make.tier("gold", 5)).id)
        await make.member("ada")
        ids = [gid("Member", "ada"), gid("User", "eve"), tier, gid("User", "ada"), tier]

        data = await api.ask(NODES_QUERY, {"ids": ids})

        assert [node and node["id"] for node in data["nodes"]] == [
            ids[0], None, tier, ids[3], tier
        ]  # fmt: skip

    async def test_none_of_none(self, api: Api) -> None:
        assert await api.ask(NODES_QUERY, {"ids": []}) == {"nodes": []}

    async def test_at_most_a_hundred(self, api: Api) -> None:
        hundred = await api.ask(NODES_QUERY, {"ids": [gid("User", "eve")] * 100})
        more = await api.graphql(NODES_QUERY, {"ids": [gid("User", "eve")] * 101})

        assert len(hundred["nodes"]) == 100
        assert (more.data, more.codes) == (None, ["BAD_USER_INPUT"])
        assert more.errors[0]["message"] == "ids: must be at most 100, not 101."
