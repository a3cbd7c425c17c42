"""What one request may take of the service: bytes, time and concurrency."""

import asyncio
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import CONTENT_TOO_LARGE, refusal
from domain.errors.base import Unavailable

BODY_BYTES_MAX = 100_000
# A body that is too large is read to its end, so that the sender can read the answer; above this
# size the connection is closed instead.
DRAINED_BYTES_MAX = 10_000_000
RECEIVE_TIMEOUT_SECONDS = 10.0
# Health checks must get an answer while other requests wait.
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
_BODILESS_METHODS = frozenset({"GET", "HEAD"})
_CLOSE = {"Connection": "close"}
_LIMIT = "time_limit"


class HttpLimits:
    """ASGI middleware that refuses requests that are too many, too large, too slow or too long.

    A request above `requests_max` at a time is refused at once. A request that takes longer than
    `request_timeout_seconds` is cancelled, and its transaction is rolled back.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        requests_max: int,
        request_timeout_seconds: float,
        receive_timeout_seconds: float = RECEIVE_TIMEOUT_SECONDS,
    ) -> None:
        self._app = app
        self._requests_max = requests_max
        self._request_timeout_seconds = request_timeout_seconds
        self._receive_timeout_seconds = receive_timeout_seconds
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        if self._requests >= self._requests_max:
            await _unavailable(scope)(scope, receive, send)
            return
        self._requests += 1
        try:
            await self._handle(scope, receive, send)
        finally:
            self._requests -= 1

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in _BODILESS_METHODS:
            body = await self._body(scope, receive)
            if isinstance(body, Response):
                await body(scope, receive, send)
                return
            receive = _again(body, receive)
        has_started = False

        async def observed_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        limit = asyncio.timeout(self._request_timeout_seconds)
        scope.setdefault("state", {})[_LIMIT] = limit
        try:
            async with limit:
                await self._app(scope, receive, observed_send)
        except TimeoutError:
            if has_started or not limit.expired():
                raise
            await _unavailable(scope)(scope, receive, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | Response:
        """Returns the body, or the refusal of it."""
        body = bytearray()
        received_bytes = 0
        try:
            async with asyncio.timeout(self._receive_timeout_seconds):
                while received_bytes <= DRAINED_BYTES_MAX:
                    message = await receive()
                    part = message.get("body", b"")
                    received_bytes += len(part)
                    if received_bytes <= BODY_BYTES_MAX:
                        body += part
                    if not message.get("more_body", False):
                        if received_bytes <= BODY_BYTES_MAX:
                            return bytes(body)
                        return _too_large(scope, {})
        except TimeoutError:
            return refusal(
                scope,
                HTTPStatus.REQUEST_TIMEOUT,
                detail="The body took too long to arrive.",
                code=HTTPStatus.REQUEST_TIMEOUT.name,
                headers=_CLOSE,
            )
        return _too_large(scope, _CLOSE)


def allow_at_least(scope: Scope, seconds: float) -> None:
    """Gives a request that came through `HttpLimits` at least `seconds` from now."""
    limit: asyncio.Timeout = scope["state"][_LIMIT]
    deadline = asyncio.get_running_loop().time() + seconds
    if (given := limit.when()) is not None and given < deadline:
        limit.reschedule(deadline)


async def read_body(receive: Receive) -> bytes:
    """Returns the whole body of a request that came through `HttpLimits`."""
    message = await receive()
    assert not message.get("more_body", False), "HttpLimits puts the body into one message"
    body: bytes = message.get("body", b"")
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    is_read = False

    async def received() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


def _too_large(scope: Scope, headers: dict[str, str]) -> Response:
    return refusal(
        scope,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        detail=f"The body must have at most {BODY_BYTES_MAX:,} bytes.",
        code=CONTENT_TOO_LARGE,
        headers=headers,
    )


def _unavailable(scope: Scope) -> Response:
    return refusal(
        scope,
        HTTPStatus.SERVICE_UNAVAILABLE,
        detail=Unavailable().message,
        code=Unavailable.code,
    )
