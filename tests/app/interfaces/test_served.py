"""The service as a process of its own: the public audits, what it logs, and how it stops."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.config.settings import Settings
from app.identity.tokens import mint_token
from codegen.node import install_packages, node
from domain.enums import Role
from tests.fixtures.actors import ADMIN, Caller
from tests.fixtures.database import connection_to, execute
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.figures import Figure
from tests.fixtures.production import Production, settings_of, token_of
from tests.fixtures.served import Served, served

AUDITS = Path(__file__).parent / "graphql_http_audits"
AUDITS_COUNT = 61
STOP_TIMEOUT_SECONDS = 30
EARN = "mutation($i: EarnPointsInput!) { earnPoints(input: $i) { __typename } }"


@pytest.mark.promised
def test_the_public_audits_of_graphql_over_http(production: Production, figure: Figure) -> None:
    runtime = node()
    install_packages(runtime, AUDITS)
    token = token_of(ADMIN)

    done = runtime.run("audits.mjs", f"{production.service.url}/graphql", token, cwd=AUDITS)

    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    passed = sum(result["status"] == "ok" for result in results)
    figure(
        "audits of graphql-http", f"{AUDITS_COUNT} of {AUDITS_COUNT}", f"{passed} of {len(results)}"
    )
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS_COUNT


class TestLog:
    def test_holds_nothing_of_what_callers_send(self, production: Production) -> None:
        canary = f"canary{uuid4().hex}"
        # PostgreSQL quotes the row that breaks a constraint in what it says.
        broken = "ALTER TABLE users ADD CONSTRAINT broken CHECK (display_name <> 'broken')"
        asyncio.run(execute(production.database_url, broken))
        token = token_of(Caller(Role.ADMIN, canary), email=f"{canary}@example.com")
        forged = token_of(Caller(Role.MEMBER, canary))[:-1]
        upsert = "mutation Upsert($i: UpsertUserInput!) { upsertUser(input: $i) { __typename } }"
        fields = {"userId": canary, "email": f"{canary}@example.com", "displayName": "broken"}
        headers = {"Authorization": f"Bearer {token}", "X-Canary": canary, "Cookie": canary}
        url = production.service.url

        failed = production.post({"query": upsert, "variables": {"i": fields}}, **headers)
        answers = [
            production.post({"query": f'{{ tier(slug: "{canary}") {{ {canary} }} }}'}, **headers),
            production.post({"query": f'{{ tier(slug: "{canary}") {{ slug ', "variables": {}}),
            production.post({"query": f"query {canary} {{ tiers {{ slug }} }}"}, **headers),
            production.post({"query": "{ me { id } }"}, Authorization=f"Bearer {forged}"),
            production.post({"query": "{ me { id } }"}, Authorization=canary),
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
        log = production.log.read_text()
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
        long_limits = dict.fromkeys(
            ["LOYALTY_LOCK_TIMEOUT_MS", "LOYALTY_STATEMENT_TIMEOUT_MS"], "60000"
        ) | {"LOYALTY_REQUEST_TIMEOUT_SECONDS": "60"}
        token = mint_token(settings, "ops", Role.ADMIN, lifetime_seconds=600)
        variables = {"i": {"userId": "ada", "points": 5, "idempotencyKey": "k"}}

        with served(settings_of(database_url) | long_limits, tmp_path / "serve.log") as service:
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
