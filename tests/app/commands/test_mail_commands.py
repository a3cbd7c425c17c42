"""Mails as an operator meets them: beside the service in development, and as a preview."""

import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from notifications.service import PREVIEWS
from tests.fixtures.database import Rows
from tests.fixtures.faults import becomes_true
from tests.fixtures.served import run, served

WAIT_SECONDS_MAX = 20


def test_in_development_the_service_writes_the_mail_itself(tmp_path: Path, data_dir: Path) -> None:
    settings = {"LOYALTY_MODE": "development", "LOYALTY_DATA_DIR": str(data_dir)}
    mails = data_dir / "mail"
    with served(settings, tmp_path / "serve.log") as service:
        token = run("token", "--role", "admin", "--subject", "ops", settings=settings)
        mutation = """mutation {
            upsertUser(input: {userId: "ada", email: "ada@example.com", displayName: "Ada",
                               marketingMessages: true}) { __typename }
            earnPoints(input: {userId: "ada", points: 1000, idempotencyKey: "1"}) { __typename }
        }"""
        answer = httpx.post(
            f"{service.url}/graphql",
            json={"query": mutation},
            headers={"Authorization": f"Bearer {token.stdout.split()[-1]}"},
        )
        assert "errors" not in answer.json()
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not list(mails.glob("*.eml")):
            assert time.monotonic() < deadline, (tmp_path / "serve.log").read_text()
            time.sleep(0.05)

        doctor = run("doctor", "--user", "ada", "--json", settings=settings)

    [path] = mails.glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Welcome to Silver")
    assert doctor.returncode == 0
    assert ": SENT" in doctor.stdout
    assert service.process.returncode in (0, 143)


async def test_a_worker_that_dies_beside_the_service_shows_and_takes_nothing_with_it(
    database_url: str, rows: Rows, tmp_path: Path, data_dir: Path
) -> None:
    settings = {
        "LOYALTY_MODE": "development",
        "LOYALTY_DATA_DIR": str(data_dir),
        "LOYALTY_DATABASE_URL": database_url,
    }
    log = tmp_path / "serve.log"
    with served(settings, log) as service:

        async def readiness() -> Any:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{service.url}/readyz")).json()

        async def is_ended() -> bool:
            body = await readiness()
            assert body["status"] == "ready"
            return bool(body["outbox_worker"] == "ended")

        assert (await readiness())["outbox_worker"] == "running"
        # What no worker survives, and no other part of the service looks at.
        await rows.execute("ALTER TABLE outbox_events RENAME attempts TO tries")
        await becomes_true(is_ended)

    assert "the outbox worker has ended" in log.read_text()
    assert "Application shutdown complete" in log.read_text()
    assert service.process.returncode in (0, 143)


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_is_a_file(name: str, tmp_path: Path) -> None:
    result = run(*("notifications", "preview", name), settings={"LOYALTY_DATA_DIR": str(tmp_path)})
    path = Path(result.stdout.strip())
    assert path == tmp_path / "mail" / f"preview-{name}.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_preview_of_nothing_is_refused(tmp_path: Path) -> None:
    result = run("notifications", "preview", "x", settings={"LOYALTY_DATA_DIR": str(tmp_path)})
    assert result.returncode == 2
    assert not list(tmp_path.iterdir())
