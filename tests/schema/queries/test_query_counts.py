"""What a request costs the database: the number of statements does not grow with the data.

These are the numbers of resolver execution; a compiled operation takes one statement.

Each number is asserted as it is, so that whoever changes it has seen it.
"""

from typing import Any

import pytest

from schema import schema
from tests.fixtures.actors import ADA, ADMIN, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.queries import Statements
from tests.fixtures.selections import ENTRY, INVITE, MEMBER, TIER, USER, gid

# The member; their tier; the tiers; the ledger; the entries that it reverses; the invites; users,
# the member's own and the referrers; users, the invitees.
DASHBOARD = 8
# Without what is reversed and without invitees, which members may not see.
OWN_DASHBOARD = 6
# Users; members; entries; tiers; the entries that these reverse.
NODES = 5
KEYS: list[tuple[str, list[int]]] = [
    ("User", []),
    ("Member", []),
    ("LedgerEntry", [3]),
    ("LedgerEntry", [1]),
]

ENTRY_FOR_MEMBERS = ENTRY.replace("actorId", "")
INVITE_FOR_MEMBERS = INVITE.replace("invitee { userId }", "")


def dashboard(entry: str, invite: str) -> str:
    """Returns what a page about a member selects."""
    return f"""
    {MEMBER} tier {{ {TIER} }} progress {{ nextTier {{ {TIER} }} }}
    ledger(first: 5) {{ edges {{ node {{ {entry} }} }} pageInfo {{ endCursor }} }}
    invites(first: 5) {{ edges {{ node {{ {invite} }} }} pageInfo {{ endCursor }} }}
    """


@pytest.fixture(autouse=True)
def the_resolvers_alone(by_resolvers: None) -> None:
    """Compiled execution would hide what the resolvers cost."""


@pytest.fixture
async def hundred_members(make: Make, rows: Rows) -> None:
    """A hundred members, each with a tier, three entries, the last a reversal, and two invites."""
    await make.baseline_tiers()
    await rows.execute(
        "INSERT INTO users (id, email) SELECT 'user-' || n, 'user-' || n || '@example.com'"
        " FROM generate_series(1, 200) AS n"
    )
    await rows.execute(
        "INSERT INTO loyalty_members (user_id, referral_code, points_balance, lifetime_points,"
        " ledger_seq, tier_id, tier_since, created_at)"
        " SELECT 'user-' || n, 'CODE' || n, n, n, 3, (SELECT id FROM loyalty_tiers"
        " ORDER BY (hashint4(n) + point_threshold) % 7 LIMIT 1), now(), now() - n * interval '1 s'"
        " FROM generate_series(1, 100) AS n"
    )
    await rows.execute(
        "INSERT INTO loyalty_ledger_entries"
        " (member_id, seq, id, kind, points, balance_after, reverses_seq, actor_id)"
        " SELECT 'user-' || n, seq, gen_random_uuid(), CASE seq WHEN 3 THEN 'REVERSAL'"
        " ELSE 'EARN' END, n, n, CASE seq WHEN 3 THEN 2 END, 'ops'"
        " FROM generate_series(1, 100) AS n, generate_series(1, 3) AS seq"
    )
    await rows.execute(
        "INSERT INTO loyalty_referral_invites (referrer_id, id, code, source, status, invitee_id,"
        " completed_at, reward_points, invitee_reward_points)"
        " SELECT 'user-' || n, gen_random_uuid(), 'X' || n || i, 'ISSUED', 'CONVERTED',"
        " 'user-' || (100 + n), now(), 1, 0"
        " FROM generate_series(1, 100) AS n, generate_series(1, 2) AS i"
    )
    open_invite = (await make.invite("user-1", invitee_reward_points=5)).code
    await rows.execute(
        "UPDATE loyalty_referral_invites SET code = '0123456789' WHERE code = :code",
        code=open_invite,
    )
    await rows.execute(
        "UPDATE loyalty_referral_codes SET code = '0123456789' WHERE code = :code", code=open_invite
    )


async def statements_of(
    api: Api,
    statements: Statements,
    query: str,
    variables: dict[str, Any] | None = None,
    caller: Caller = ADMIN,
) -> tuple[int, Any]:
    """Returns how many statements a query costs, on warm connections, and its data."""
    await api.ask("{ tiers { slug } }")
    with statements.recorded() as recorded:
        data = await api.ask(query, variables, caller=caller)
    return len(recorded), data


class TestDashboard:
    async def test_of_a_member_by_an_admin(
        self, api: Api, statements: Statements, hundred_members: None
    ) -> None:
        query = f'{{ member(userId: "user-7") {{ {dashboard(ENTRY, INVITE)} }} }}'

        number, data = await statements_of(api, statements, query)

        member = data["member"]
        assert (len(member["ledger"]["edges"]), len(member["invites"]["edges"])) == (3, 2)
        assert member["ledger"]["edges"][0]["node"]["reverses"] == {"seq": 2}
        assert member["invites"]["edges"][0]["node"]["invitee"] == {"userId": "user-107"}
        assert number == DASHBOARD

    async def test_of_the_caller(self, api: Api, statements: Statements, make: Make) -> None:
        await make.baseline_tiers()
        await make.user("ada")
        await make.earned("ada", 1_200)
        await make.invite("ada")
        query = f"{{ me {{ {dashboard(ENTRY_FOR_MEMBERS, INVITE_FOR_MEMBERS)} }} }}"

        number, data = await statements_of(api, statements, query, caller=ADA)

        assert data["me"]["tier"]["slug"] == "silver"
        assert number == OWN_DASHBOARD

    async def test_of_one_ten_and_as_many_members_as_the_limits_allow(
        self, api: Api, statements: Statements, hundred_members: None
    ) -> None:
        query = f"""query($first: Int!) {{ members(first: $first) {{
          edges {{ node {{ {dashboard(ENTRY, INVITE)} }} }} pageInfo {{ hasNextPage }} }} }}"""

        numbers = {}
        for first in [1, 10, 31]:
            numbers[first], data = await statements_of(api, statements, query, {"first": first})
            nodes = [edge["node"] for edge in data["members"]["edges"]]
            assert len(nodes) == first
            for node in nodes:
                number = node["userId"].removeprefix("user-")
                assert {edge["node"]["points"] for edge in node["ledger"]["edges"]} == {int(number)}
                assert len(node["invites"]["edges"]) >= 2
                assert node["user"]["email"] == f"{node['userId']}@example.com"

        assert numbers == dict.fromkeys([1, 10, 31], DASHBOARD)

    async def test_of_a_hundred_nodes_of_each_type(
        self, api: Api, statements: Statements, hundred_members: None
    ) -> None:
        # A user, a member, a reversal and what it does not reverse.
        ids = [gid(type_name, *key, f"user-{n}") for n in range(1, 26) for type_name, key in KEYS]
        query = """query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
          ... on LedgerEntry { reverses { seq } } ... on Member { tier { slug } } } }"""

        few, _ = await statements_of(api, statements, query, {"ids": ids[:4]})
        many, data = await statements_of(api, statements, query, {"ids": ids})

        assert [node["id"] for node in data["nodes"]] == ids
        assert (few, many) == (NODES, NODES)


CHANGES: dict[str, tuple[dict[str, Any], str, int]] = {
    "createTier": (
        {"slug": "ruby", "name": "Ruby", "pointThreshold": 7},
        f"membersReassessed tier {{ {TIER} }}",
        6,
    ),
    "updateTier": ({"slug": "gold", "pointThreshold": 50}, f"tier {{ {TIER} }}", 6),
    "archiveTier": ({"slug": "gold"}, f"tier {{ {TIER} }}", 5),
    "upsertUser": (
        {"userId": "user-1", "email": None, "marketingMessages": True},
        f"user {{ {USER} }}",
        2,
    ),
    "eraseUser": ({"userId": "user-1"}, f"user {{ {USER} }}", 5),
    "issueReferralInvite": (
        {"userId": "user-1", "idempotencyKey": "k"},
        f"invite {{ {INVITE} }}",
        5,
    ),
    "cancelReferralInvite": ({"code": "0123456789"}, f"invite {{ {INVITE} }}", 4),
    "completeReferral": (
        {"code": "0123456789", "inviteeId": "user-150", "idempotencyKey": "k"},
        f"invite {{ {INVITE} }} referrer {{ {dashboard(ENTRY, INVITE)} }}"
        f" invitee {{ {dashboard(ENTRY, INVITE)} }} referrerEntry {{ {ENTRY} }}",
        13,
    ),
    "earnPoints": (
        {"userId": "user-1", "points": 5, "idempotencyKey": "k"},
        f"entry {{ {ENTRY} }} member {{ {dashboard(ENTRY, INVITE)} }}",
        7,
    ),
    "redeemPoints": (
        {"userId": "user-1", "points": 1, "idempotencyKey": "k"},
        f"entry {{ {ENTRY} }} member {{ {dashboard(ENTRY, INVITE)} }}",
        7,
    ),
    "adjustPoints": (
        {"userId": "user-1", "points": 5, "reason": "x", "idempotencyKey": "k"},
        f"entry {{ {ENTRY} }} member {{ {dashboard(ENTRY, INVITE)} }}",
        7,
    ),
    "reverseLedgerEntry": (
        {"entryId": gid("LedgerEntry", 1, "user-1"), "reason": "x"},
        f"entry {{ {ENTRY} }} member {{ {dashboard(ENTRY, INVITE)} }}",
        10,
    ),
}


class TestMutations:
    def test_the_table_names_every_mutation(self) -> None:
        mutation = schema._schema.mutation_type
        assert mutation is not None
        # The payload of a replay is the record itself: there is nothing to count in it.
        assert set(CHANGES) == set(mutation.fields) - {"replayNotification"}

    @pytest.mark.parametrize("mutation", CHANGES)
    async def test_with_their_payload(
        self,
        api: Api,
        statements: Statements,
        hundred_members: None,
        mutation: str,
    ) -> None:
        fields, selection, number = CHANGES[mutation]
        success = f"... on {mutation[0].upper()}{mutation[1:]}Success {{ {selection} }}"
        # The first unit of work of a process opens a connection.
        await api.mutate("upsertUser", "", userId="warm")

        with statements.recorded() as recorded:
            result = await api.mutate(mutation, success, **fields)

        assert result["__typename"].endswith("Success")
        assert len(recorded) == number, recorded
