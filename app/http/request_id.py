"""The id of each request: the caller's own if it is valid, else a new one."""

import re
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.headers import header_values

HEADER = "X-Request-Id"
_NAME = HEADER.lower().encode()
_BYTES = 16
# The id goes into log lines and into a header: only characters that mean nothing in either.
_CLEAN = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestId:
    """ASGI middleware that puts the id into `scope["state"]` and into the response's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        received = header_values(scope, _NAME)
        is_clean = len(received) == 1 and _CLEAN.fullmatch(received[0])
        request_id = received[0] if is_clean else token_hex(_BYTES)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = (each for each in message.get("headers", ()) if each[0] != _NAME)
                message["headers"] = [*others, (_NAME, request_id.encode())]
            await send(message)

        await self._app(scope, receive, send_with_id)


def request_id_of(scope: Scope) -> str | None:
    """Returns the request's id, or None where the middleware did not run."""
    request_id: str | None = scope.get("state", {}).get("request_id")
    return request_id
