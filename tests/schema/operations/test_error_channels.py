"""What is not allowed, malformed or broken: `errors[]`, a code for each, and nothing given away.

An internal error shows the request's id alone; the log has the lines of code under it.
"""

import asyncio
import logging

import pytest

from app.config.settings import Settings
from tests.fixtures.actors import ADA, NOBODY
from tests.fixtures.database import Rows, connection_to
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

UPSERT = """mutation SecretOperation($input: UpsertUserInput!) {
  upsertUser(input: $input) { __typename } }"""
EMAIL = "ada.lovelace@example.com"


DOCUMENTS = {
    "{": "GRAPHQL_PARSE_FAILED",
    "hello": "GRAPHQL_PARSE_FAILED",
    "{ tiers { slug } ": "GRAPHQL_PARSE_FAILED",
    "{" * 3_000: "GRAPHQL_PARSE_FAILED",
    "{ tiers " * 500: "GRAPHQL_PARSE_FAILED",
    "\x00": "GRAPHQL_PARSE_FAILED",
    "{ tier }": "GRAPHQL_VALIDATION_FAILED",
    "{ tiers { slugg } }": "GRAPHQL_VALIDATION_FAILED",
    "{ tier(slug: 5) { slug } }": "GRAPHQL_VALIDATION_FAILED",
    "query($a: Nothing) { tiers { slug } }": "GRAPHQL_VALIDATION_FAILED",
    "mutation { tiers { slug } }": "GRAPHQL_VALIDATION_FAILED",
    "query($slug: String!) { tier(slug: $slug) { slug } }": "BAD_USER_INPUT",
}
NO_REQUESTS = [b"", b"{", b"[]", b"5", b'"{ tiers { slug } }"', b"\xff", b"[" * 100_000]


class TestMalformed:
    async def test_documents(self, api: Api) -> None:
        for document, code in DOCUMENTS.items():
            answer = await api.graphql(document)
            assert (document, answer.data, set(answer.codes)) == (document, None, {code})

    async def test_names_of_the_schema_are_not_suggested(self, api: Api) -> None:
        answer = await api.graphql("{ tiers { slugg } }")

        message = "Cannot query field 'slugg' on type 'Tier'."
        assert [error["message"] for error in answer.errors] == [message]

    async def test_variables(self, api: Api) -> None:
        query = "query($slug: String!) { tier(slug: $slug) { slug } }"

        for slug in [None, 5, True, ["a"], {"a": 1}]:
            answer = await api.graphql(query, {"slug": slug})
            assert (slug, answer.data, answer.codes) == (slug, None, ["BAD_USER_INPUT"])

    async def test_a_lone_surrogate_can_be_quoted_back(self, api: Api) -> None:
        answer = await api.graphql(
            "query($e: MemberOrder) { members(orderBy: $e) { edges { cursor } } }", {"e": "\ud800"}
        )

        assert answer.codes == ["BAD_USER_INPUT"]
        assert "\ud800" in answer.errors[0]["message"]

    async def test_a_malformed_value_names_its_field_and_its_place(self, api: Api) -> None:
        answer = await api.graphql('{ a: tier(slug: "") { slug } tiers { slug } }')

        assert answer.data == {"a": None, "tiers": []}
        [error] = answer.errors
        assert error["message"] == "slug: must not be empty."
        assert error["path"] == ["a"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": "slug"}

    async def test_bodies_that_are_no_request(self, api: Api) -> None:
        for body in NO_REQUESTS:
            response = await api.request(
                "POST", "/graphql", content=body, headers={"Content-Type": "application/json"}
            )
            assert (body, response.status_code) == (body, 400)
            [error] = response.json()["errors"]
            assert error["extensions"] == {"code": "BAD_REQUEST"}

    async def test_a_mutation_is_not_to_be_had_by_get(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.tier("gold", 0)
        document = 'mutation { archiveTier(input: { slug: "gold" }) { __typename } }'
        async with rows.unchanged():
            response = await api.request("GET", "/graphql", params={"query": document})
        query = await api.request("GET", "/graphql", params={"query": "{ tiers { slug } }"})

        assert response.status_code == 405
        assert response.headers["Allow"] == "POST"
        assert query.json()["data"] == {"tiers": [{"slug": "gold"}]}


class TestAccess:
    async def test_without_a_token(self, api: Api) -> None:
        answer = await api.graphql("{ me { userId } }", caller=NOBODY)

        [error] = answer.errors
        assert answer.data == {"me": None}
        assert (error["path"], error["extensions"]) == (["me"], {"code": "UNAUTHENTICATED"})
        message = "This needs a token: send it as 'Authorization: Bearer <token>'."
        assert error["message"] == message

    async def test_with_the_token_of_somebody_else(self, api: Api) -> None:
        answer = await api.graphql('{ member(userId: "bob") { userId } }', caller=ADA)

        [error] = answer.errors
        assert answer.data == {"member": None}
        assert (error["path"], error["extensions"]) == (["member"], {"code": "FORBIDDEN"})


class TestOurFault:
    @pytest.fixture(autouse=True)
    async def broken(self, rows: Rows, make: Make) -> None:
        await make.user("ada")
        # PostgreSQL quotes the row that breaks a constraint in what it says.
        await rows.execute(f"ALTER TABLE users ADD CONSTRAINT broken CHECK (email <> '{EMAIL}')")

    async def test_the_caller_learns_the_request_id_and_nothing_else(
        self, api: Api, rows: Rows
    ) -> None:
        variables = {"input": {"userId": "ada", "email": EMAIL, "idempotencyKey": "k"}}

        async with rows.unchanged():
            response = await api.request(
                "POST",
                "/graphql",
                json={"query": UPSERT, "variables": variables},
                headers={"X-Request-Id": "r-4711"},
            )

        assert response.headers["X-Request-Id"] == "r-4711"
        [error] = response.json().pop("errors")
        assert response.json()["data"] is None
        assert error.pop("locations")
        assert error == {
            "message": "Something went wrong on our side. Report it with the request id r-4711.",
            "path": ["upsertUser"],
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "r-4711"},
        }

    async def test_the_log_has_the_id_and_the_place_but_nothing_of_the_request(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        variables = {"input": {"userId": "ada", "email": EMAIL, "displayName": "Sentinel"}}

        await api.request(
            "POST",
            "/graphql",
            json={"query": UPSERT, "variables": variables},
            headers={"X-Request-Id": "r-4711"},
        )

        [record] = caplog.records
        assert record.levelno == logging.ERROR
        text = caplog.text
        assert "Request r-4711 failed in SecretOperation " in text
        assert "db/repositories/users.py" in text
        assert "CheckViolation" in text
        for secret in [EMAIL, "lovelace", "Sentinel", "INSERT INTO", "$input"]:
            assert secret not in text

    async def test_without_an_id_of_the_callers_a_new_one_is_made(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await api.graphql(UPSERT, {"input": {"userId": "ada", "email": EMAIL}})

        request_id = answer.errors[0]["extensions"]["requestId"]
        assert len(request_id) == 32
        assert f"Request {request_id} failed in SecretOperation " in caplog.text

    async def test_a_query_keeps_what_is_not_broken(
        self, api: Api, rows: Rows, caplog: pytest.LogCaptureFixture
    ) -> None:
        await rows.execute("DROP TABLE loyalty_referral_codes")

        answer = await api.graphql('{ tiers { slug } referralInvite(code: "0123456789") { code } }')

        assert answer.data == {"tiers": [], "referralInvite": None}
        assert answer.codes == ["INTERNAL_SERVER_ERROR"]
        assert "UndefinedTable" in caplog.text

    async def test_what_the_caller_did_wrong_is_not_logged(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        for document in ["{", "{ nothing }", '{ tier(slug: "") { slug } }', "{ me { userId } }"]:
            await api.graphql(document, caller=NOBODY)

        assert caplog.records == []


class TestDatabaseAway:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        # The server listens elsewhere: nobody answers at port 1.
        away = "postgresql+asyncpg://postgres@127.0.0.1:1/nowhere"
        return settings.model_copy(update={"database_url": away})

    @pytest.mark.parametrize(
        "document",
        [
            "{ me { userId } }",
            'mutation { archiveTier(input: { slug: "gold" }) { __typename } }',
        ],
    )
    async def test_is_worth_another_try(
        self, api: Api, document: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await api.graphql(document)

        assert answer.codes == ["UNAVAILABLE"]
        assert answer.errors[0]["message"] == (
            "The service is busy or its database is unavailable. Try again shortly."
        )
        assert answer.errors[0]["extensions"] == {"code": "UNAVAILABLE"}
        assert "nowhere" not in caplog.text


class TestDatabaseBusy:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"lock_timeout_ms": 50})

    async def test_is_worth_another_try_and_leaves_nothing(
        self, api: Api, make: Make, rows: Rows, database_url: str
    ) -> None:
        await make.member("ada")
        call = {"userId": "ada", "points": 5, "idempotencyKey": "k"}
        document = "mutation($i: EarnPointsInput!) { earnPoints(input: $i) { __typename } }"

        async with connection_to(database_url) as other:
            await other.execution_options(isolation_level="READ COMMITTED")
            await other.exec_driver_sql("SELECT * FROM loyalty_members FOR UPDATE")
            async with rows.unchanged():
                busy = await api.graphql(document, {"i": call})
            await other.rollback()
        free = await api.ask(document, {"i": call})

        assert (busy.data, busy.codes) == (None, ["UNAVAILABLE"])
        assert free == {"earnPoints": {"__typename": "EarnPointsSuccess"}}


async def test_concurrent_requests_of_one_process_are_kept_apart(api: Api, make: Make) -> None:
    for number in range(5):
        await make.member(f"user-{number}")

    async def ask(number: int) -> object:
        data = await api.ask(f'{{ member(userId: "user-{number % 5}") {{ userId }} }}')
        return data["member"]["userId"]

    answers = await asyncio.gather(*(ask(number) for number in range(25)))

    assert answers == [f"user-{number % 5}" for number in range(25)]
