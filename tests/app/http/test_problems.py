import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from app.http.problems import install, problem
from app.http.request_id import RequestId
from domain.enums import LedgerEntryKind
from domain.errors.base import (
    CodeSpaceExhausted,
    Forbidden,
    InvalidInput,
    LoyaltyError,
    Unauthenticated,
    Unavailable,
)
from domain.errors.conflicts import EntryNotReversible, InsufficientPoints, InviteExpired
from domain.errors.not_found import ReferralCodeNotFound, TierNotFound

SECRET = "sentinel-4711@example.com"


class Body(BaseModel):
    points: Annotated[int, Field(ge=1)]
    reference: str


def _application() -> FastAPI:
    app = FastAPI()

    @app.get("/refused")
    async def refused() -> None:
        raise TierNotFound(slug="gold")

    @app.post("/members/{member}")
    async def post(member: int, body: Body, page: Annotated[int, Query()] = 1) -> None: ...

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", {"X-Pot": "tea"})

    @app.get("/locked")
    async def locked() -> None:
        raise HTTPException(401)

    @app.get("/broken")
    async def broken() -> None:
        try:
            raise ValueError(SECRET)
        except ValueError as exc:
            raise KeyError(f"{SECRET} again") from exc

    @app.get("/away")
    async def away() -> None:
        raise PoolTimeout(SECRET)

    @app.get("/halfway")
    async def halfway() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise ValueError(SECRET)

        return StreamingResponse(parts())

    install(app)
    app.add_middleware(RequestId)
    return app


async def _call(method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(_application())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = {"X-Request-Id": "r-1", "Content-Type": "application/json"}
        return await client.request(method, path, headers=headers, **options)


def _document(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == response.status_code
    return document


@pytest.mark.parametrize(
    ("error", "status", "members"),
    [
        (InvalidInput("points", "must not be 0."), 400, {"field": "points"}),
        (Unauthenticated(), 401, {}),
        (Forbidden(), 403, {}),
        (ReferralCodeNotFound("ABC"), 404, {"referralCode": "ABC"}),
        (InsufficientPoints(balance=5, requested=7), 409, {"balance": 5, "requested": 7}),
        (
            InviteExpired(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
            409,
            {"expiredAt": "2026-01-02T03:04:00+00:00"},
        ),
        (EntryNotReversible(LedgerEntryKind.REVERSAL), 409, {"kind": "REVERSAL"}),
        (Unavailable(), 503, {}),
        (CodeSpaceExhausted(attempts=8), 503, {"attempts": 8}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LoyaltyError) else "",
)
def test_a_refusal_keeps_its_words_and_numbers(
    error: LoyaltyError, status: int, members: dict[str, object]
) -> None:
    response = problem(error)
    document = json.loads(bytes(response.body))
    assert response.status_code == document["status"] == status
    assert response.media_type == "application/problem+json"
    assert document["type"] == "about:blank"
    assert document["detail"] == error.message
    assert document["code"] == error.code
    assert document | members == document


def test_the_whole_document() -> None:
    response = problem(InsufficientPoints(balance=5, requested=7))
    assert json.loads(bytes(response.body)) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "The balance is 5 points; 7 were to be taken from it.",
        "code": "INSUFFICIENT_POINTS",
        "balance": 5,
        "requested": 7,
    }


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [(Unauthenticated(), "www-authenticate", "Bearer"), (Unavailable(), "retry-after", "1")],
)
def test_headers_that_say_what_to_do(error: LoyaltyError, header: str, value: str) -> None:
    assert problem(error).headers[header] == value


def _every_error() -> Iterator[type[LoyaltyError]]:
    rest = [LoyaltyError]
    while rest:
        kind = rest.pop()
        rest += kind.__subclasses__()
        if hasattr(kind, "code"):
            yield kind


@pytest.mark.parametrize("kind", list(_every_error()))
def test_every_error_has_a_status_and_members_of_its_own(kind: type[LoyaltyError]) -> None:
    error = kind.__new__(kind)
    names = list(getattr(kind, "__dataclass_fields__", ()))
    for name in names:
        setattr(error, name, datetime.now(UTC) if name.endswith("_at") else 1)
    document = json.loads(bytes(problem(error).body))
    assert 400 <= document["status"] < 600
    assert len(document) == len(names) + 5, "a member hides one that every problem has"


def test_a_lone_surrogate_is_escaped() -> None:
    body = bytes(problem(TierNotFound(slug="\ud800 é")).body)
    assert json.loads(body)["slug"] == "\ud800 é"
    assert "é".encode() in body


async def test_a_refusal_in_a_route() -> None:
    response = await _call("GET", "/refused")
    assert response.status_code == 404
    assert _document(response)["code"] == "TIER_NOT_FOUND"
    assert response.headers["x-request-id"] == "r-1"


async def test_an_invalid_request_lists_its_fields() -> None:
    response = await _call("POST", "/members/x?page=y", json={"points": 0})
    document = _document(response)
    assert response.status_code == 400
    assert document["code"] == "BAD_USER_INPUT"
    assert [error["field"] for error in document["errors"]] == [
        "member",
        "page",
        "points",
        "reference",
    ]
    assert "points: Input should be greater than or equal to 1" in document["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"points": 1,}', b"[]", b"5"])
async def test_a_body_that_is_no_json_object(body: bytes) -> None:
    response = await _call("POST", "/members/1", content=body)
    document = _document(response)
    assert response.status_code == 400
    assert document["code"] == "BAD_USER_INPUT"
    assert [error["field"] for error in document["errors"]] == ["body"]


async def test_a_body_that_is_no_text() -> None:
    response = await _call("POST", "/members/1", content=b"\xff")
    assert response.status_code == 400
    assert _document(response)["code"] == "BAD_USER_INPUT"


async def test_an_unknown_path() -> None:
    response = await _call("GET", "/nowhere")
    assert response.status_code == 404
    assert _document(response) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "code": "NOT_FOUND",
    }


async def test_a_wrong_method_keeps_allow() -> None:
    response = await _call("DELETE", "/refused")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert _document(response)["code"] == "METHOD_NOT_ALLOWED"


async def test_an_http_exception_keeps_its_text_and_headers() -> None:
    response = await _call("GET", "/teapot")
    assert response.headers["x-pot"] == "tea"
    assert _document(response)["detail"] == "short and stout"
    assert _document(response)["code"] == "IM_A_TEAPOT"


async def test_an_http_401_asks_for_a_token() -> None:
    response = await _call("GET", "/locked")
    assert response.headers["www-authenticate"] == "Bearer"
    assert _document(response)["code"] == "UNAUTHENTICATED"


async def test_what_breaks_is_logged_and_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    response = await _call("GET", "/broken")
    document = _document(response)
    assert response.status_code == 500
    assert document["code"] == "INTERNAL_SERVER_ERROR"
    assert document["requestId"] == response.headers["x-request-id"] == "r-1"
    assert SECRET not in response.text

    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "r-1" in record.getMessage()
    assert "in broken" in record.getMessage()
    assert record.getMessage().index("ValueError") < record.getMessage().index("KeyError")
    assert SECRET not in caplog.text


async def test_an_outage_asks_to_try_again(caplog: pytest.LogCaptureFixture) -> None:
    response = await _call("GET", "/away")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert _document(response)["code"] == "UNAVAILABLE"
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "sqlalchemy.exc.TimeoutError" in record.getMessage()
    assert SECRET not in caplog.text


async def test_an_answer_that_breaks_off_breaks_the_connection() -> None:
    with pytest.raises(ConnectionAbortedError) as broken:
        await _call("GET", "/halfway")
    assert SECRET not in str(broken.value)
    assert broken.value.__suppress_context__
