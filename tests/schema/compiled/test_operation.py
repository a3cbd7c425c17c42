"""A compiled operation gives the same answer as the executor."""

from dataclasses import replace
from typing import Any

import graphql
import pytest

from app.context import Contexts
from db.json_queries import MAPPING, ArgumentSignature, JsonQueries, Root, Selections, Statement
from db.json_queries.columns import value_of
from db.json_queries.expressions import string
from db.json_queries.roots import MEMBER
from domain.enums import Role
from schema.operations import run
from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

# Fields as they stand in a query, their variables, and who asks.
ASKED: dict[str, tuple[str, dict[str, Any], Caller]] = {
    "an object": ("member(userId: $id) { userId tier { slug } }", {"id": "ada"}, ADA),
    "by another name": ("mine: me { userId }", {}, ADA),
    "a list": ("tiers(includeInactive: $all) { slug }", {"all": True}, NOBODY),
    "a variable left out": ("tiers(includeInactive: $all) { slug }", {}, NOBODY),
    "an enum": ("members(orderBy: $by) { edges { node { userId } } }", {"by": "NEWEST"}, ADMIN),
    "nobody": ("member(userId: $id) { userId }", {"id": "nobody"}, ADMIN),
    "first seen": ("me { userId pointsBalance }", {}, Caller(Role.MEMBER, "grace")),
    "of another user": ("member(userId: $id) { userId }", {"id": "grace"}, ADA),
    "without a token": ("me { userId }", {}, NOBODY),
    "not an admin": ("members { edges { node { userId } } }", {}, ADA),
    "a variable of a wrong type": ("member(userId: $id) { userId }", {"id": []}, ADMIN),
    "an argument out of range": ("members(first: 0) { edges { cursor } }", {}, ADMIN),
    "a fragment": ("member(userId: $id) { ...Mine @skip(if: $all) userId }", {"id": "ada"}, ADA),
}
_VARIABLES = {"id": "ID!", "all": "Boolean = false", "by": "MemberOrder"}


def document(field: str, more: str = "") -> str:
    """Returns a query of a field, with the variables that it uses."""
    used = ", ".join(f"${name}: {of}" for name, of in _VARIABLES.items() if f"${name}" in field)
    fragment = " fragment Mine on Member { pointsBalance }" if "...Mine" in field else ""
    return f"query {f'({used})' if used else ''} {{ {field} {more} }}{fragment}"


@pytest.fixture
async def ada(make: Make) -> None:
    """A member, and tiers."""
    await make.baseline_tiers()
    await make.member("ada")


class Broken(JsonQueries):
    """JsonQueries that nothing can be read by."""

    def statement(
        self, root: Root, selections: Selections, signature: ArgumentSignature
    ) -> Statement:
        raise RuntimeError("a fault of ours")


class BrokenMembers(JsonQueries):
    """JsonQueries whose statements for members PostgreSQL cannot execute."""

    def statement(
        self, root: Root, selections: Selections, signature: ArgumentSignature
    ) -> Statement:
        statement = super().statement(root, selections, signature)
        if root is not MEMBER:
            return statement
        sql = f"WITH found AS ({statement.sql}) SELECT (1 / 0)::text FROM found"
        return replace(statement, sql=sql)


async def require_equal(api: Api, field: str, variables: dict[str, Any], caller: Caller) -> None:
    direct = await api.graphql(document(field), variables, caller=caller)
    executed = await api.graphql(document(field, "more: __typename"), variables, caller=caller)
    if executed.data is not None:
        assert executed.data.pop("more") == "Query"
    for error in direct.errors + executed.errors:
        # Every request has an id of its own.
        if request_id := error["extensions"].pop("requestId", None):
            error["message"] = error["message"].replace(request_id, "")
    assert direct == executed


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("case", ASKED)
async def test_both_give_the_same_answer(api: Api, case: str) -> None:
    await require_equal(api, *ASKED[case])


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("case", ["an object", "a list"])
async def test_a_fault_of_the_compiler_is_an_error_of_the_field(
    api: Api, contexts: Contexts, case: str
) -> None:
    contexts.json_queries = Broken(MAPPING)
    field, variables, caller = ASKED[case]
    answer = await api.graphql(document(field), variables, caller=caller)
    name = field.partition("(")[0]
    assert answer.codes == ["INTERNAL_SERVER_ERROR"]
    assert answer.errors[0]["path"] == [name]
    assert answer.data == ({name: None} if name == "member" else None)


async def test_a_column_does_not_stand_for_a_field_with_a_resolver(
    api: Api, contexts: Contexts, ada: None
) -> None:
    member = MAPPING["Member"]
    columns = {**member.fields, "user": value_of("user_id", string, is_default=True)}
    contexts.json_queries = JsonQueries({**MAPPING, "Member": replace(member, fields=columns)})

    answer = await api.ask("{ me { user { userId } } }", caller=ADA)

    assert answer == {"me": {"user": {"userId": "ada"}}}


async def test_several_fields_fail_each_for_itself(api: Api, contexts: Contexts, ada: None) -> None:
    query = '{ a: tier(slug: "gold") { slug } b: me { ...Broken } } fragment Broken on Member { '
    query += "userId tier { slug } }"
    contexts.json_queries = BrokenMembers(MAPPING)
    answer = await api.graphql(query, caller=ADA)
    assert answer.data == {"a": {"slug": "gold"}, "b": None}
    assert [error["path"] for error in answer.errors] == [["b"]]
    assert answer.codes == ["INTERNAL_SERVER_ERROR"]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("query", "is_direct"),
    [
        ('{ member(userId: "ada") { userId } }', True),
        ("query A { tiers { slug } }", True),
        ("{ tiers { slug } more: __typename }", False),
        ("{ __typename }", False),
        ("{ tiers @include(if: true) { slug } }", True),
        ("{ tiers @skip(if: true) { slug } }", False),
        ("{ ...Tiers } fragment Tiers on Query { tiers { slug } }", True),
        ('{ tiers { slug } member(userId: "ada") { userId } }', True),
        ('{ tiers { slug } exportUser(userId: "ada") }', False),
        ('{ exportUser(userId: "ada") }', False),
        ('mutation { archiveTier(input: {slug: "gold"}) { __typename } }', True),
        ('mutation { a: archiveTier(input: {slug: "gold"}) { __typename } __typename }', False),
    ],
)
async def test_what_is_answered_past_the_executor(
    api: Api, monkeypatch: pytest.MonkeyPatch, query: str, *, is_direct: bool
) -> None:
    executed = []

    def execute(*args: Any, **options: Any) -> Any:
        executed.append(query)
        return graphql.execute(*args, **options)

    monkeypatch.setattr(run, "execute", execute)
    await api.ask(query)
    assert (executed == []) is is_direct
