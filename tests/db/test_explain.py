"""With a million ledger entries, every statement that the API sends finds its rows by an index.

The statements are those that real requests send, and the plans those that a session uses for them
once it has run them a few times.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import event, make_url

from app.context import Contexts
from schema.types.connection import cursor
from tests.db.million import GENERATE, WHALE, WHALE_ENTRIES
from tests.db.plans import connect, indexes, pages_touched, plan_of, tables_read_whole
from tests.fixtures.database import Rows, execute, named
from tests.fixtures.executions import RESOLVERS_ONLY
from tests.fixtures.graphql import Api
from tests.fixtures.selections import ENTRY, INVITE, MEMBER, TIER, USER, gid

# A handful of rows, for which an index would only be a detour.
SMALL = {"loyalty_tiers"}

MEMBERS_PK, USERS_PK = "pk_loyalty_members", "pk_users"
LEDGER_PK, PREFERENCES_PK = "pk_loyalty_ledger_entries", "pk_notification_preferences"
INVITES_PK, INVITES_ID = "pk_loyalty_referral_invites", "ix_loyalty_referral_invites_id"
CODES_PK = "pk_loyalty_referral_codes"
BY_ORDER = {
    "NEWEST": "ix_loyalty_members_newest",
    "LIFETIME_POINTS": "ix_loyalty_members_lifetime_points",
    "USER_ID": MEMBERS_PK,
}
BY_ORDER_ON_TIER = {
    "NEWEST": "ix_loyalty_members_tier_id_newest",
    "LIFETIME_POINTS": "ix_loyalty_members_tier_id_lifetime_points",
    "USER_ID": "ix_loyalty_members_tier_id_user_id",
}
# Where any of them leads to the same few rows.
BY_ANY_ON_TIER = frozenset(BY_ORDER_ON_TIER.values())
BY_MEMBER = frozenset([MEMBERS_PK, BY_ORDER_ON_TIER["USER_ID"]])
BY_PREFIX = {"ix_users_lower_id", "ix_users_lower_email", "ix_users_lower_display_name"}
EDGES = "edges { cursor node { userId } } pageInfo { endCursor hasNextPage }"
DASHBOARD = f"""
    {MEMBER} ledger(first: 5) {{ edges {{ node {{ {ENTRY} }} }} }}
    invites(first: 5) {{ edges {{ node {{ {INVITE} }} }} }}
"""


class Sent(NamedTuple):
    """A statement as it went to the database."""

    statement: str
    parameters: Sequence[Any]


@pytest.fixture(scope="module")
def million_url(server_url: str, template_url: str) -> Iterator[str]:
    """A database of its own with a million entries."""
    name = f"million_{uuid4().hex}"
    template = make_url(template_url).database
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = named(server_url, name)
    asyncio.run(execute(url, *GENERATE))
    yield url
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def database_url(million_url: str) -> str:
    """The service's database."""
    return million_url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A session that asks for plans."""
    connection = await connect(database_url)
    yield connection
    await connection.close()


@contextmanager
def recorded(contexts: Contexts) -> Iterator[list[Sent]]:
    """Yields a list that fills with the statements that the service sends, and their parameters."""
    sent: list[Sent] = []

    def record(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append(Sent(statement, parameters))

    engines = [contexts.database.reading.sync_engine, contexts.database.writing.sync_engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)


Expected: TypeAlias = str | frozenset[str]
"""An index that is used, or several, of which one is."""


class Plans:
    """Sends requests, and looks at the plans of what they send."""

    def __init__(self, api: Api, contexts: Contexts, connection: asyncpg.Connection) -> None:
        self.problems: dict[str, object] = {}
        self.statements_count = 0
        self._api = api
        self._contexts = contexts
        self._connection = connection

    async def graphql(self, query: str, *expected: Expected, **variables: Any) -> Any:
        """Sends a document; notes what reads a table whole, or by other indexes than expected."""
        with recorded(self._contexts) as sent:
            data = await self._api.ask(query, variables)
        await self._check(query, sent, expected)
        return data

    async def rest(self, method: str, path: str, *expected: Expected, **options: Any) -> Any:
        """The same with a REST request."""
        with recorded(self._contexts) as sent:
            answer = await self._api.request(method, f"/api/v1/loyalty{path}", **options)
        assert answer.is_success, answer.text
        await self._check(f"{method} {path}", sent, expected)
        return answer.json()

    async def mutate(self, field: str, **fields: Any) -> Any:
        """The same with a mutation, which may use any indexes."""
        with recorded(self._contexts) as sent:
            result = await self._api.mutate(field, "", **fields)
        assert result["__typename"] == f"{field[0].upper()}{field[1:]}Success"
        await self._check(field, sent, ())
        return result

    async def pages_of_last(self, query: str) -> int:
        """Returns how many pages the last statement of a document touches when it is run."""
        with recorded(self._contexts) as sent:
            await self._api.ask(query)
        return pages_touched(await plan_of(self._connection, *sent[-1], run=True))

    async def _check(self, request: str, sent: list[Sent], expected: Sequence[Expected]) -> None:
        used: set[str] = set()
        for statement, parameters in sent:
            self.statements_count += 1
            plan = await plan_of(self._connection, statement, parameters)
            used |= indexes(plan)
            if whole := tables_read_whole(plan) - SMALL:
                self.problems[f"{request}: {statement}"] = whole
        choices = [frozenset([each]) if isinstance(each, str) else each for each in expected]
        is_as_expected = all(map(used.intersection, choices)) and used <= set().union(*choices)
        if expected and not is_as_expected:
            self.problems[request] = {"expected": expected, "used": used}


async def _member_lists(plans: Plans, *, by_resolvers: bool) -> None:
    async def pages(order: str, filters: str, *expected: Expected) -> str:
        query = f"{{ members(first: 20, orderBy: {order}{filters}) {{ {EDGES} }} }}"
        found = (await plans.graphql(query, *expected))["members"]
        return str(found["pageInfo"]["endCursor"])

    for order, index in BY_ORDER.items():
        after = await pages(order, "", index)
        await pages(order, f', after: "{after}"', index)
        # Where it finds few, it looks them up; where it finds many, it goes through the order.
        await pages(order, ', search: "user-12345"', *BY_PREFIX, MEMBERS_PK)
        await pages(order, ', search: "nobody"', *BY_PREFIX, MEMBERS_PK)
        after = await pages(order, ', search: "USER"', index, USERS_PK)
        await pages(order, f', search: "USER", after: "{after}"', index, USERS_PK)
        # However many members the tier has: all but one, one or none.
        for slug in ["silver", "platinum", "gold"]:
            on_tier: Expected = BY_ORDER_ON_TIER[order]
            if by_resolvers:
                # They have looked the tier up: whatever finds few will do, and for all the order.
                on_tier = BY_ANY_ON_TIER | ({index} if slug == "silver" else set())
            await pages(order, f', tierSlug: "{slug}"', on_tier)
            await pages(order, f', tierSlug: "{slug}", after: "{after}"', on_tier)
            await pages(order, f', tierSlug: "{slug}", search: "USER"')
        await pages(order, ', search: "user-12345", tierSlug: "silver"', *BY_PREFIX, BY_MEMBER)


async def _look_ups(plans: Plans, rows: Rows, *, by_resolvers: bool) -> None:
    [invite] = await rows.all(
        "SELECT id, code FROM loyalty_referral_invites WHERE referrer_id = :id AND status = 'SENT' "
        "ORDER BY id LIMIT 1 OFFSET 900",
        id=WHALE,
    )
    after = f', after: "{cursor("invites", str(invite["id"]))}"'
    ledger, users = (MEMBERS_PK, LEDGER_PK), (USERS_PK, PREFERENCES_PK)

    await plans.rest("GET", "/tiers")
    await plans.rest("GET", f"/members/{WHALE}", MEMBERS_PK)
    await plans.graphql(f'{{ tiers {{ {TIER} }} tier(slug: "gold") {{ {TIER} }} }}')
    for arguments in ("first: 20", "kinds: [EARN]", f'after: "{cursor("ledger", 500)}"'):
        entries = f"ledger({arguments}) {{ edges {{ node {{ {ENTRY} }} }} }}"
        await plans.graphql(f'{{ member(userId: "{WHALE}") {{ {entries} }} }}', *ledger)
    await plans.graphql(
        f"{{ members(first: 20) {{ edges {{ node {{ {DASHBOARD} }} }} }} }}",
        # The resolvers' batches begin at the members once more, for each list.
        *(BY_ORDER["NEWEST"], LEDGER_PK, *users, INVITES_PK),
        *((MEMBERS_PK,) if by_resolvers else ()),
    )
    for arguments in ("first: 20", f"first: 20{after}", "first: 20, statuses: [SENT, CONVERTED]"):
        fields = f"({arguments}) {{ edges {{ node {{ code status }} }} }}"
        await plans.graphql(f"{{ referralInvites{fields} }}", INVITES_ID)
        await plans.graphql(
            f'{{ member(userId: "{WHALE}") {{ invites{fields} }} }}', MEMBERS_PK, INVITES_PK
        )
    await plans.graphql(
        f'{{ referralInvite(code: "{invite["code"]}") {{ code }} }}', CODES_PK, INVITES_ID
    )
    await plans.graphql(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        *(USERS_PK, *ledger, INVITES_ID),
        # Nobody has asked for a preference, but the resolvers read whole users.
        *((PREFERENCES_PK,) if by_resolvers else ()),
        ids=[
            gid("User", WHALE),
            gid("Member", "user-5"),
            gid("LedgerEntry", 7, WHALE),
            gid("LedgerEntry", 8, "user-5"),
            gid("ReferralInvite", invite["id"], WHALE),
        ],
    )


async def _changes(plans: Plans) -> None:
    # One that is new is made known, made a member, and brought in.
    await plans.mutate("upsertUser", userId="new", marketingMessages=True, idempotencyKey="u")
    await plans.graphql(f'{{ member(userId: "new") {{ {MEMBER} user {{ {USER} }} }} }}')
    invite = await plans.rest("POST", f"/members/{WHALE}/referrals", json={})
    completion = {"code": invite["code"], "inviteeId": "new"}
    for _ in range(2):
        await plans.rest("POST", "/referrals/complete", json=completion)
    other = await plans.rest("POST", f"/members/{WHALE}/referrals", json={})
    await plans.mutate("cancelReferralInvite", code=other["code"])
    by_key: list[tuple[str, dict[str, Any]]] = [
        ("earnPoints", {"points": 5}),
        ("redeemPoints", {"points": 5}),
        ("adjustPoints", {"points": 5, "reason": "x"}),
        ("issueReferralInvite", {}),
    ]
    for _ in range(2):
        for field, fields in by_key:
            await plans.mutate(field, userId=WHALE, idempotencyKey=field, **fields)
        await plans.mutate(
            "reverseLedgerEntry",
            entryId=gid("LedgerEntry", 3, WHALE),
            reason="x",
            idempotencyKey="reverse",
        )
    await plans.graphql('{ exportUser(userId: "new") }')
    await plans.mutate("eraseUser", userId="new")


async def test_a_million_entries(
    api: Api, contexts: Contexts, rows: Rows, connection: asyncpg.Connection
) -> None:
    """One test, for the database takes longer to make than to ask."""
    assert await rows.value("SELECT count(*) FROM loyalty_ledger_entries") == 1_000_000
    plans = Plans(api, contexts, connection)

    compiled = contexts.json_queries
    for contexts.json_queries in (RESOLVERS_ONLY, compiled):
        by_resolvers = contexts.json_queries is RESOLVERS_ONLY
        await _member_lists(plans, by_resolvers=by_resolvers)
        await _look_ups(plans, rows, by_resolvers=by_resolvers)
    await _changes(plans)
    assert plans.problems == {}
    assert plans.statements_count > 200

    # The oldest entries of the longest ledger cost what the newest cost.
    ledger = '{{ member(userId: "{}") {{ ledger(first: 20{}) {{ edges {{ cursor }} }} }} }}'
    touched = [await plans.pages_of_last(ledger.format(WHALE, ""))]
    for seq in (WHALE_ENTRIES - 100, WHALE_ENTRIES // 2, 22):
        after = f', after: "{cursor("ledger", seq)}"'
        touched.append(await plans.pages_of_last(ledger.format(WHALE, after)))
    assert max(touched) <= 2 * min(touched)
    assert max(touched) < 20
