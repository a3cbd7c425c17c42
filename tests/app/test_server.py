"""Connections: heads that are slow, large or malformed, and more connections than there is room."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI

from app.config.settings import Settings
from app.http.limits import BODY_BYTES_MAX
from app.server import HEAD_BYTES_MAX, BoundedProtocol, server_options
from tests.fixtures.faults import becomes_true

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
REQUESTS_MAX = 3


class ImpatientProtocol(BoundedProtocol):
    """Gives a head a fifth of a second."""

    head_timeout_seconds = 0.2


@dataclass
class Connection:
    """One end of a connection to the service."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Returns the status, the headers and the body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status_line, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status_line.split()[1]), headers, body

    async def refusal(self) -> tuple[int, str]:
        """Returns the status and the code of an answer after which the connection is closed."""
        status, headers, body = await self.answer()
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert headers["x-content-type-options"] == "nosniff"
        # A client that was still sending may get a reset, since the connection is closed.
        with suppress(ConnectionResetError):
            assert await self.reader.read() == b""
        document = json.loads(body)
        assert document["status"] == status
        return status, document["code"]


@dataclass
class Server:
    """The service, listening."""

    port: int

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()


@pytest.fixture
async def server(app: FastAPI, settings: Settings) -> AsyncIterator[Server]:
    """The service with a short time-out."""
    options = server_options(settings.model_copy(update={"requests_max": REQUESTS_MAX}))
    options |= {"http": ImpatientProtocol, "log_config": None, "lifespan": "off"}
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, **options))
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.ensure_future(uvicorn_server.serve(sockets=[listener]))

        async def has_started() -> bool:
            return uvicorn_server.started

        await becomes_true(has_started)
        yield Server(listener.getsockname()[1])
        uvicorn_server.should_exit = True
        await serving


class TestSlowHeads:
    @pytest.mark.parametrize("part", [b"", b"GET /healthz HT", GET[:-2] + b"X-A: 1", b"\r\n" * 3])
    async def test_end_the_connection(self, server: Server, part: bytes) -> None:
        async with server.connected() as connection:
            await connection.send(part)

            assert await connection.refusal() == (408, "REQUEST_TIMEOUT")

    async def test_that_trickle_end_it_too(self, server: Server) -> None:
        async with server.connected() as connection:

            async def trickle() -> None:
                await connection.send(GET[:-2])
                with suppress(ConnectionError):
                    while True:
                        await connection.send(b"X-A: 1\r\n")
                        await asyncio.sleep(0.01)

            trickling = asyncio.ensure_future(trickle())
            assert await connection.refusal() == (408, "REQUEST_TIMEOUT")
            trickling.cancel()

    async def test_that_follow_an_answer_end_it_too(self, server: Server) -> None:
        async with server.connected() as connection:
            await connection.send(GET)
            assert (await connection.answer())[0] == 200
            await connection.send(GET[:20])

            assert await connection.refusal() == (408, "REQUEST_TIMEOUT")

    async def test_quick_ones_are_answered_one_after_the_other(self, server: Server) -> None:
        async with server.connected() as connection:
            for _ in range(3):
                await connection.send(GET[:20], GET[20:])
                status, headers, _ = await connection.answer()
                assert status == 200
                assert "server" not in headers


class TestHeads:
    @pytest.mark.parametrize(
        "head",
        [
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * HEAD_BYTES_MAX + b"\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\n" + b"X-A: 1\r\n" * HEAD_BYTES_MAX + b"\r\n",
            b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        ],
    )
    async def test_that_are_too_large(self, server: Server, head: bytes) -> None:
        async with server.connected() as connection:
            await connection.send(head[:65_000])

            assert await connection.refusal() == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")

    @pytest.mark.parametrize(
        "request_",
        [
            b"hello\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n",
            POST + b"Content-Length: x\r\n\r\n",
            POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ],
    )
    async def test_that_are_malformed(self, server: Server, request_: bytes) -> None:
        async with server.connected() as connection:
            await connection.send(request_)

            assert await connection.refusal() == (400, "BAD_REQUEST")

    async def test_that_ask_for_a_web_socket(self, server: Server) -> None:
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n"
        async with server.connected() as connection:
            await connection.send(b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + upgrade)

            assert (await connection.answer())[0] == 400


class TestBodies:
    async def test_one_that_is_too_large_is_read_to_its_end(self, server: Server) -> None:
        size = 10 * BODY_BYTES_MAX
        async with server.connected() as connection:
            await connection.send(POST + b"Content-Length: %d\r\n\r\n" % size)
            await connection.send(*[b" " * 10_000] * (size // 10_000))
            status, headers, _ = await connection.answer()
            await connection.send(GET)

            assert (status, headers["content-type"]) == (413, "application/json; charset=utf-8")
            assert (await connection.answer())[0] == 200

    async def test_one_without_a_length_is_counted_as_it_comes(self, server: Server) -> None:
        chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"
        async with server.connected() as connection:
            await connection.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
            await connection.send(*[chunk] * (BODY_BYTES_MAX // 10_000 + 1), b"0\r\n\r\n")

            assert (await connection.answer())[0] == 413

    async def test_one_that_goes_on_after_the_answer_ends_the_connection(
        self, server: Server
    ) -> None:
        async with server.connected() as connection:
            await connection.send(
                POST + b"Authorization: Bearer x\r\nContent-Length: 1000000\r\n\r\n{"
            )
            assert (await connection.answer())[0] == 401
            await connection.send(b" ")

            assert await connection.refusal() == (408, "REQUEST_TIMEOUT")


async def test_beyond_the_limit_connections_are_asked_to_retry(server: Server) -> None:
    async with AsyncExitStack() as stack:
        # Each has had an answer, so that the server knows of it.
        for _ in range(2 * REQUESTS_MAX):
            connection = await stack.enter_async_context(server.connected())
            await connection.send(GET)
            assert (await connection.answer())[0] == 200

        last = await stack.enter_async_context(server.connected())
        status, headers, body = await last.answer()

    assert (status, headers["retry-after"]) == (503, "1")
    assert json.loads(body)["code"] == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("proxies", "is_believed", "believed"),
    [("", False, []), ("*", True, ["*"]), ("10.0.0.0/8, ::1", True, ["10.0.0.0/8", "::1"])],
)
def test_proxies_are_believed_as_they_are_set(
    settings: Settings, proxies: str, is_believed: bool, believed: list[str]
) -> None:
    options = server_options(settings.model_copy(update={"trusted_proxies": proxies}))

    assert options["proxy_headers"] is is_believed
    assert options["forwarded_allow_ips"] == believed
