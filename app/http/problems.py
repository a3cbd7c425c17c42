"""Every failure over HTTP is a problem document (RFC 9457) with the codes that GraphQL uses.

A refusal keeps its message and its numbers. A failure of the service is logged under the request's
id, and the answer has no details; but an unreachable or busy database is reported as unavailable,
since a retry may succeed.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.request_id import request_id_of
from db.engine.failures import is_retryable
from domain.errors.base import Forbidden, InvalidInput, LoyaltyError, Unauthenticated, Unavailable
from domain.errors.conflicts import Conflict
from domain.errors.not_found import NotFound
from domain.timestamps import serialized

INVALID_FIELDS_COUNT_MAX = 20
GRAPHQL_PATH = "/graphql"
PROBLEM_TYPE = "application/problem+json"
BAD_REQUEST = "BAD_REQUEST"
CONTENT_TOO_LARGE = "CONTENT_TOO_LARGE"

_STATUS_BY_CLASS: Mapping[type, HTTPStatus] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
TRY_AGAIN: Mapping[str, str] = {"Retry-After": "1"}
_HEADERS_BY_STATUS: Mapping[int, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: TRY_AGAIN,
}
# The code of every other status is its name: NOT_FOUND, METHOD_NOT_ALLOWED…
_CODE_BY_STATUS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: InvalidInput.code,
    HTTPStatus.UNAUTHORIZED: Unauthenticated.code,
    HTTPStatus.FORBIDDEN: Forbidden.code,
    # Python 3.13 renamed this one.
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: CONTENT_TOO_LARGE,
    HTTPStatus.SERVICE_UNAVAILABLE: Unavailable.code,
}

_log = logging.getLogger(__name__)


def problem(error: LoyaltyError) -> Response:
    """Returns the problem document of a refusal, with the numbers behind it as members."""
    status = next(
        _STATUS_BY_CLASS[parent] for parent in type(error).__mro__ if parent in _STATUS_BY_CLASS
    )
    return problem_response(
        status,
        detail=error.message,
        code=error.code,
        members=dict(_members(error)),
        headers=_HEADERS_BY_STATUS.get(status),
    )


def problem_response(
    status: int,
    *,
    detail: str,
    code: str,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Returns a problem document; `members` are its extensions, in camelCase.

    Its type is `about:blank`, so its title is the status's phrase; `code` distinguishes problems.
    """
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        **(members or {}),
    }
    # UTF-8 has no form for a lone surrogate; the backslash form of one is also JSON's escape.
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, status, headers, media_type=PROBLEM_TYPE)


def refusal(
    scope: Scope,
    status: int,
    *,
    detail: str,
    code: str = BAD_REQUEST,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Returns a refusal of HTTP itself, in the form of the interface: GraphQL or REST."""
    headers = {**_HEADERS_BY_STATUS.get(status, {}), **(headers or {})}
    if scope["path"] != GRAPHQL_PATH:
        return problem_response(status, detail=detail, code=code, headers=headers)
    error = {"message": detail, "extensions": {"code": code}}
    body = json.dumps({"errors": [error]}).encode()
    return Response(body, status, headers, media_type="application/json; charset=utf-8")


def install(app: FastAPI) -> None:
    """Registers the handlers and the middleware with `app`.

    Failures of middleware that was added before this call are answered here too. `RequestId`, which
    is added after it, adds the request's id to these answers.
    """
    app.add_exception_handler(LoyaltyError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """ASGI middleware that answers after an exception that no handler has caught.

    It replaces Starlette's own, which raises the exception again after the answer: the server would
    then log its text, which may quote the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        has_started = False

        async def observed_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        except Exception as exc:  # noqa: BLE001 - this is the last place that can answer
            response = _unexpected(exc, request_id_of(scope))
            if has_started:
                # Only a broken connection can still tell the caller that the answer is incomplete.
                raise ConnectionAbortedError("the response broke off") from None
            await response(scope, receive, send)


def log_failure(exc: BaseException, request_id: str | None, *, operation: str = "") -> None:
    """Logs a failure of the service: lines of code and classes, never the text of an exception.

    `operation` identifies the operation without quoting it: its name and its document's hash.
    """
    of_what = f" in {operation}" if operation else ""
    text = traceback_without_text(exc)
    _log.error("Request %s failed%s.\n%s", request_id, of_what, text)


async def _on_refusal(_request: Request, exc: Exception) -> Response:
    return problem(cast(LoyaltyError, exc))


async def _on_invalid_request(_request: Request, exc: Exception) -> Response:
    errors = [
        {"field": _field(error), "problem": error["msg"]}
        for error in cast(RequestValidationError, exc).errors()[:INVALID_FIELDS_COUNT_MAX]
    ]
    return problem_response(
        HTTPStatus.BAD_REQUEST,
        detail="; ".join(f"{error['field']}: {error['problem']}" for error in errors),
        code=InvalidInput.code,
        members={"errors": errors},
    )


async def _on_http_exception(_request: Request, exc: Exception) -> Response:
    error = cast(HTTPException, exc)
    status = HTTPStatus(error.status_code)
    return problem_response(
        status,
        detail=error.detail,
        code=_CODE_BY_STATUS.get(status, status.name),
        headers={**_HEADERS_BY_STATUS.get(status, {}), **(error.headers or {})},
    )


def _unexpected(exc: Exception, request_id: str | None) -> Response:
    if is_retryable(exc):
        names = ", from ".join(map(_name, _causes(exc)))
        _log.warning("Request %s: the database is unreachable or busy: %s.", request_id, names)
        return problem(Unavailable())
    log_failure(exc, request_id)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        detail="The service failed. Its log has the reason under this request's id.",
        code="INTERNAL_SERVER_ERROR",
        members={"requestId": request_id},
    )


def _members(error: LoyaltyError) -> Iterator[tuple[str, object]]:
    if not is_dataclass(error):
        return
    for field in fields(error):
        value = getattr(error, field.name)
        first, *rest = field.name.split("_")
        name = first + "".join(part.capitalize() for part in rest)
        yield name, serialized(value) if isinstance(value, datetime) else value


def _field(error: Mapping[str, Any]) -> str:
    source, *path = error["loc"]
    # The path of a body that is no JSON at all is the offset at which that showed.
    if not path or error["type"] == "json_invalid":
        return str(source)
    return ".".join(str(step) for step in path)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _name(exc: BaseException) -> str:
    return f"{type(exc).__module__}.{type(exc).__qualname__}"


def traceback_without_text(exc: BaseException) -> str:
    """Returns the lines of code and the classes of an exception and its causes."""
    # Its text often quotes the values that led to it: pydantic's the body, PostgreSQL's the failing
    # row. Lines of code and classes find the fault without them.
    parts = [
        "".join([*traceback.format_tb(link.__traceback__), _name(link)]) for link in _causes(exc)
    ]
    return "\nled to\n".join(reversed(parts))
