"""No request body, header or method is answered with a 5xx, or with anything but JSON."""

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api

pytestmark = pytest.mark.promised

REFERRALS = "/api/v1/loyalty/members/ada/referrals"
COMPLETE = "/api/v1/loyalty/referrals/complete"
PATHS = ["/graphql", REFERRALS, COMPLETE]
JSON = {"Content-Type": "application/json"}
HUGE = 10**400
NO_FAULT = ("hostile bodies, methods, headers and credentials", "no 5xx, and JSON", "none")
NO_INPUT = ("hostile values in every field", "BAD_USER_INPUT or an answer", "none other")

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a text": b'"hi"',
    "a number": b"5",
    "null": b"null",
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{ tiers { slug } }"}]',
    "no UTF-8": b"\xff\xfe\x00",
    "UTF-16": '{"query": "{ tiers { slug } }"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"query": "{ a }"}',
    "NUL": b"\x00",
    "half an object": b'{"query": ',
    "two objects": b"{}{}",
    "deep lists": b"[" * 90_000,
    "deep objects": b'{"a":' * 15_000,
    "deep, and whole": b'{"query":' + b"[" * 900 + b"]" * 900 + b"}",
    "a huge number": b"9" * 90_000,
    "a huge exponent": b'{"query": 1e999999}',
    "infinity": b'{"query": Infinity, "rewardPoints": -Infinity}',
    "no compression": gzip.compress(b"{}")[:-3],
    "many keys": json.dumps({f"key{n}": n for n in range(5_000)}).encode(),
    "one key twice": b'{"query": "{ a }", "query": 5, "code": 1, "code": "x"}',
    "a prototype": b'{"__proto__": {"query": "{ tiers { slug } }"}}',
}
# What goes into every field of every input.
VALUES: dict[str, Any] = {
    "NUL": "\x00",
    "a lone surrogate": "\ud800",
    "a huge number": HUGE,
    "a number beyond 64 bits": 2**64,
    "a negative number": -(2**63) - 1,
    "a fraction": 1.5,
    "not a number": float("nan"),
    "a long text": "x" * 50_000,
    "white space": " \t\r\n",
    "marks": "a" + "\u0301" * 5_000,
    "SQL": "'; DROP TABLE users; --",
    "a pattern": "%_\\%",
    "a list": [[]],
    "an object": {"$where": "1"},
    "null": None,
    "true": True,
}
QUERIES = {
    "tier(slug: $v) { slug }": "String!",
    "member(userId: $v) { userId }": "ID!",
    "members(search: $v, first: 3) { edges { cursor } }": "String",
    "members(after: $v) { edges { cursor } }": "String",
    "members(first: $v) { edges { cursor } }": "Int!",
    "members(tierSlug: $v) { edges { cursor } }": "String",
    "referralInvite(code: $v) { code }": "String!",
    "referralInvites(referrerId: $v) { edges { cursor } }": "ID",
    "notifications(userId: $v) { edges { cursor } }": "ID",
    "node(id: $v) { id }": "ID!",
    "nodes(ids: [$v]) { id }": "ID!",
}
MUTATIONS: dict[str, dict[str, Any]] = {
    "createTier": {"slug": "x", "name": "X", "pointThreshold": 7, "benefits": []},
    "upsertUser": {"userId": "x", "email": "x@example.com", "displayName": "X"},
    "issueReferralInvite": {"userId": "ada", "metadata": {}, "idempotencyKey": "k"},
    "completeReferral": {"code": "X", "inviteeId": "x"},
    "earnPoints": {
        "userId": "ada",
        "points": 5,
        "description": "d",
        "reference": "r",
        "metadata": {},
        "idempotencyKey": "k",
    },
    "adjustPoints": {"userId": "ada", "points": 5, "reason": "r", "idempotencyKey": "k"},
    "reverseLedgerEntry": {"entryId": "x", "reason": "r"},
    "replayNotification": {"notificationId": "x"},
}


def assert_refused(response: httpx.Response, *about: object) -> None:
    """Fails unless the answer is JSON that is no fault of ours."""
    assert response.status_code < 500, (about, response.text)
    assert "INTERNAL_SERVER_ERROR" not in response.text, about
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert "json" in response.headers["Content-Type"], about
        response.json()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("caller", [NOBODY, ADMIN])
async def test_bodies(
    api: Api, figure: Figure, rows: Rows, make: Make, path: str, caller: Caller
) -> None:
    await make.user("ada")
    async with rows.unchanged():
        for name, body in BODIES.items():
            response = await api.request("POST", path, caller=caller, content=body, headers=JSON)
            assert_refused(response, name)
            assert response.status_code >= 400, name
    figure(*NO_FAULT)


async def test_members_and_nobody_are_refused_before_what_they_send_is_read(
    api: Api, figure: Figure
) -> None:
    for caller, status in [(NOBODY, 401), (ADA, 403)]:
        for path in [REFERRALS, COMPLETE]:
            for name, body in BODIES.items():
                response = await api.request(
                    "POST", path, caller=caller, content=body, headers=JSON
                )
                assert response.status_code == status, name
    figure(*NO_FAULT)


@pytest.mark.parametrize("path", [*PATHS, "/", "/healthz", "/docs", "/openapi.json"])
async def test_methods(api: Api, figure: Figure, path: str) -> None:
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "A"]:
        assert_refused(await api.request(method, path), method)
    figure(*NO_FAULT)


HEADERS: list[tuple[str, bytes]] = [
    ("Content-Type", b""),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b"application/json" * 500),
    ("Content-Type", b"multipart/form-data"),
    ("Content-Encoding", b"br"),
    ("Accept", b"\xff\xfe"),
    ("Accept", b"*/*;q=x," * 3_000),
    ("Accept", b"application/graphql-response+json;q=1e999"),
    ("Accept", b"application/graphql-response+json;q=nan"),
    ("Accept-Encoding", b"nothing;q=0, *;q=0"),
    ("Content-Length", b"-1"),
    ("Idempotency-Key", b"\xff" * 200),
    ("Idempotency-Key", b"k" * 9_000),
    ("X-Request-Id", b"\xff\x00"),
    ("X-Forwarded-For", b"," * 1_000),
    ("Host", b"\xff"),
    ("Origin", b"null"),
    ("Cookie", b"a=" + b"b" * 9_000),
    ("Range", b"bytes=0-1"),
    ("If-None-Match", b"*"),
    ("X-HTTP-Method-Override", b"DELETE"),
    ("Upgrade", b"websocket"),
]


@pytest.mark.parametrize("path", PATHS)
async def test_headers(api: Api, figure: Figure, path: str) -> None:
    for name, value in HEADERS:
        headers: Any = {**JSON, name: value}
        for body in [b"{}", b'{"query": "{ tiers { slug } }"}']:
            response = await api.request("POST", path, content=body, headers=headers)
            assert_refused(response, name, value)
    figure(*NO_FAULT)


@pytest.mark.parametrize(
    "header", [b"", b"Bearer", b"Bearer \xff", b"Basic eA==", b"Bearer " + b"a." * 5_000]
)
async def test_credentials(api: Api, figure: Figure, header: bytes) -> None:
    for path in PATHS:
        headers: Any = {**JSON, "Authorization": header}
        response = await api.request("POST", path, caller=NOBODY, content=b"{}", headers=headers)
        assert response.status_code == 401
        response.json()
    figure(*NO_FAULT)


@pytest.mark.parametrize("query", QUERIES)
async def test_values_of_queries(
    api: Api, figure: Figure, rows: Rows, make: Make, query: str
) -> None:
    await make.member("ada")
    async with rows.unchanged():
        for name, value in VALUES.items():
            document = f"query($v: {QUERIES[query]}) {{ {query} }}"
            answer = await api.graphql(document, {"v": value})
            assert set(answer.codes) <= {"BAD_USER_INPUT", "TIER_NOT_FOUND"}, (name, answer.errors)
    figure(*NO_INPUT)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_values_of_mutations(api: Api, figure: Figure, make: Make, mutation: str) -> None:
    await make.member("ada")
    for field in MUTATIONS[mutation]:
        for name, value in VALUES.items():
            type_name = f"{mutation[0].upper()}{mutation[1:]}Input"
            answer = await api.graphql(
                f"mutation($i: {type_name}!) {{ {mutation}(input: $i) {{ __typename }} }}",
                {"i": MUTATIONS[mutation] | {field: value}},
            )
            assert set(answer.codes) <= {"BAD_USER_INPUT"}, (field, name, answer.errors)
    figure(*NO_INPUT)


@pytest.mark.parametrize("field", ["inviteeEmail", "rewardPoints", "expiresInDays", "metadata"])
async def test_values_over_rest(api: Api, figure: Figure, make: Make, field: str) -> None:
    await make.member("ada")
    for name, value in VALUES.items():
        body = json.dumps({field: value})
        response = await api.request("POST", REFERRALS, content=body, headers=JSON)
        assert_refused(response, name)
    figure(*NO_INPUT)
