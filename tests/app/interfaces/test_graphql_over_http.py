"""GraphQL over HTTP: media types, statuses and methods, as the draft has them."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.config.settings import Settings
from app.interfaces.graphql_request import GRAPHQL_RESPONSE, JSON, answer_type
from tests.fixtures.actors import ADMIN, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api

TIERS = "{ tiers { slug } }"
ARCHIVE = 'mutation { archiveTier(input: { slug: "gold" }) { __typename } }'
TWO = "query A { a: tiers { slug } } query B { b: tiers { slug } }"


async def post(
    api: Api,
    body: Any,
    *,
    caller: Caller = NOBODY,
    accept: str = "*/*",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Sends a JSON body to /graphql."""
    return await api.request(
        "POST",
        "/graphql",
        caller=caller,
        content=json.dumps(body),
        headers={"Content-Type": "application/json", "Accept": accept, **(headers or {})},
    )


def refused(response: httpx.Response) -> str:
    """Returns the code of a refusal's only error."""
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    body = response.json()
    assert set(body) == {"errors"}
    [error] = body["errors"]
    assert error["message"]
    code: str = error["extensions"]["code"]
    return code


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        ("application/GraphQL-Response+JSON; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{GRAPHQL_RESPONSE};q=x", JSON),
        ("text/html", JSON),
        ("", JSON),
        (";;,,=", JSON),
    ],
)
def test_the_media_type_that_a_caller_prefers(accept: str | None, expected: str) -> None:
    assert answer_type(accept) == expected


class TestStatus:
    @pytest.mark.parametrize("document", ["{", "{ tiers { slugg } }", "{ tier(slug: 5) { slug } }"])
    async def test_of_what_cannot_be_executed(self, api: Api, document: str) -> None:
        modern = await post(api, {"query": document}, accept=GRAPHQL_RESPONSE)
        plain = await post(api, {"query": document}, accept=JSON)

        assert (modern.status_code, plain.status_code) == (400, 200)
        assert modern.headers["Content-Type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
        assert plain.headers["Content-Type"] == f"{JSON}; charset=utf-8"
        assert set(modern.json()) == set(plain.json()) == {"errors"}

    async def test_of_a_variable_that_does_not_fit(self, api: Api) -> None:
        body = {"query": "query($s: String!) { tier(slug: $s) { slug } }", "variables": {"s": 5}}

        response = await post(api, body, accept=GRAPHQL_RESPONSE)

        assert response.status_code == 400
        assert set(response.json()) == {"errors"}

    async def test_of_a_field_that_was_refused(self, api: Api) -> None:
        response = await post(api, {"query": "{ me { userId } }"}, accept=GRAPHQL_RESPONSE)

        assert response.status_code == 200
        assert response.json()["data"] == {"me": None}


class TestOperationName:
    async def test_chooses_among_several(self, api: Api) -> None:
        response = await post(api, {"query": TWO, "operationName": "B"})

        assert response.json()["data"] == {"b": []}

    @pytest.mark.parametrize("name", [None, "", "C"])
    async def test_that_chooses_none(self, api: Api, name: str | None) -> None:
        response = await post(api, {"query": TWO, "operationName": name})

        assert response.status_code == 400
        assert refused(response) == "BAD_REQUEST"

    async def test_of_a_document_without_operations(self, api: Api) -> None:
        response = await post(api, {"query": "fragment F on Tier { slug }"})

        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {
            "GRAPHQL_VALIDATION_FAILED"
        }


class TestGet:
    async def test_a_query_with_variables(self, api: Api, make: Make) -> None:
        await make.tier("gold", 0)
        query = "query Q($s: String!) { tier(slug: $s) { slug } }"
        parameters = {"query": query, "variables": '{"s": "gold"}', "operationName": "Q"}

        response = await api.request("GET", "/graphql", params=parameters, caller=NOBODY)

        assert response.json() == {"data": {"tier": {"slug": "gold"}}}

    @pytest.mark.promised
    async def test_a_mutation_is_refused_and_not_made(
        self, api: Api, make: Make, rows: Rows, figure: Figure
    ) -> None:
        await make.tier("gold", 0)
        documents = [ARCHIVE, f"query A {TIERS} {ARCHIVE.replace('mutation', 'mutation B')}"]

        async with rows.unchanged():
            for document in documents:
                parameters = {"query": document, "operationName": "B" if "B" in document else ""}
                response = await api.request("GET", "/graphql", params=parameters)
                assert response.status_code == 405
                assert response.headers["Allow"] == "POST"
                assert refused(response) == "BAD_REQUEST"
                figure("mutations by GET", "405 with Allow, not made", response.status_code)

    @pytest.mark.parametrize(
        "query_string",
        [
            "",
            "query=",
            "query=%ff",
            "query=%7B%00",
            urlencode({"query": TIERS, "variables": "{"}),
            urlencode({"query": TIERS, "variables": "[]"}),
            urlencode({"query": TIERS, "variables": "[" * 9_000}),
            urlencode({"query": TIERS, "extensions": "5"}),
            "&".join(f"a{n}=1" for n in range(50)) + f"&query={TIERS}",
        ],
    )
    async def test_parameters_that_are_no_request(self, api: Api, query_string: str) -> None:
        response = await api.request("GET", f"/graphql?{query_string}")

        assert response.status_code in (200, 400)
        assert response.json()["errors"]
        assert "data" not in response.json()


class TestMethods:
    @pytest.mark.parametrize(
        "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "X-Y"]
    )
    async def test_that_are_not_of_graphql(self, api: Api, method: str) -> None:
        response = await api.request(method, "/graphql")

        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, POST"


class TestMediaType:
    @pytest.mark.parametrize(
        "media_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            'application/json;charset="UTF-8"',
            "Application/JSON",
        ],
    )
    async def test_that_is_json_in_utf_8(self, api: Api, media_type: str) -> None:
        response = await post(api, {"query": TIERS}, headers={"Content-Type": media_type})

        assert response.json() == {"data": {"tiers": []}}

    @pytest.mark.promised
    @pytest.mark.parametrize(
        "media_type",
        [
            "",
            "text/plain",
            "text/application/json",
            "application/jsonp",
            "application/json; charset=utf-16",
            "application/json, text/plain",
            "application/graphql",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ],
    )
    async def test_that_is_not(self, api: Api, figure: Figure, media_type: str) -> None:
        response = await post(api, {"query": TIERS}, headers={"Content-Type": media_type})

        assert response.status_code == 415
        assert refused(response) == "BAD_REQUEST"
        figure("other media types than JSON in UTF-8", "415", response.status_code)

    async def test_of_a_compressed_body(self, api: Api) -> None:
        response = await post(api, {"query": TIERS}, headers={"Content-Encoding": "gzip"})

        assert response.status_code == 415


class TestCost:
    LIST = "query($n: Int!) { members(first: $n) { edges { node { user { id } tier { id } } } } }"

    async def test_is_shown_to_callers_with_a_token(self, api: Api) -> None:
        asked = await post(api, {"query": TIERS}, caller=ADMIN)
        anonymous = await post(api, {"query": TIERS})

        assert asked.json()["extensions"] == {"cost": {"value": 10, "max": 1_000}}
        assert "extensions" not in anonymous.json()

    async def test_beyond_the_limit_nothing_is_executed(self, api: Api, make: Make) -> None:
        await make.member("ada")
        query = self.LIST.replace(
            "tier { id }", "tier { id } ledger(first: 10) { edges { cursor } }"
        )

        cheap = await api.graphql(query, {"n": 76})
        dear = await api.graphql(query, {"n": 77})

        assert cheap.errors == []
        assert (dear.data, dear.codes) == (None, ["GRAPHQL_VALIDATION_FAILED"])
        assert dear.errors[0]["extensions"]["cost"] == {"value": 77 * 13, "max": 1_000}


async def test_the_errors_of_one_caller_are_not_those_of_the_next(api: Api) -> None:
    # The same document, kept with its errors, is answered to several callers.
    answers = [
        await api.graphql("{ tiers { slugg } }", caller=caller) for caller in (NOBODY, ADMIN)
    ]
    again = [await api.graphql("{ tiers { slugg } }", caller=caller) for caller in (NOBODY, ADMIN)]

    assert answers == again
    assert answers[0] == answers[1]


async def test_at_most_five_errors_are_returned(api: Api) -> None:
    fields = " ".join(f"a{n}: me {{ userId }}" for n in range(9))

    answer = await api.graphql(f"{{ {fields} }}", caller=NOBODY)

    assert answer.codes == ["UNAUTHENTICATED"] * 5


class TestUnavailable:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        # The server listens elsewhere: nobody answers at port 1.
        away = "postgresql+asyncpg://postgres@127.0.0.1:1/nowhere"
        return settings.model_copy(update={"database_url": away})

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
    async def test_is_a_503_that_says_when_to_try_again(self, api: Api, accept: str) -> None:
        response = await post(api, {"query": "{ tiers { slug } }"}, accept=accept)

        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}

    async def test_beside_what_could_be_answered(self, api: Api) -> None:
        response = await post(api, {"query": "{ __typename me { userId } }"}, caller=ADMIN)

        assert response.status_code == 200
        assert response.headers["Retry-After"] == "1"
        assert response.json()["data"] == {"__typename": "Query", "me": None}
