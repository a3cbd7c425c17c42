"""Refuses requests for host names that the settings do not allow."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.headers import header_values
from app.http.limits import HEALTH_PATHS
from app.http.problems import refusal


class AllowedHosts:
    """ASGI middleware that refuses requests for another host; `*.example.com` allows all below it.

    Health checks are exempt: they address the service by IP address.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._names = frozenset(host for host in hosts if not host.startswith("*."))
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        response = refusal(
            scope, HTTPStatus.BAD_REQUEST, detail="This service does not answer for that host."
        )
        await response(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        hosts = header_values(scope, b"host")
        if len(hosts) != 1:
            return False
        name = hosts[0].lower()
        # Without the port; an IPv6 address keeps its brackets.
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        return name in self._names or name.endswith(self._suffixes)
