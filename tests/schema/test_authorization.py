"""Who may ask for what: four callers and every field that the schema guards, on both roads.

The table below has to name every field of Query and Mutation, and every other guarded field; a
field without an expectation is a failure. What is foreign is answered just like what is unknown.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from graphql import ObjectTypeDefinitionNode, parse

from schema import schema
from tests.fixtures.actors import ADA, ADMIN, BOB, EVERYBODY, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.selections import gid

OK = "answered"
NULL = "null"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
GUARDS = {"isAuthenticated", "isSelfOrAdmin", "isAdmin"}

# What each of EVERYBODY gets: nobody, ada (whose everything is), bob, an admin.
FOR_ALL = (OK, OK, OK, OK)
FOR_ADMINS = (UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, OK)
FOR_SELF = (UNAUTHENTICATED, OK, FORBIDDEN, OK)
SEEN_BY_SELF = (NULL, OK, NULL, OK)
BENEATH_AN_UNSEEN_NODE = (NULL, FORBIDDEN, NULL, OK)


@dataclass(frozen=True)
class Expectation:
    """How to ask for a field of ada's past, the guard that it shows, and who gets what."""

    ask: str
    guard: str | None
    outcomes: tuple[str, str, str, str]


@dataclass(frozen=True)
class Past:
    """What there is to ask for."""

    code: str
    open_code: str
    invite_id: str


@pytest.fixture
async def past(make: Make, rows: Rows, either_road: None) -> Past:
    """Ada has brought in carol, has points, an open invite and a mail that was skipped."""
    await make.baseline_tiers()
    for user_id in ["ada", "bob", "carol", "dave"]:
        await make.member(user_id, email=f"{user_id}@example.com")
    await make.earned("ada", 100)
    invite = await make.invite("ada")
    await make.converted(invite.code, "carol")
    open_invite = await make.invite("ada")
    await rows.execute(
        "INSERT INTO outbox_events (id, kind, user_id, payload, delivered_at) "
        "VALUES (:event, 'TIER_UPGRADED', 'ada', '{}', now())",
        event=EVENT_ID,
    )
    await rows.execute(
        "INSERT INTO notifications (id, user_id, kind, status, reason, event_id) "
        "VALUES (:id, 'ada', 'TIER_UPGRADED', 'SKIPPED', 'NO_EMAIL', :event)",
        id=UUID(int=7),
        event=EVENT_ID,
    )
    invite_id = gid("ReferralInvite", invite.id, "ada")
    return Past(code=invite.code, open_code=open_invite.code, invite_id=invite_id)


def mutation(name: str, fields: str) -> tuple[str, Expectation]:
    ask = f"mutation {{ value: {name}(input: {{ {fields} }}) {{ __typename }} }}"
    return f"Mutation.{name}", Expectation(ask, "isAdmin", FOR_ADMINS)


EVENT_ID = UUID(int=8)
NOTIFICATION_ID = gid("Notification", UUID(int=7), "ada")
ENTRY_ID = gid("LedgerEntry", 1, "ada")
TABLE = dict(
    [
        ("Query.tiers", Expectation("{ value: tiers { slug } }", None, FOR_ALL)),
        ("Query.tier", Expectation('{ value: tier(slug: "gold") { slug } }', None, FOR_ALL)),
        (
            "Query.me",
            Expectation(
                "{ value: me { userId } }", "isAuthenticated", (UNAUTHENTICATED, OK, OK, NULL)
            ),
        ),
        (
            "Query.member",
            Expectation('{ value: member(userId: "ada") { userId } }', "isSelfOrAdmin", FOR_SELF),
        ),
        (
            "Query.members",
            Expectation("{ value: members { edges { cursor } } }", "isAdmin", FOR_ADMINS),
        ),
        (
            "Query.referralInvite",
            Expectation(
                '{ value: referralInvite(code: "%(code)s") { code } }',
                "isAuthenticated",
                (UNAUTHENTICATED, OK, NULL, OK),
            ),
        ),
        (
            "Query.referralInvites",
            Expectation("{ value: referralInvites { edges { cursor } } }", "isAdmin", FOR_ADMINS),
        ),
        (
            "Query.notifications",
            Expectation("{ value: notifications { edges { cursor } } }", "isAdmin", FOR_ADMINS),
        ),
        (
            "Query.node",
            Expectation(f'{{ value: node(id: "{ENTRY_ID}") {{ id }} }}', None, SEEN_BY_SELF),
        ),
        (
            "Query.nodes",
            Expectation(f'{{ value: nodes(ids: ["{ENTRY_ID}"]) {{ id }} }}', None, SEEN_BY_SELF),
        ),
        (
            "LedgerEntry.actorId",
            Expectation(
                f'{{ node(id: "{ENTRY_ID}") {{ ... on LedgerEntry {{ value: actorId }} }} }}',
                "isAdmin",
                BENEATH_AN_UNSEEN_NODE,
            ),
        ),
        (
            "ReferralInvite.invitee",
            Expectation(
                '{ node(id: "%(invite_id)s")'
                " { ... on ReferralInvite { value: invitee { userId } } } }",
                "isAdmin",
                BENEATH_AN_UNSEEN_NODE,
            ),
        ),
        mutation("createTier", 'slug: "ruby", name: "Ruby", pointThreshold: 7'),
        mutation("updateTier", 'slug: "gold", name: "Pure Gold"'),
        mutation("archiveTier", 'slug: "gold"'),
        mutation("upsertUser", 'userId: "ada", displayName: "Countess"'),
        mutation("issueReferralInvite", 'userId: "ada", idempotencyKey: "k"'),
        mutation("cancelReferralInvite", 'code: "%(open_code)s"'),
        mutation("completeReferral", 'code: "%(open_code)s", inviteeId: "dave"'),
        mutation("earnPoints", 'userId: "ada", points: 5, idempotencyKey: "k"'),
        mutation("redeemPoints", 'userId: "ada", points: 5, idempotencyKey: "k"'),
        mutation("adjustPoints", 'userId: "ada", points: 5, reason: "x", idempotencyKey: "k"'),
        mutation("reverseLedgerEntry", f'entryId: "{ENTRY_ID}", reason: "x"'),
        mutation("replayNotification", f'notificationId: "{NOTIFICATION_ID}"'),
    ]
)


@cache
def guards_in_the_schema() -> dict[str, str | None]:
    """Returns the guard of every field of the roots, and of every other field that has one."""
    found: dict[str, str | None] = {}
    for definition in parse(schema.as_str()).definitions:
        if not isinstance(definition, ObjectTypeDefinitionNode):
            continue
        for field in definition.fields or ():
            names = [directive.name.value for directive in field.directives or ()]
            guards = [name for name in names if name in GUARDS]
            assert len(guards) <= 1
            if guards or definition.name.value in ("Query", "Mutation"):
                found[f"{definition.name.value}.{field.name.value}"] = guards[0] if guards else None
    return found


def outcome_of(data: Any, codes: list[str]) -> str:
    """Returns what came of asking: the code of the only error, NULL or OK."""
    if codes:
        [code] = codes
        return code
    value = data.get("value", data.get("node"))
    return NULL if value is None or value == [None] else OK


def test_every_field_that_needs_one_has_an_expectation() -> None:
    assert {name: expected.guard for name, expected in TABLE.items()} == guards_in_the_schema()


@pytest.mark.parametrize("field", TABLE)
async def test_four_callers(api: Api, past: Past, rows: Rows, field: str) -> None:
    expected = TABLE[field]
    ask = expected.ask.replace("%(code)s", past.code)
    ask = ask.replace("%(open_code)s", past.open_code).replace("%(invite_id)s", past.invite_id)

    outcomes = []
    for caller in EVERYBODY[:-1]:
        async with rows.unchanged():
            answer = await api.graphql(ask, caller=caller)
        outcomes.append(outcome_of(answer.data, answer.codes))
    by_admin = await api.graphql(ask, caller=ADMIN)
    outcomes.append(outcome_of(by_admin.data, by_admin.codes))

    assert tuple(outcomes) == expected.outcomes
    if field.startswith("Mutation."):
        assert by_admin.data["value"]["__typename"].endswith("Success")


class TestForeignIsAsUnknown:
    @pytest.mark.parametrize("caller", [NOBODY, BOB])
    @pytest.mark.parametrize("foreign", ["ada", "eve", "u" * 200, "x\x00"])
    async def test_a_members_user_id(
        self, api: Api, past: Past, rows: Rows, caller: Caller, foreign: str
    ) -> None:
        query = "query($id: ID!) { member(userId: $id) { userId user { email } } }"
        unknown = await api.graphql(query, {"id": "nobody"}, caller=caller)

        async with rows.unchanged():
            answer = await api.graphql(query, {"id": foreign}, caller=caller)

        assert answer == unknown
        assert answer.data == {"member": None}
        assert answer.errors[0]["path"] == ["member"]

    @pytest.mark.parametrize("caller", [NOBODY, BOB])
    async def test_global_ids(self, api: Api, past: Past, caller: Caller) -> None:
        foreign = [
            gid("User", "ada"),
            gid("Member", "ada"),
            gid("LedgerEntry", 1, "ada"),
            past.invite_id,
        ]
        unknown = [
            gid("User", "eve"),
            gid("Member", "eve"),
            gid("LedgerEntry", 1, "eve"),
            gid("LedgerEntry", 99, "ada"),
            gid("ReferralInvite", "01890000-0000-7000-8000-000000000000", "ada"),
            gid("Tier", "01890000-0000-7000-8000-000000000000"),
            # What a request without a token might be taken for.
            gid("User", ""),
            gid("LedgerEntry", 1, ""),
        ]
        ids = [*foreign, *unknown]

        many = await api.ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, caller=caller
        )
        one_by_one = [
            await api.ask("query($id: ID!) { node(id: $id) { id } }", {"id": each}, caller=caller)
            for each in ids
        ]

        assert many == {"nodes": [None] * len(ids)}
        assert one_by_one == [{"node": None}] * len(ids)

    async def test_a_referral_code(self, api: Api, past: Past, make: Make) -> None:
        share_code = (await make.member("ada")).referral_code
        query = "query($code: String!) { referralInvite(code: $code) { code } }"

        answers = [
            await api.ask(query, {"code": code}, caller=BOB)
            for code in [past.code, past.open_code, share_code, "0123456789", "no code"]
        ]

        assert answers == [{"referralInvite": None}] * 5


class TestMembersOwnData:
    async def test_the_invitee_is_kept_from_the_referrer_and_the_rest_is_answered(
        self, api: Api, past: Past
    ) -> None:
        answer = await api.graphql(
            """{ me { invites(statuses: [CONVERTED]) { edges { node {
              code invitee { userId email } referrer { userId } } } } } }""",
            caller=ADA,
        )

        path = ["me", "invites", "edges", 0, "node", "invitee"]
        assert [(error["path"], error["message"]) for error in answer.errors] == [
            (path, "Your token does not allow this: it needs the admin role, or your own user id.")
        ]
        assert answer.codes == [FORBIDDEN]
        node = {"code": past.code, "invitee": None, "referrer": {"userId": "ada"}}
        assert answer.data == {"me": {"invites": {"edges": [{"node": node}]}}}

    async def test_the_actor_is_kept_from_the_member_and_the_rest_is_answered(
        self, api: Api, past: Past
    ) -> None:
        answer = await api.graphql(
            "{ me { ledger(kinds: [EARN]) { edges { node { points actorId } } } } }", caller=ADA
        )

        assert answer.codes == [FORBIDDEN]
        assert answer.data["me"]["ledger"]["edges"] == [{"node": {"points": 100, "actorId": None}}]

    async def test_an_admin_sees_both(self, api: Api, past: Past) -> None:
        member = (
            await api.ask(
                """{ member(userId: "ada") {
              invites(statuses: [CONVERTED]) { edges { node { invitee { userId email } } } }
              ledger(kinds: [EARN]) { edges { node { actorId } } } } }"""
            )
        )["member"]

        assert member["invites"]["edges"][0]["node"]["invitee"] == {
            "userId": "carol",
            "email": "carol@example.com",
        }
        assert member["ledger"]["edges"] == [{"node": {"actorId": "maker"}}]


async def test_a_refusal_of_one_root_field_keeps_the_others(api: Api, past: Past) -> None:
    answer = await api.graphql("{ tiers { slug } members { edges { cursor } } }", caller=ADA)

    # `members` cannot be null, so that its refusal takes the whole data with it.
    assert (answer.data, answer.codes) == (None, [FORBIDDEN])

    answer = await api.graphql('{ tiers { slug } member(userId: "bob") { userId } }', caller=ADA)
    assert answer.codes == [FORBIDDEN]
    assert answer.data["member"] is None
    assert len(answer.data["tiers"]) == 4
