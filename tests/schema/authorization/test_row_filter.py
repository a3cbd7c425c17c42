"""What is left when every guard is gone: the statements themselves find only the caller's own.

The guards are taken away from the whole program, as no single mistake could, and everything that
can be asked is asked again by a user who does not own it.
"""

from uuid import UUID

import pytest
from graphql import ObjectTypeDefinitionNode, parse
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from app.context import Contexts
from db import models
from db.rows import in_owner_scope
from domain.actor import Actor
from schema import schema
from tests.fixtures.actors import ADA, ADMIN, BOB, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.executions import Executions
from tests.fixtures.factories import Make
from tests.fixtures.generated_documents import GeneratedDocument
from tests.fixtures.graphql import Api
from tests.fixtures.mutation_cases import CASES, document_of, filled
from tests.fixtures.selections import ENTRY, INVITE, MEMBER, USER, gid

CANARY = "canary"
NOTIFICATION = "userId eventKind: kind outcome: status reason eventId user { userId }"
LISTS = f"""
ledger(first: 2) {{ edges {{ node {{ {ENTRY} }} }} }}
invites(first: 2) {{ edges {{ node {{ {INVITE} }} }} }}
"""
ANY_NODE = f"""
id ... on User {{ {USER} }} ... on Member {{ {MEMBER} {LISTS} }} ... on LedgerEntry {{ {ENTRY} }}
... on ReferralInvite {{ {INVITE} }} ... on Notification {{ {NOTIFICATION} }}
"""
# The same without what is for admins alone, which only the resolvers answer.
IN_ONE_STATEMENT = {
    **{
        kind: f'{{ node(id: "${kind}") {{ ... on {type_name} {{ {fields} }} }} }}'
        for kind, type_name, fields in [
            ("user", "User", "userId email"),
            ("member", "Member", "userId user { email } ledger { edges { node { reference } } }"),
            ("entry", "LedgerEntry", "reference"),
            ("invite", "ReferralInvite", "code referrer { email }"),
        ]
    },
    "members": "{ members { edges { node { userId user { email } } } } }",
    "members on a tier": '{ members(tierSlug: "bronze") { edges { node { userId } } } }',
    "referralInvites": "{ referralInvites { edges { node { inviteeEmail } } } }",
    "notifications": "{ notifications { edges { node { userId } } } }",
}
QUERIES = {
    "tiers": "{ tiers { slug } }",
    "tier": '{ tier(slug: "gold") { slug } }',
    "me": f"{{ me {{ {MEMBER} {LISTS} }} }}",
    "member": f'{{ member(userId: "ada-canary") {{ {MEMBER} {LISTS} }} }}',
    "members": f"{{ members(first: 9) {{ edges {{ node {{ {MEMBER} {LISTS} }} }} }} }}",
    "referralInvite": f'{{ referralInvite(code: "$code") {{ {INVITE} }} }}',
    "referralInvites": f"{{ referralInvites {{ edges {{ node {{ {INVITE} }} }} }} }}",
    "notifications": f"{{ notifications {{ edges {{ node {{ {NOTIFICATION} }} }} }} }}",
    "exportUser": '{ exportUser(userId: "ada-canary") }',
    "node": f'{{ node(id: "$node") {{ {ANY_NODE} }} }}',
    "nodes": f"{{ nodes(ids: [$nodes]) {{ {ANY_NODE} }} }}",
}
# Nobody has no self to ask for.
ASKED_BY_STRANGERS = [(field, BOB) for field in QUERIES] + [
    (field, NOBODY) for field in QUERIES if field != "me"
]
OWNED = [name for name, case in CASES.items() if case.is_owned]
"""The mutations that change rows of one user; tiers belong to nobody."""


@pytest.fixture
async def ids(make: Make, rows: Rows) -> dict[str, str]:
    """Ada has something of every kind, each with her name on it; bob has something too."""
    await make.baseline_tiers()
    await make.member("ada-canary", email="ada@canary.example", display_name="Ada Canary")
    await make.member("bob", email="bob@example.com")
    await make.earned("bob", 5)
    entry = await make.earned("ada-canary", 100, reference="canary-order")
    invite = await make.invite("ada-canary", invitee_email="cousin@canary.example")
    await rows.execute(
        "INSERT INTO notifications (user_id, id, kind, status, reason, event_id) "
        "SELECT user_id, :id, kind, 'FAILED', 'canary', id FROM outbox_events",
        id=UUID(int=7),
    )
    nodes = {
        "user": gid("User", "ada-canary"),
        "member": gid("Member", "ada-canary"),
        "entry": gid("LedgerEntry", entry.seq, "ada-canary"),
        "invite": gid("ReferralInvite", invite.id, "ada-canary"),
        "notification": gid("Notification", UUID(int=7), "ada-canary"),
    }
    quoted = ", ".join(f'"{node}"' for node in nodes.values())
    past = {
        "ada": "ada-canary",
        "open_code": invite.code,
        "entry_id": nodes["entry"],
        "notification_id": nodes["notification"],
    }
    return {**nodes, **past, "nodes": quoted, "node": nodes["user"], "code": invite.code}


@pytest.fixture
def without_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that lets everybody pass wherever it should ask."""
    monkeypatch.setattr(Actor, "may_see", lambda _actor, _user_id: True)
    for guard in ("require_authenticated", "require_admin", "require_self_or_admin"):
        monkeypatch.setattr(Actor, guard, lambda *_: None)


@pytest.fixture
def without_row_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that takes everybody for somebody who may see all."""
    monkeypatch.setattr(Actor, "owner_scope", None)


def filled_in(document: str, ids: dict[str, str]) -> str:
    for name in sorted(ids, key=len, reverse=True):
        document = document.replace(f"${name}", ids[name])
    return document


def fields_of(type_name: str) -> set[str]:
    [found] = [
        definition
        for definition in parse(schema.as_str()).definitions
        if isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value == type_name
    ]
    return {field.name.value for field in found.fields or ()}


def test_everything_that_can_be_asked_is_asked() -> None:
    # A checkpoint is a digest, in which nothing is anybody's.
    assert fields_of("Query") == QUERIES.keys() | {"ledgerCheckpoint"}
    assert fields_of("Mutation") == CASES.keys()


@pytest.mark.usefixtures("without_guards")
class TestWithoutAnyGuard:
    @pytest.mark.usefixtures("either_execution")
    @pytest.mark.parametrize(("field", "caller"), ASKED_BY_STRANGERS)
    async def test_nothing_foreign_is_found(
        self, api: Api, ids: dict[str, str], field: str, caller: Caller
    ) -> None:
        answer = await api.graphql(filled_in(QUERIES[field], ids), caller=caller)

        assert answer.errors == []
        assert CANARY not in str(answer.data).lower()

    @pytest.mark.usefixtures("either_execution")
    @pytest.mark.parametrize("field", ["user", "member", "entry", "invite", "notification"])
    async def test_no_kind_of_node_is_found(
        self, api: Api, ids: dict[str, str], field: str
    ) -> None:
        query = f'{{ node(id: "{ids[field]}") {{ {ANY_NODE} }} }}'
        assert await api.ask(query, caller=BOB) == {"node": None}

    @pytest.mark.parametrize("name", IN_ONE_STATEMENT)
    async def test_nothing_foreign_is_found_in_one_statement(
        self, executions: Executions, ids: dict[str, str], name: str
    ) -> None:
        question = GeneratedDocument(filled_in(IN_ONE_STATEMENT[name], ids), {})
        answer = await executions.ask(executions.compiled, question, BOB)

        assert (answer.errors, executions.compiled.asked) == ([], 1)
        assert CANARY not in str(answer.data)
        if name in ids:
            assert answer.data == {"node": None}

    @pytest.mark.parametrize("field", OWNED)
    async def test_nothing_foreign_is_changed(
        self, api: Api, ids: dict[str, str], rows: Rows, field: str
    ) -> None:
        async with rows.unchanged():
            answer = await api.graphql(filled(document_of(field), ids), caller=BOB)

        assert answer.errors or not answer.data[field]["__typename"].endswith("Success")

    async def test_no_membership_is_made_for_somebody_else(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("eve")
        async with rows.unchanged():
            assert await api.ask('{ member(userId: "eve") { userId } }', caller=BOB) == {
                "member": None
            }

    async def test_nothing_foreign_is_found_over_rest(self, api: Api, ids: dict[str, str]) -> None:
        response = await api.request("GET", "/api/v1/loyalty/members/ada-canary", caller=BOB)
        assert response.status_code == 404
        assert "canary" not in response.text.replace("ada-canary", "")

    async def test_what_is_their_own_is(self, api: Api, ids: dict[str, str]) -> None:
        answer = await api.ask("{ me { userId ledger { edges { node { points } } } } }", caller=BOB)
        assert answer["me"]["ledger"]["edges"] == [{"node": {"points": 5}}]

    @pytest.mark.parametrize("field", QUERIES)
    async def test_an_admin_finds_it(self, api: Api, ids: dict[str, str], field: str) -> None:
        answer = await api.ask(filled_in(QUERIES[field], ids), caller=ADMIN)
        assert (CANARY in str(answer).lower()) == (field not in ("tiers", "tier", "me"))

    @pytest.mark.usefixtures("without_row_filter")
    @pytest.mark.parametrize("field", sorted(QUERIES.keys() - {"tiers", "tier", "me"}))
    async def test_without_the_row_filter_too_it_would_be_found(
        self, api: Api, ids: dict[str, str], field: str
    ) -> None:
        answer = await api.ask(filled_in(QUERIES[field], ids), caller=BOB)
        assert CANARY in str(answer).lower()


@pytest.mark.usefixtures("without_row_filter")
async def test_the_guards_alone_hold_as_well(api: Api, ids: dict[str, str]) -> None:
    for field in sorted(QUERIES.keys() - {"tiers", "tier", "me"}):
        answer = await api.graphql(filled_in(QUERIES[field], ids), caller=ADA)
        assert CANARY not in str(answer.data).lower()


async def test_a_statement_without_an_owner_scope_is_an_error(contexts: Contexts) -> None:
    statement = select(models.Member.user_id).where(in_owner_scope(models.Member.user_id))
    async with contexts.database.reader() as reader:
        assert await reader.all(str, statement, {"owner_scope": reader.owner_scope}) == []
        with pytest.raises(
            StatementError, match="A value is required for bind parameter 'owner_scope'"
        ):
            await reader.all(str, statement)
