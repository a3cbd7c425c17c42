"""Every request has an id: the caller's own where it is clean, else a new one."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
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

        received = Headers(scope=scope).getlist(HEADER)
        is_clean = len(received) == 1 and _CLEAN.fullmatch(received[0])
        request_id = received[0] if is_clean else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


def request_id_of(scope: Scope) -> str | None:
    """Returns the request's id, or None where the middleware did not run."""
    request_id: str | None = scope.get("state", {}).get("request_id")
    return request_id
