"""The contenders: their commands, how a process starts and stops, and what it costs."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from pydantic import SecretStr
from sqlalchemy import make_url

from app.config.settings import Settings
from app.identity.tokens import mint_token
from benchmarks.documents import DOCUMENTS, POSTGRAPHILE_DOCUMENTS
from codegen.node import install_packages, node
from domain.enums import Role

ROOT = Path(__file__).resolve().parents[1]
PEERS = Path(__file__).parent / "peers"
Variables = Mapping[str, Any]
# What PostGraphile needs; both Node peers run on the same one.
NODE_VERSION_MIN = (22, 0)
BEFORE = "before"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15
_POLL_INTERVAL_S = 0.005
_MIB = 2**20


class ContenderFailed(Exception):
    """A contender does not start, or gives a wrong answer; the text holds its output."""


@dataclass(frozen=True)
class Contender:
    """A server program, and the documents that it understands.

    A contender with more than one process takes part only if `--contenders` names it: no peer has
    several processes. `directory` is the working directory of its process.
    """

    name: str
    title: str
    command: Callable[[], list[str]]
    path: str = "/graphql"
    documents: Mapping[str, str] = field(default_factory=lambda: DOCUMENTS)
    is_peer: bool = True
    processes: int = 1
    directory: Path = ROOT

    def request(self, operation: str, variables: Variables) -> bytes:
        """Returns the body that asks for an operation."""
        document = " ".join(self.documents[operation].split())
        return orjson.dumps({"operationName": operation, "query": document, "variables": variables})


def _node_command(peer: str) -> list[str]:
    runtime = node(NODE_VERSION_MIN)
    install_packages(runtime, PEERS / peer)
    return [str(runtime.directory / "node"), str(PEERS / peer / "server.js")]


def _our_command() -> list[str]:
    return [sys.executable, "-m", "app", "serve"]


def _no_checkout() -> list[str]:
    raise ContenderFailed("name the other checkout: --before REVISION, or --before DIRECTORY")


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ours", "This service", _our_command, is_peer=False),
        *(
            Contender(
                f"ours-{count}",
                f"This service, {count} processes",
                _our_command,
                is_peer=False,
                processes=count,
            )
            for count in (2, 4)
        ),
        # benchmarks/checkouts.py fills in the command and the directory.
        Contender(BEFORE, "Before", _no_checkout, is_peer=False),
        Contender("mercurius", "Mercurius with JIT", lambda: _node_command("mercurius")),
        Contender(
            "postgraphile",
            "PostGraphile 5",
            lambda: _node_command("postgraphile"),
            documents=POSTGRAPHILE_DOCUMENTS,
        ),
        Contender(
            "naive",
            "Strawberry as in a tutorial",
            lambda: [sys.executable, "-m", "benchmarks.peers.naive"],
        ),
        Contender(
            "limit",
            "The limit: SQL, no GraphQL",
            lambda: [sys.executable, "-m", "benchmarks.peers.limit"],
            is_peer=False,
        ),
    )
}


@dataclass
class Running:
    """A contender's process, which answers at `port`."""

    contender: Contender
    port: int
    token: str
    process: subprocess.Popen[bytes]
    client: httpx.Client
    log: Path
    cold_start_s: float = 0.0

    def ask(self, operation: str, variables: Variables) -> Any:
        """Returns the whole answer to one request.

        Raises:
            ContenderFailed: the answer is not JSON.
        """
        response = self.client.post(
            self.contender.path, content=self.contender.request(operation, variables)
        )
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise ContenderFailed(f"{self.contender.name}: {response.text:.1000}") from error

    def rss_mib(self) -> float:
        """Returns the resident memory of the process and its children, in MiB."""
        root = psutil.Process(self.process.pid)
        processes = [root, *root.children(recursive=True)]
        return sum(process.memory_info().rss for process in processes) / _MIB

    def cpu_s(self) -> float:
        """Returns the processor time that the process and its children have used, in seconds."""
        root = psutil.Process(self.process.pid)
        times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
        return sum(used.user + used.system for used in times)

    def output(self) -> str:
        """Returns the last 30 lines that it has printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


@dataclass(frozen=True)
class BenchmarkSetup:
    """What all contenders share: the database, and the secret that signs every token."""

    database_url: str
    settings: Settings

    @classmethod
    def on(cls, database_url: str) -> "BenchmarkSetup":
        """Returns a set-up with a new secret."""
        settings = Settings(
            database_url=database_url,
            mode="production",
            auth_issuer="https://issuer.example",
            auth_audience="loyalty",
            auth_secret=SecretStr(secrets.token_urlsafe(48)),
        )
        return cls(database_url, settings)

    def token(self) -> str:
        """Returns an admin's token."""
        return mint_token(self.settings, "ops", Role.ADMIN, lifetime_seconds=24 * 3_600)

    def environment(self, port: int) -> dict[str, str]:
        """Returns the environment of a process: the service's variables and the peers'."""
        url = make_url(self.database_url)
        assert self.settings.auth_secret is not None, "given above"
        secret = self.settings.auth_secret.get_secret_value()
        issuer, audience = self.settings.auth_issuer, self.settings.auth_audience
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LOYALTY_")}
        return kept | {
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "PORT": str(port),
            "PGHOST": str(url.query.get("host", url.host)),
            "PGUSER": str(url.username),
            "PGDATABASE": str(url.database),
            "AUTH_SECRET": secret,
            "AUTH_ISSUER": issuer,
            "AUTH_AUDIENCE": audience,
            "LOYALTY_MODE": "production",
            "LOYALTY_DATABASE_URL": self.database_url,
            "LOYALTY_PORT": str(port),
            "LOYALTY_LOG_LEVEL": "warning",
            "LOYALTY_AUTH_SECRET": secret,
            "LOYALTY_AUTH_ISSUER": issuer,
            "LOYALTY_AUTH_AUDIENCE": audience,
        }

    @contextmanager
    def run(self, contender: Contender) -> Iterator[Running]:
        """Yields the contender once it answers `tiers` to an admin, and stops it afterwards.

        Raises:
            ContenderFailed: it ends, answers with an error, or does not answer for a minute.
        """
        command = contender.command()
        port = _free_port()
        with tempfile.TemporaryDirectory(prefix="loyalty-bench-") as folder:
            log = Path(folder) / "output"
            with log.open("wb") as output:
                started_at = time.perf_counter()
                process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                    command,
                    cwd=contender.directory,
                    # One process's answer ends the wait: the others start before it is measured.
                    env=self.environment(port) | {"LOYALTY_WORKERS": str(contender.processes)},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C reaches only this process, which then stops the ones it has started.
                    start_new_session=True,
                )
            client = httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={
                    "authorization": f"Bearer {self.token()}",
                    "content-type": "application/json",
                },
                timeout=START_TIMEOUT_S,
            )
            try:
                running = Running(contender, port, self.token(), process, client, log)
                _wait_for_answer(running)
                running.cold_start_s = time.perf_counter() - started_at
                yield running
            finally:
                client.close()
                _stop(process)


def _wait_for_answer(running: Running) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise ContenderFailed(f"{running.contender.name} ended:\n{running.output()}")
        try:
            answer = running.ask("Tiers", {})
        except httpx.TransportError:
            time.sleep(_POLL_INTERVAL_S)
            continue
        if answer.get("errors"):
            raise ContenderFailed(f"{running.contender.name} answers {answer}\n{running.output()}")
        return
    raise ContenderFailed(f"{running.contender.name} does not answer:\n{running.output()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
