"""The HTTP server: uvicorn, with limits on connections and on the head of each request."""

import asyncio
import json
import os
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.config.settings import PREFIX, Settings, separated
from app.http.problems import BAD_REQUEST, PROBLEM_TYPE, TRY_AGAIN
from app.http.security_headers import ALWAYS
from app.logs import log_to_stderr
from app.main import create_app
from domain.errors.base import Unavailable

SHUTDOWN_TIMEOUT_SECONDS = 10
KEEP_ALIVE_TIMEOUT_SECONDS = 5
HEAD_BYTES_MAX = 32_768
_SEPARATORS = b": \r\n"
_SERVED_APP = "app.main:create_app_from_environment"


def run(settings: Settings) -> None:
    """Runs the service for the database that `settings` name, until a signal ends it.

    It then accepts no more requests, and waits ten seconds for running requests to end.
    """
    options = server_options(settings)
    if settings.workers == 1:
        log_to_stderr(settings.log_level)
        uvicorn.run(create_app(settings), **options)
        return
    # Each process reads the environment again, and finds the embedded database there.
    os.environ[f"{PREFIX}DATABASE_URL"] = str(settings.database_url)
    uvicorn.run(_SERVED_APP, factory=True, workers=settings.workers, **options)


def server_options(settings: Settings) -> dict[str, Any]:
    """Returns the options for uvicorn."""
    proxies = separated(settings.trusted_proxies)
    return {
        "host": settings.host,
        "port": settings.port,
        "log_level": settings.log_level,
        # It would contain the documents and variables of GET requests.
        "access_log": False,
        "server_header": False,
        "http": BoundedProtocol,
        "loop": "uvloop",
        "ws": "none",
        "proxy_headers": bool(proxies),
        "forwarded_allow_ips": list(proxies),
        "limit_concurrency": 2 * settings.requests_max,
        "timeout_keep_alive": KEEP_ALIVE_TIMEOUT_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_TIMEOUT_SECONDS,
    }


class BoundedProtocol(HttpToolsProtocol):
    """A connection that closes when the head of a request takes too long or is too large.

    Above uvicorn's `limit_concurrency`, a connection is answered with 503 and `Retry-After`.
    """

    head_timeout_seconds = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Uvicorn would accept the connection, and then refuse the request in plain text.
        self._connections_max, self.limit_concurrency = self.limit_concurrency, None
        self._head_bytes = 0
        self._head_timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._connections_max is not None and len(self.connections) > self._connections_max:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                Unavailable.code,
                Unavailable().message,
                TRY_AGAIN["Retry-After"],
            )
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        # The rest of a request that was answered early has a time limit too.
        if self._is_answered():
            self._await_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_awaiting_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers a request that the parser has refused, or that exceeded a limit."""
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE.name,
                f"The address and the headers must have at most {HEAD_BYTES_MAX:,} bytes.",
            )
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Logs nothing: a request for a WebSocket gets an HTTP answer."""

    def _is_answered(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete

    def _count(self, part_bytes: int) -> None:
        self._head_bytes += part_bytes + len(_SEPARATORS)
        if self._head_bytes > HEAD_BYTES_MAX:
            raise ValueError("stops the parser")

    def _await_head(self) -> None:
        if self._head_timeout is None:
            self._head_timeout = self.loop.call_later(self.head_timeout_seconds, self._give_up)

    def _stop_awaiting_head(self) -> None:
        if self._head_timeout is not None:
            self._head_timeout.cancel()
            self._head_timeout = None

    def _give_up(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_TIMEOUT.name,
            "The request took too long to arrive.",
        )

    def _refuse(
        self, status: HTTPStatus, code: str, detail: str, retry_after: str | None = None
    ) -> None:
        """Answers instead of the service, and closes the connection."""
        document = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": detail,
            "code": code,
        }
        body = json.dumps(document).encode()
        head = [
            f"HTTP/1.1 {int(status)} {status.phrase}".encode(),
            b"content-type: " + PROBLEM_TYPE.encode(),
            b"content-length: %d" % len(body),
            b"connection: close",
            *(b"%s: %s" % header for header in ALWAYS),
        ]
        if retry_after is not None:
            head.append(b"retry-after: " + retry_after.encode())
        self.transport.write(b"\r\n".join([*head, b"", body]))
        self.transport.close()
