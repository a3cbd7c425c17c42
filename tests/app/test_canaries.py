"""No log tells what callers sent: an installation in production, with all logged that can be.

Whatever somebody could send carries a canary, in requests of every kind. The service, its worker
and its PostgreSQL write their logs, at the level `debug`, and none may hold a canary afterwards.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.embedded import embedded_postgres
from app.database.location import EMBEDDED_DIR
from domain.enums import Role
from tests.fixtures.actors import Caller
from tests.fixtures.database import SECRET, Rows, execute
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.figures import Figure
from tests.fixtures.mail import Mailbox
from tests.fixtures.production import AUDIENCE, ISSUER, token_of
from tests.fixtures.served import STOP_TIMEOUT_SECONDS, served, start
from tests.fixtures.tokens import a_token

CANARY = "canary4c1f9e7b"
ADDRESS = f"{CANARY}@example.com"
USER = f"user-{CANARY}"
API = "/api/v1/loyalty"
# PostgreSQL quotes the row that breaks a constraint.
BROKEN = (
    "ALTER TABLE users ADD CONSTRAINT broken CHECK (display_name NOT LIKE 'broken%')",
    "ALTER TABLE loyalty_ledger_entries ADD CONSTRAINT broken CHECK (reference <> 'broken')",
)
NOT_AGAIN = (
    "UPDATE outbox_events SET available_at = now() + interval '1 hour' WHERE last_error LIKE '451%'"
)
NO_MAIL = "ALTER TABLE notifications ADD CONSTRAINT broken CHECK (status <> 'SENT') NOT VALID"


@dataclass
class Installation:
    """A service and a worker on a database of their own, and all that they log."""

    url: str
    rows: Rows
    faults: Faults
    worker: subprocess.Popen[bytes]
    mailbox: Mailbox
    folder: Path
    token: str

    def leaks(self) -> list[str]:
        """Returns the lines of all logs that hold a canary, or anything of a token."""
        secrets = [CANARY, *self.token.split(".")[1:], SECRET]
        return [
            f"{path.name}: {line}"
            for path in self.logs()
            for line in path.read_text(errors="replace").splitlines()
            if any(secret in line for secret in secrets)
        ]

    def logs(self) -> list[Path]:
        return sorted(self.folder.rglob("*.log*"))


@pytest.fixture
async def installation(data_dir: Path, mailbox: Mailbox) -> AsyncIterator[Installation]:
    settings = {
        "LOYALTY_DATA_DIR": str(data_dir),
        "LOYALTY_AUTH_ISSUER": ISSUER,
        "LOYALTY_AUTH_AUDIENCE": AUDIENCE,
        "LOYALTY_AUTH_SECRET": SECRET,
        "LOYALTY_SMTP_URL": mailbox.url,
        "LOYALTY_MAIL_FROM": "Loyalty <loyalty@shop.example>",
        "LOYALTY_LOG_LEVEL": "debug",
        "LOYALTY_STATEMENT_TIMEOUT_MS": "500",
        "LOYALTY_LOCK_TIMEOUT_MS": "400",
    }
    with (
        ExitStack() as stack,
        served(settings, data_dir / "serve.log") as service,
        embedded_postgres(data_dir / EMBEDDED_DIR) as database_url,
    ):
        worker = start("worker", settings=settings, log=data_dir / "worker.log")
        stack.callback(end, worker)
        await execute(database_url, *BROKEN)
        token = token_of(Caller(Role.ADMIN, USER), email=ADDRESS, name=CANARY)
        rows = Rows(database_url)
        faults = Faults(database_url, rows)
        yield Installation(service.url, rows, faults, worker, mailbox, data_dir, token)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def graphql(mutation: str, **fields: Any) -> dict[str, Any]:
    """Returns the body that calls a mutation."""
    name = f"{mutation[0].upper()}{mutation[1:]}"
    query = (
        f"mutation Called($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename "
        "... on UserError { code message } } }"
    )
    return {"query": query, "variables": {"input": fields}}


KNOWN = {"userId": USER, "email": ADDRESS, "displayName": CANARY, "marketingMessages": True}
EARNED = {
    "userId": USER,
    "points": 1_000,
    "description": CANARY,
    "reference": CANARY,
    "metadata": {CANARY: [CANARY]},
    "idempotencyKey": CANARY,
}
INVITED = {"userId": USER, "inviteeEmail": f"friend-{ADDRESS}", "metadata": {"to": CANARY}}
ANSWERED = [
    graphql("upsertUser", **KNOWN),
    graphql("createTier", slug=CANARY, name=CANARY, pointThreshold=900, benefits=[CANARY]),
    graphql("earnPoints", **EARNED),
    graphql("issueReferralInvite", **INVITED, idempotencyKey=f"i-{CANARY}"),
    {"query": "query Q($id: ID!) { member(userId: $id) { userId user { email } } }",
     "variables": {"id": USER}},
    {"query": f'{{ members(search: "{CANARY}") {{ edges {{ node {{ user {{ email }} }} }} }} }}'},
    {"query": f"# {CANARY}\nquery {CANARY} {{ {CANARY}: tiers {{ slug }} }}"},
]  # fmt: skip
REFUSED = [
    graphql("redeemPoints", **EARNED | {"points": 10**6, "idempotencyKey": f"r-{CANARY}"}),
    graphql("earnPoints", **EARNED | {"points": 7}),
    graphql("completeReferral", code=CANARY, inviteeId=USER),
    graphql("earnPoints", **EARNED | {"userId": f"no-{CANARY}", "idempotencyKey": f"n-{CANARY}"}),
    graphql("upsertUser", userId=USER, email=f"{CANARY} is no address"),
    {"query": f'{{ tier(slug: "{CANARY}") {{ {CANARY} }} }}'},
    {"query": f'{{ tier(slug: "{CANARY}") {{ slug '},
    {"query": f"query($v: {CANARY}!) {{ tier(slug: $v) {{ slug }} }}", "variables": {"v": CANARY}},
    {"query": "query($v: Int!) { members(first: $v) { edges { cursor } } }",
     "variables": {"v": CANARY}},
    {"query": "query A { tiers { slug } } query B { tiers { slug } }", "operationName": CANARY},
    {"query": f'{{ node(id: "{CANARY}") {{ id }} }}'},
    {"query": f'{{ members(after: "{CANARY}") {{ edges {{ cursor }} }} }}'},
    {CANARY: CANARY},
    [CANARY],
]  # fmt: skip
FAILING = [
    graphql("upsertUser", **KNOWN | {"displayName": f"broken {CANARY}"}),
    graphql("earnPoints", **EARNED | {"reference": "broken", "idempotencyKey": f"b-{CANARY}"}),
]


async def send_all(client: httpx.AsyncClient, bodies: Iterable[Any]) -> list[httpx.Response]:
    return [await client.post("/graphql", json=body) for body in bodies]


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def over_graphql(client: httpx.AsyncClient) -> None:
    """Answers, refusals, and failures of ours."""
    for answered in await send_all(client, ANSWERED):
        assert "errors" not in answered.json()
        assert "UserError" not in answered.text
    for refused in await send_all(client, REFUSED):
        assert refused.status_code in (200, 400)
    for failed in await send_all(client, FAILING):
        assert codes(failed) == ["INTERNAL_SERVER_ERROR"]


async def over_rest(client: httpx.AsyncClient) -> None:
    """The same by REST, and bytes that are no request."""
    referrals, complete = f"{API}/members/{USER}/referrals", f"{API}/referrals/complete"
    requests: list[tuple[str, str, dict[str, Any], int]] = [
        ("GET", f"{API}/members/{USER}", {}, 200),
        ("POST", referrals, {"json": {"inviteeEmail": f"other-{ADDRESS}"}}, 201),
        ("POST", referrals, {"json": {"inviteeEmail": CANARY, "metadata": CANARY}}, 400),
        ("POST", referrals, {"content": f'{{"inviteeEmail": "{CANARY}'}, 400),
        ("POST", complete, {"json": {"code": CANARY, "inviteeId": USER}}, 404),
        ("GET", f"{API}/members/no-{CANARY}", {}, 404),
        ("DELETE", f"/{CANARY}?{CANARY}={CANARY}", {}, 404),
        ("PATCH", f"{API}/tiers?{CANARY}", {"content": CANARY}, 405),
        ("POST", "/graphql", {"content": CANARY, "headers": {"Content-Type": CANARY}}, 415),
        ("POST", "/graphql", {"content": f"{CANARY}\xff".encode("latin-1")}, 415),
        ("POST", "/graphql", {"json": {"query": CANARY * 10_000}}, 413),
        ("GET", f"/graphql?query={{tiers{{slug}}}}&variables={CANARY}", {}, 400),
        ("GET", f"/graphql?query={{tier(slug:%22{CANARY}%22){{slug}}}}", {}, 200),
    ]
    for method, path, options, status in requests:
        response = await client.request(method, path, **options)
        assert response.status_code == status, (method, path, response.text)


def bad_tokens(good: str) -> list[str]:
    """Returns tokens that are refused, each for another reason."""
    head, payload, _ = good.split(".")
    return [
        f"Bearer {good[:-2]}",
        f"Bearer {head}.{payload}.",
        f"Bearer {a_token(sub=CANARY)}",
        f"Bearer {a_token({'sub': CANARY, 'email': ADDRESS}, secret=SECRET)}",
        f"Bearer {a_token({'sub': CANARY}, header={'alg': 'none', 'kid': CANARY})}",
        f"Bearer {a_token(header={'alg': CANARY, 'kid': CANARY}, sub=CANARY, secret=SECRET)}",
        f"Bearer {CANARY}",
        f"Bearer {CANARY}.{CANARY}.{CANARY}",
        f"Basic {CANARY}",
        CANARY,
    ]


async def with_bad_tokens(client: httpx.AsyncClient, good: str) -> None:
    for token in bad_tokens(good):
        for method, path in [("POST", "/graphql"), ("GET", f"{API}/members/{USER}")]:
            response = await client.request(
                method, path, headers={"Authorization": token}, json={"query": "{ me { id } }"}
            )
            assert response.status_code == 401, token


async def without_manners(url: str) -> None:
    """Bytes that are no HTTP, heads without an end, and bodies that break off."""
    address = httpx.URL(url)
    for sent in [
        f"GET /{CANARY} {CANARY}\r\n{CANARY}\r\n\r\n",
        f"POST /graphql HTTP/1.1\r\nHost: {CANARY}\r\nX-{CANARY}: {CANARY * 5_000}\r\n\r\n",
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: {CANARY}\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f'Content-Length: 500\r\n\r\n{{"query": "{CANARY}',
    ]:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        with suppress(ConnectionError):
            writer.write(sent.encode())
            writer.write_eof()
            await reader.read()
        writer.close()


async def while_the_database_is_busy_or_broken(
    client: httpx.AsyncClient, installation: Installation
) -> None:
    earn = graphql("earnPoints", **EARNED | {"idempotencyKey": f"a-{CANARY}"})
    async with installation.faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
        [late] = await send_all(client, [earn])
    async with renamed(installation.rows, "loyalty_ledger_entries"):
        [failed] = await send_all(client, [earn])
    assert codes(late) == ["UNAVAILABLE"]
    assert codes(failed) == ["INTERNAL_SERVER_ERROR"]


@asynccontextmanager
async def renamed(rows: Rows, table: str) -> AsyncIterator[None]:
    """Takes a table away for as long as the context lasts."""
    await rows.execute(f"ALTER TABLE {table} RENAME TO away")
    yield
    await rows.execute(f"ALTER TABLE away RENAME TO {table}")


async def by_mail(client: httpx.AsyncClient, installation: Installation) -> None:
    """Mails that are taken, refused and put off, and a worker that fails, and then ends."""
    rows, mailbox = installation.rows, installation.mailbox

    async def come_true(condition: str) -> None:
        query = f"SELECT count(*) > 0 FROM outbox_events WHERE {condition}"

        async def is_true() -> bool:
            return bool(await rows.value(query))

        await becomes_true(is_true)

    async def invite(number: int, *answers: str) -> None:
        mailbox.answers += answers
        fields = INVITED | {"inviteeEmail": f"{number}-{ADDRESS}"}
        [sent] = await send_all(
            client,
            [graphql("issueReferralInvite", **fields, idempotencyKey=f"{number}-{CANARY}")],
        )
        assert "Success" in sent.text

    await come_true("kind = 'TIER_UPGRADED' AND delivered_at IS NOT NULL")
    await invite(1, f"550 No {ADDRESS} here, {CANARY}")
    await come_true("dead_at IS NOT NULL")
    await invite(2, f"451 Not now, {CANARY}")
    await come_true("last_error LIKE '451%'")
    # Where it came due again as the table goes away, it would be what ends the worker.
    await rows.execute(NOT_AGAIN)
    async with renamed(rows, "notifications"):
        await invite(3)
        await come_true("last_error LIKE 'internal error%'")
    await rows.execute(NO_MAIL)
    await invite(4)
    await asyncio.to_thread(installation.worker.wait, STOP_TIMEOUT_SECONDS)


@pytest.mark.promised
async def test_no_log_tells_what_callers_sent(installation: Installation, figure: Figure) -> None:
    headers = {"Authorization": f"Bearer {installation.token}", "X-Canary": CANARY}
    sent = 0

    async def count(_request: httpx.Request) -> None:
        nonlocal sent
        sent += 1

    async with httpx.AsyncClient(
        base_url=installation.url,
        headers=headers,
        cookies={CANARY: CANARY},
        event_hooks={"request": [count]},
    ) as client:
        await over_graphql(client)
        await over_rest(client)
        await with_bad_tokens(client, installation.token)
        await without_manners(installation.url)
        await while_the_database_is_busy_or_broken(client, installation)
        await by_mail(client, installation)

    logs = installation.logs()
    assert {log.name for log in logs} == {"serve.log", "worker.log", "server.log"}
    assert all(log.stat().st_size > 0 for log in logs)
    leaks = installation.leaks()
    figure(
        f"canaries in {sent} requests and 6 mails, of {len(logs)} logs at level debug",
        "0 lines hold one",
        len(leaks),
    )
    assert leaks == []
