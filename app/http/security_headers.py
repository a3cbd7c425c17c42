"""The security headers of every answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
# The documentation page comes with its own scripts and styles, some of them inline.
_PAGE_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SecurityHeaders:
    """ASGI middleware that adds the headers, except those that an answer already has.

    An answer to a request with a token must not be cached.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_authenticated = any(name == b"authorization" for name, _ in scope["headers"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = dict(headers)
                headers += [header for header in ALWAYS if header[0] not in given]
                if b"content-security-policy" not in given:
                    is_page = given.get(b"content-type", b"").startswith(b"text/html")
                    policy = _PAGE_POLICY if is_page else _DATA_POLICY
                    headers.append((b"content-security-policy", policy))
                if is_authenticated and b"cache-control" not in given:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)
