"""Two server processes under production limits, and callers who retry with their keys."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.config.settings import Settings
from tests.fixtures.actors import ADMIN, Caller
from tests.fixtures.database import CHECKPOINT_KEY, SECRET
from tests.fixtures.served import free_port, start

ANSWER_SECONDS_MAX = 60.0
KILL_EVERY_SECONDS = 1.5


def production(url: str) -> dict[str, str]:
    """Returns the settings of a service in production, with the limits that it has unasked."""
    return {
        "LOYALTY_DATABASE_URL": url,
        "LOYALTY_AUTH_ISSUER": "https://issuer.example",
        "LOYALTY_AUTH_AUDIENCE": "loyalty",
        "LOYALTY_AUTH_SECRET": SECRET,
        "LOYALTY_CHECKPOINT_KEY": CHECKPOINT_KEY,
    }


class Server:
    """A server process that can be killed, and started again at the same address."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._settings = {**settings, "LOYALTY_PORT": str(port)}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        """Starts it, and does not wait until it is ready."""
        self._process = start("serve", settings=self._settings, log=self._log)

    async def start(self) -> None:
        """Starts it, and returns when it is ready."""
        self.spawn()
        assert self._process is not None
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        async with httpx.AsyncClient() as client:
            while not await self._is_ready(client):
                assert self._process.poll() is None, self._log.read_text()
                assert time.monotonic() < deadline, self._log.read_text()
                await asyncio.sleep(0.05)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/readyz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    async def kill(self) -> None:
        """Kills it with all that it has in hand."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            await asyncio.to_thread(self._process.wait)

    def log(self) -> str:
        """Returns what it has logged."""
        return self._log.read_text()


class Callers:
    """Calls mutations on random servers, again with the same key until there is an answer."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        servers: list[Server],
        settings: Settings,
        caller: Caller = ADMIN,
    ) -> None:
        self.client = client
        self._servers = servers
        self._settings = settings
        self._headers = caller.headers(settings)
        self.refusals: list[str] = []
        """What stood in the way of each try that had to be made again."""

    def of(self, caller: Caller) -> "Callers":
        """Returns the same for somebody else."""
        return Callers(self.client, self._servers, self._settings, caller)

    async def mutate(self, field: str, selection: str, **fields: Any) -> Any:
        """Returns the result of a mutation; every other error than a passing one fails."""
        return (await self.ask(mutation(field, selection), {"input": fields}))[field]

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Returns the data of a request."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while True:
            assert time.monotonic() < deadline, self.refusals[-5:]
            try:
                response = await self.send(random.choice(self._servers), query, variables)
                body = response.json()
            except httpx.TransportError as error:
                self.refusals.append(type(error).__name__)
            else:
                if not body.get("errors"):
                    return body["data"]
                codes = {error["extensions"]["code"] for error in body["errors"]}
                assert codes == {"UNAVAILABLE"}, (body, [each.log() for each in self._servers])
                assert body.get("data") or is_asked_to_retry(response), response.headers
                self.refusals += codes
            await asyncio.sleep(0.05)

    async def send(
        self, server: Server, query: str, variables: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Returns what one server answers to one try."""
        return await self.client.send(self._request(server, query, variables))

    async def begin(
        self, server: Server, query: str, variables: Mapping[str, Any] | None = None
    ) -> asyncio.StreamWriter:
        """Sends a request on a connection of its own, and does not wait for the answer."""
        request = self._request(server, query, variables)
        head = b"".join(b"%s: %s\r\n" % each for each in request.headers.raw)
        _, writer = await asyncio.open_connection(request.url.host, request.url.port)
        writer.write(b"POST /graphql HTTP/1.1\r\n%s\r\n%s" % (head, request.content))
        return writer

    def _request(
        self, server: Server, query: str, variables: Mapping[str, Any] | None
    ) -> httpx.Request:
        return self.client.build_request(
            "POST",
            f"{server.url}/graphql",
            json={"query": query, "variables": variables},
            headers=self._headers,
        )


def mutation(field: str, selection: str = "") -> str:
    """Returns the document that calls a mutation with the variable `input`."""
    name = f"{field[0].upper()}{field[1:]}"
    return (
        f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ __typename "
        f"... on UserError {{ code message }} {selection} }} }}"
    )


def is_asked_to_retry(response: httpx.Response) -> bool:
    """Whether the answer is that of a service which is away or busy."""
    return (response.status_code, response.headers.get("Retry-After")) == (503, "1")


@asynccontextmanager
async def two_servers(
    settings: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[list[Server], Callers]]:
    """Yields two servers that are ready, and callers of both."""
    servers = [Server(settings, folder / f"{number}.log") for number in range(2)]
    known_to_both = Settings(
        database_url=settings["LOYALTY_DATABASE_URL"],
        auth_issuer=settings["LOYALTY_AUTH_ISSUER"],
        auth_audience=settings["LOYALTY_AUTH_AUDIENCE"],
        auth_secret=settings["LOYALTY_AUTH_SECRET"],  # type: ignore[arg-type]
    )
    async with AsyncExitStack() as stack:
        for server in servers:
            stack.push_async_callback(server.kill)
        await asyncio.gather(*(server.start() for server in servers))
        limits = httpx.Limits(max_connections=None)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30, limits=limits))
        yield servers, Callers(client, servers, known_to_both)
