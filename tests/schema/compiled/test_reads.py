"""Which operations are compiled into one statement, and which are left to the resolvers."""

from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse, print_ast, separate_operations

from app.context import Contexts
from db.json_queries import MAPPING
from domain.enums import MemberOrder
from schema.types.connection import cursor
from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.executions import Counted
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.queries import Statements
from tests.fixtures.selections import gid

OPERATIONS = "\n".join(
    path.read_text() for path in sorted(Path("packages/types/operations").glob("*.graphql"))
)
# Every query of the published operations, with variables and, where it is not an admin, who asks.
WHOLE: dict[str, tuple[dict[str, Any], Caller]] = {
    "MemberDashboard": ({"userId": "ada"}, ADA),
    "MemberInvites": ({"userId": "ada", "first": 2, "statuses": ["SENT"]}, ADA),
    "MemberLedger": ({"userId": "ada", "after": cursor("ledger", 2), "kinds": ["EARN"]}, ADMIN),
    "MyDashboard": ({}, ADA),
    "Notifications": ({"userId": "ada", "status": "SENT"}, ADMIN),
    "ReferralInvite": ({"code": "%(code)s"}, ADMIN),
    "ReferralInvites": ({"referrerId": "ada"}, ADMIN),
    "SearchMembers": ({"search": "a", "orderBy": "LIFETIME_POINTS"}, ADMIN),
    "Tier": ({"slug": "gold"}, NOBODY),
    "Tiers": ({"includeInactive": True}, NOBODY),
}
ON_SILVER = """query($order: MemberOrder!, $after: String) {
  members(first: 1, tierSlug: "silver", orderBy: $order, after: $after) {
    edges { node { userId } } pageInfo { endCursor hasNextPage } } }"""
# Documents, who asks, and how many statements the resolvers need.
RESOLVED: dict[str, tuple[str, Caller, int]] = {
    "an invite that may be of another user": (
        '{ referralInvite(code: "0123456789") { code } }',
        ADA,
        1,
    ),
    "a guard that may not hold": ("{ me { ledger { edges { node { actorId } } } } }", ADA, 2),
    "an argument out of range": (
        '{ member(userId: "ada") { ledger(first: 0) { __typename } } }',
        ADMIN,
        1,
    ),
    "a search within a tier": (
        '{ members(tierSlug: "bronze", search: "a") { edges { node { userId } } } }',
        ADMIN,
        2,
    ),
}


@pytest.fixture
def json_queries(contexts: Contexts) -> Counted:
    """The JSON queries of the service, counted."""
    contexts.json_queries = counted = Counted(MAPPING)
    return counted


@pytest.fixture
async def code(make: Make) -> str:
    """Ada has a tier, entries and an invite; this is its code."""
    await make.baseline_tiers()
    await make.member("ada")
    await make.earned("ada", 100)
    await make.earned("ada", 1_000)
    return (await make.invite("ada")).code


def test_every_published_query_is_named() -> None:
    queries = {
        definition.name.value
        for definition in parse(OPERATIONS).definitions
        if isinstance(definition, OperationDefinitionNode)
        and definition.operation is OperationType.QUERY
        and definition.name
    }
    # An export is put together from every table, by the resolver alone.
    assert set(WHOLE) == queries - {"ExportUser"}


@pytest.mark.parametrize("operation", WHOLE)
async def test_a_published_query_is_one_statement(
    api: Api, statements: Statements, json_queries: Counted, code: str, operation: str
) -> None:
    variables, caller = WHOLE[operation]
    variables = {name: code if value == "%(code)s" else value for name, value in variables.items()}
    query = one_operation(operation)

    with statements.recorded() as sent:
        await api.ask(query, variables, caller=caller)

    assert (len(sent), json_queries.asked) == (1, 1)


@pytest.mark.parametrize("caller", [ADA, ADMIN])
async def test_an_object_of_each_kind_is_one_statement_by_its_id_and_so_are_all_together(
    api: Api, statements: Statements, json_queries: Counted, code: str, rows: Rows, caller: Caller
) -> None:
    [tier] = await rows.all("SELECT id FROM loyalty_tiers LIMIT 1")
    [invite] = await rows.all("SELECT id FROM loyalty_referral_invites")
    ids = [
        gid("Tier", tier["id"]),
        gid("User", "ada"),
        gid("Member", "ada"),
        gid("LedgerEntry", 1, "ada"),
        gid("ReferralInvite", invite["id"], "ada"),
    ]

    with statements.recorded() as sent:
        found = [
            await api.ask("query($id: ID!) { node(id: $id) { id } }", {"id": each}, caller=caller)
            for each in ids
        ]
        many = await api.ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, caller=caller
        )

    assert [each["node"] for each in found] == many["nodes"] == [{"id": each} for each in ids]
    assert len(sent) == json_queries.asked == len(ids) + 1


async def test_a_document_too_long_to_be_kept_is_one_statement_too(
    api: Api, statements: Statements, json_queries: Counted, code: str
) -> None:
    with statements.recorded() as sent:
        answer = await api.ask(f"{{ me {{ userId tier {{ slug }} }} }} #{'x' * 10_000}", caller=ADA)

    assert answer == {"me": {"userId": "ada", "tier": {"slug": "silver"}}}
    assert (len(sent), json_queries.asked) == (1, 1)


@pytest.mark.parametrize("name", RESOLVED)
async def test_what_is_left_to_the_resolvers(
    api: Api, statements: Statements, json_queries: Counted, code: str, name: str
) -> None:
    document, caller, number = RESOLVED[name]

    with statements.recorded() as sent:
        await api.graphql(document, caller=caller)

    assert (len(sent), json_queries.asked) == (number, 0)


@pytest.mark.parametrize("order", MemberOrder)
async def test_a_list_of_the_members_on_a_tier_is_one_statement(
    api: Api,
    statements: Statements,
    json_queries: Counted,
    code: str,
    make: Make,
    order: MemberOrder,
) -> None:
    await make.user("anna")
    await make.earned("anna", 1_000)
    await make.member("abel")

    with statements.recorded() as sent:
        first = await members_on_silver(api, {"order": order})
        second = await members_on_silver(api, {"order": order, "after": first["endCursor"]})

    assert (len(sent), json_queries.asked) == (2, 2)
    assert {first["userId"], second["userId"]} == {"ada", "anna"}
    assert not second["hasNextPage"]


@pytest.mark.parametrize("caller", [ADA, NOBODY])
async def test_members_on_a_tier_are_for_admins(
    api: Api, statements: Statements, code: str, caller: Caller
) -> None:
    with statements.recorded() as sent:
        answer = await api.graphql(ON_SILVER, {"order": "NEWEST"}, caller=caller)

    assert answer.codes in (["FORBIDDEN"], ["UNAUTHENTICATED"])
    assert sent == []


async def members_on_silver(api: Api, variables: dict[str, Any]) -> dict[str, Any]:
    """Returns the page's only member, and where the list goes on."""
    members = (await api.ask(ON_SILVER, variables))["members"]
    [edge] = members["edges"]
    return {**edge["node"], **members["pageInfo"]}


def one_operation(name: str) -> str:
    """Returns the document of one published operation, with the fragments that it uses."""
    return print_ast(separate_operations(parse(OPERATIONS))[name])
