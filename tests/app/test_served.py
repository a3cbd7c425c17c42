"""The service as a process of its own: the public audits, what it logs, and how it stops."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from sqlalchemy import make_url

from app.auth import mint_token
from app.settings import Settings
from codegen.node import install_packages, node
from domain.enums import Role
from tests.fixtures.database import SECRET, connection_to, execute, named
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.served import Served, served

AUDITS = Path(__file__).parent / "graphql_http_audits"
AUDITS_COUNT = 61
ISSUER, AUDIENCE = "https://issuer.example", "loyalty"
STOP_TIMEOUT_SECONDS = 30
EARN = "mutation($i: EarnPointsInput!) { earnPoints(input: $i) { __typename } }"


def settings_of(database_url: str) -> dict[str, str]:
    """Returns the settings of a service in production."""
    url = make_url(database_url).set(drivername="postgresql")
    return {
        "LOYALTY_DATABASE_URL": url.render_as_string(hide_password=False),
        "LOYALTY_AUTH_ISSUER": ISSUER,
        "LOYALTY_AUTH_AUDIENCE": AUDIENCE,
        "LOYALTY_AUTH_SECRET": SECRET,
    }


def claims(**more: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "ops", "iat": now, "exp": now + 600, **more}


@dataclass
class Running:
    """A service, and what it has logged so far."""

    service: Served
    log: Path
    database_url: str

    def post(self, body: Any, **headers: str) -> httpx.Response:
        return httpx.post(f"{self.service.url}/graphql", json=body, headers=headers)


@pytest.fixture(scope="module")
def running(
    server_url: str, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """One service for the tests that leave it as it is."""
    name = f"served_{uuid4().hex}"
    asyncio.run(
        execute(server_url, f"CREATE DATABASE {name} TEMPLATE {make_url(template_url).database}")
    )
    url = named(server_url, name)
    log = tmp_path_factory.mktemp("served") / "serve.log"
    with served(settings_of(url), log) as service:
        yield Running(service, log, url)
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


def test_the_public_audits_of_graphql_over_http(running: Running) -> None:
    runtime = node()
    install_packages(runtime, AUDITS)
    token = jwt.encode(claims(role="admin"), SECRET, "HS256")

    done = runtime.run("audits.mjs", f"{running.service.url}/graphql", token, cwd=AUDITS)

    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS_COUNT


class TestLog:
    def test_holds_nothing_of_what_callers_send(self, running: Running) -> None:
        canary = f"canary{uuid4().hex}"
        # PostgreSQL quotes the row that breaks a constraint in what it says.
        broken = "ALTER TABLE users ADD CONSTRAINT broken CHECK (display_name <> 'broken')"
        asyncio.run(execute(running.database_url, broken))
        token = jwt.encode(
            claims(role="admin", sub=canary, email=f"{canary}@example.com"), SECRET, "HS256"
        )
        forged = jwt.encode(claims(sub=canary), "another secret of thirty-two bytes", "HS256")
        upsert = "mutation Upsert($i: UpsertUserInput!) { upsertUser(input: $i) { __typename } }"
        fields = {"userId": canary, "email": f"{canary}@example.com", "displayName": "broken"}
        headers = {"Authorization": f"Bearer {token}", "X-Canary": canary, "Cookie": canary}
        url = running.service.url

        failed = running.post({"query": upsert, "variables": {"i": fields}}, **headers)
        answers = [
            running.post({"query": f'{{ tier(slug: "{canary}") {{ {canary} }} }}'}, **headers),
            running.post({"query": f'{{ tier(slug: "{canary}") {{ slug ', "variables": {}}),
            running.post({"query": f"query {canary} {{ tiers {{ slug }} }}"}, **headers),
            running.post({"query": "{ me { id } }"}, Authorization=f"Bearer {forged}"),
            running.post({"query": "{ me { id } }"}, Authorization=canary),
            httpx.get(f"{url}/graphql", params={"query": "{ tiers { id } }", "variables": canary}),
            httpx.get(f"{url}/{canary}?{canary}={canary}", headers=headers),
            httpx.post(f"{url}/api/v1/loyalty/members/{canary}/referrals", content=canary),
            httpx.post(
                f"{url}/api/v1/loyalty/referrals/complete",
                json={"code": canary, "inviteeId": canary},
                headers=headers,
            ),
        ]
        raw = socket_answer(url, f"GET /{canary} {canary}\r\n{canary}\r\n\r\n".encode())

        assert failed.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert all(answer.status_code < 500 for answer in answers)
        assert b"400 Bad Request" in raw
        log = running.log.read_text()
        request_id = failed.headers["X-Request-Id"]
        assert f"Request {request_id} failed in Upsert " in log
        for secret in [canary, token, forged, "displayName", "tiers {"]:
            assert secret not in log


def socket_answer(url: str, request: bytes) -> bytes:
    """Sends bytes that are no HTTP; returns the answer until the connection is closed."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return answer.read()


class TestStopping:
    async def test_ends_what_runs_and_begins_nothing(
        self, database_url: str, make: Make, faults: Faults, settings: Settings, tmp_path: Path
    ) -> None:
        await make.member("ada")
        patient = dict.fromkeys(
            ["LOYALTY_LOCK_TIMEOUT_MS", "LOYALTY_STATEMENT_TIMEOUT_MS"], "60000"
        ) | {"LOYALTY_REQUEST_TIMEOUT_SECONDS": "60"}
        token = mint_token(settings, "ops", Role.ADMIN, lifetime_seconds=600)
        variables = {"i": {"userId": "ada", "points": 5, "idempotencyKey": "k"}}

        with served(settings_of(database_url) | patient, tmp_path / "serve.log") as service:
            async with httpx.AsyncClient(
                base_url=service.url, timeout=60, headers={"Authorization": f"Bearer {token}"}
            ) as client:
                async with faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
                    slow = asyncio.ensure_future(
                        client.post("/graphql", json={"query": EARN, "variables": variables})
                    )
                    await faults.somebody_waits()
                    service.process.send_signal(signal.SIGTERM)
                    await refuses_connections(service)
                    assert service.process.poll() is None
                answer = await slow
            await asyncio.to_thread(service.process.wait, STOP_TIMEOUT_SECONDS)

        assert answer.json()["data"] == {"earnPoints": {"__typename": "EarnPointsSuccess"}}
        async with connection_to(database_url) as connection:
            found = await connection.exec_driver_sql("SELECT points_balance FROM loyalty_members")
            assert found.scalar_one() == 5


async def refuses_connections(service: Served) -> None:
    """Returns once nobody can connect to the service any more."""
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    async with httpx.AsyncClient(base_url=service.url) as stranger:
        while time.monotonic() < deadline:
            try:
                await stranger.get("/healthz", headers={"Connection": "close"})
            except httpx.ConnectError:
                return
            except httpx.TransportError:
                continue
    raise AssertionError("the service still accepts connections")
