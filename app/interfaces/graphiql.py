"""The page at /graphiql, which web/graphiql builds, and a token for it in development.

The page loads nothing from other hosts, and its Content-Security-Policy lets it send nothing there.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Template
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config.settings import Settings
from app.identity.tokens import mint_token
from domain.enums import Role

PATH = "/graphiql"
BUILD = Path(__file__).resolve().parents[2] / "web" / "graphiql" / "dist"
TOKEN_LIFETIME_SECONDS = 15 * 60
_DEVELOPER = "admin"

# Monaco writes style elements and style attributes at every keystroke, and supports no nonce: so
# styles alone may be inline. They cannot send anything: every URL stays within the origin.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
# A worker obeys the policy that its own file came with: it may load our scripts, and nothing else.
_ASSET_POLICY = "default-src 'none'; script-src 'self'"
_COMMON_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A longer name is not that of a file, and the system reports an error for it.
_ASSET_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GraphiQL is not built</title>
<h1>GraphiQL is not built yet</h1>
<p>Run <code>make graphiql</code> where this service was installed from, and load this page again.
The service does not need it: <code>POST /graphql</code> works.</p>
</html>
"""


def page_headers(policy: str) -> dict[str, str]:
    """Returns the headers of an HTML page with this Content-Security-Policy."""
    return {
        **_COMMON_HEADERS,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
    }


def graphiql_routes(settings: Settings, build: Path = BUILD) -> list[Route]:
    """Returns the routes of the page, its assets and, in development, its tokens."""
    hands_out_tokens = settings.mode == "development" and settings.auth_jwks_url is None

    async def page(_request: Request) -> Response:
        try:
            template = Template((build / "index.html").read_text("utf-8"), autoescape=True)
        except FileNotFoundError:
            headers = page_headers("default-src 'none'; frame-ancestors 'none'")
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
        html = template.render(token_source="server" if hands_out_tokens else "paste")
        return HTMLResponse(html, headers=page_headers(CONTENT_SECURITY_POLICY))

    async def asset(request: Request) -> Response:
        return _asset(build / "assets", request.path_params["name"], request.headers)

    async def token(request: Request) -> Response:
        if not is_from_our_page(request):
            raise HTTPException(403, "Only the page of this server, on this machine, gets a token.")
        minted = mint_token(settings, _DEVELOPER, Role.ADMIN, TOKEN_LIFETIME_SECONDS)
        headers = {**_COMMON_HEADERS, "Cache-Control": "no-store"}
        return JSONResponse({"token": minted}, headers=headers)

    routes = [Route(PATH, page), Route(f"{PATH}/assets/{{name}}", asset)]
    if hands_out_tokens:
        routes.append(Route(f"{PATH}/token", token, methods=["POST"]))
    return routes


class BrowsersToGraphiQL:
    """Redirects a browser that opens the endpoint to the page /graphiql."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_visit(scope):
            # A client that wants JSON from the same address must not get this from a cache.
            visit = RedirectResponse(PATH, 303, {"Cache-Control": "no-store", "Vary": "Accept"})
            await visit(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_from_our_page(request: Request) -> bool:
    """Whether a request was made by a page of this server, in a browser on this machine.

    A page of another site has another origin. A page whose host name was made to resolve to this
    machine has that name in its `Host` header.
    """
    headers = request.headers
    host = headers.get("host", "")
    return (
        request.client is not None
        and _is_loopback(request.client.host)
        and _is_loopback(urlsplit(f"//{host}").hostname or "")
        and headers.get("origin") == f"{request.url.scheme}://{host}"
        and headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_visit(scope: Scope) -> bool:
    if scope["method"] not in ("GET", "HEAD") or scope["query_string"]:
        return False
    accepted = Headers(scope=scope).get("accept", "")
    return any(part.split(";")[0].strip() == "text/html" for part in accepted.split(","))


def _asset(folder: Path, name: str, headers: Mapping[str, str]) -> Response:
    path = folder / name
    media_type = _MEDIA_TYPES.get(path.suffix)
    if media_type is None or not _ASSET_NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(404)
    # The name contains a hash of the content: a file of this name never changes.
    sent = {
        **_COMMON_HEADERS,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": _ASSET_POLICY,
        "Vary": "Accept-Encoding",
    }
    accepted = _accepted_encodings(headers.get("accept-encoding", ""))
    for encoding, suffix in _ENCODINGS:
        compressed = folder / f"{name}{suffix}"
        if encoding in accepted and compressed.is_file():
            sent["Content-Encoding"] = encoding
            return FileResponse(compressed, headers=sent, media_type=media_type)
    return FileResponse(path, headers=sent, media_type=media_type)


def _accepted_encodings(header: str) -> set[str]:
    parts = (part.replace(" ", "").lower() for part in header.split(","))
    return {part.split(";")[0] for part in parts if not re.search(r";q=0(\.0*)?$", part)}
