"""Documents are prepared once, for each kind of caller; little is kept, and nothing is shared."""

from itertools import count

import pytest
from graphql import get_introspection_query, parse, print_ast, separate_operations

from codegen.paths import PACKAGE
from schema import schema
from schema.limits.cost import COST_MAX
from schema.limits.size import SELECTIONS_MAX, TOKENS_MAX
from schema.operations import documents
from schema.operations.documents import Documents

CORE = schema._schema
TIERS = "{ tiers { slug } }"
OPERATIONS = {
    str(name): print_ast(document)
    for name, document in separate_operations(
        parse("\n".join(path.read_text() for path in (PACKAGE / "operations").glob("*.graphql")))
    ).items()
}


@pytest.fixture
def prepared() -> Documents:
    """Documents of the service's schema, none prepared yet."""
    return Documents(CORE)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_npm_package_may_be_asked_for_in_full(
    prepared: Documents, name: str
) -> None:
    found = prepared.prepare(OPERATIONS[name], may_introspect=False)

    assert found.errors == ()
    [operation] = found.operations.values()
    assert operation.cost.of({"first": 100, "ledgerFirst": 100, "invitesFirst": 100}) <= COST_MAX


class TestKeeping:
    def test_the_same_text_is_prepared_once(self, prepared: Documents) -> None:
        first = prepared.prepare(TIERS, may_introspect=False)

        assert prepared.prepare(TIERS, may_introspect=False) is first
        assert prepared.prepare(TIERS + " ", may_introspect=False) is not first

    def test_errors_are_kept_as_well(self, prepared: Documents) -> None:
        first = prepared.prepare("{ tiers { slugg } }", may_introspect=False)

        assert prepared.prepare("{ tiers { slugg } }", may_introspect=False) is first

    def test_what_was_asked_for_least_recently_is_dropped(self, prepared: Documents) -> None:
        tiers = prepared.prepare(TIERS, may_introspect=False)
        old = prepared.prepare("{ __typename }", may_introspect=False)
        for number in range(documents.ENTRIES_MAX - 1):
            prepared.prepare(f"{{ a{number}: __typename }}", may_introspect=False)
            prepared.prepare(TIERS, may_introspect=False)

        assert prepared.prepare(TIERS, may_introspect=False) is tiers
        assert prepared.prepare("{ __typename }", may_introspect=False) is not old

    def test_large_documents_displace_more(self, prepared: Documents) -> None:
        tiers = prepared.prepare(TIERS, may_introspect=False)
        ids = '"a" ' * (TOKENS_MAX - 20)
        for number in range(documents.TOKENS_KEPT_MAX // TOKENS_MAX + 1):
            large = f"{{ a{number}: nodes(ids: [{ids}]) {{ id }} }}"
            assert prepared.prepare(large, may_introspect=False).errors == ()

        assert prepared.prepare(TIERS, may_introspect=False) is not tiers

    def test_long_texts_are_not_kept(self, prepared: Documents) -> None:
        long = TIERS + " " * documents.KEPT_LENGTH_MAX

        assert prepared.prepare(long, may_introspect=False) is not prepared.prepare(
            long, may_introspect=False
        )


class TestIntrospection:
    @pytest.mark.parametrize(
        "document",
        [
            get_introspection_query(),
            "{ tiers { slug } __schema { types { name } } }",
            '{ ... { ...F } } fragment F on Query { a: __type(name: "Tier") { name } }',
        ],
    )
    def test_is_for_callers_with_a_token(self, prepared: Documents, document: str) -> None:
        for _ in range(2):
            allowed = prepared.prepare(document, may_introspect=True)
            refused = prepared.prepare(document, may_introspect=False)

            assert allowed.errors == ()
            [error] = refused.errors
            assert error["message"] == "Introspection needs a token."
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}

    def test_of_more_than_the_standard_query(self, prepared: Documents) -> None:
        everything = "name description isDeprecated deprecationReason"
        fields = " ".join(
            f"f{n}: fields {{ {everything} args {{ name description type {{ name fields {{"
            f" {everything} }} }} }} }}"
            for n in range(10)
        )

        [error] = prepared.prepare(
            f"{{ __schema {{ types {{ {fields} }} }} }}", may_introspect=True
        ).errors

        assert error["message"] == (
            "The document asks for more than the standard introspection query."
        )


class TestErrors:
    def test_are_five_at_most(self, prepared: Documents) -> None:
        numbers = count()
        unknown = " ".join(f"unknown{next(numbers)}" for _ in range(15))

        found = prepared.prepare(f"{{ {unknown} }}", may_introspect=False)

        assert [error["extensions"]["code"] for error in found.errors] == [
            "GRAPHQL_VALIDATION_FAILED"
        ] * 5

    def test_suggest_no_names_of_the_schema(self, prepared: Documents) -> None:
        for document in [
            "{ tierz { slug } }",
            "{ tiers { slugg } }",
            "{ tiers(includ: 1) { id } }",
            "query($a: Tierr) { tiers { id } }",
            "{ tiers @skp { id } }",
            "{ members(orderBy: NEWES) { edges { cursor } } }",
        ]:
            for error in prepared.prepare(document, may_introspect=True).errors:
                assert "Did you mean" not in error["message"]

    @pytest.mark.parametrize(
        "field", ["slug " * (TOKENS_MAX + 1), "slug" + " , slug" * SELECTIONS_MAX]
    )
    def test_of_too_many_tokens(self, prepared: Documents, field: str) -> None:
        [error] = prepared.prepare(f"{{ tiers {{ {field} }} }}", may_introspect=False).errors

        assert "more than 1000 tokens" in error["message"]
        assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
