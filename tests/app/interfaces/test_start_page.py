"""The page at /: what it says, where it leads, and what it lets in."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version

import pytest

from app.config.settings import Settings
from app.interfaces.health import ReadinessBody
from app.interfaces.start_page import OVERDUE_SECONDS, findings
from tests.fixtures.actors import EVERYBODY, NOBODY, Caller
from tests.fixtures.graphql import Api

AWAY = "postgresql+asyncpg://postgres@127.0.0.1:1/nowhere"


def readiness(**changed: object) -> ReadinessBody:
    body = {"status": "ready", "database": "ok", "revision": "1", "expected_revision": "1"}
    return ReadinessBody.model_validate({**body, "outbox_due": 0} | changed)


@pytest.mark.parametrize("caller", EVERYBODY)
async def test_says_what_this_is_and_that_all_is_healthy(api: Api, caller: Caller) -> None:
    response = await api.request("GET", "/", caller=caller)

    assert response.status_code == 200
    assert f"Version {version('loyalty-platform')}." in response.text
    assert "Database: healthy" in response.text
    assert "Worker: healthy" in response.text


async def test_every_link_leads_somewhere(api: Api) -> None:
    page = await api.request("GET", "/", caller=NOBODY)

    links = re.findall(r'<a href="([^"]+)"', page.text)
    assert links == ["/graphiql", "/docs", "/readyz"]
    for link in links[1:]:
        assert (await api.request("GET", link, caller=NOBODY)).status_code == 200


async def test_needs_no_script_and_only_its_own_style(api: Api) -> None:
    page = await api.request("GET", "/", caller=NOBODY)

    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "script" not in page.text


class TestDatabaseAway:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"database_url": AWAY})

    async def test_says_so(self, api: Api) -> None:
        page = await api.request("GET", "/", caller=NOBODY)

        assert page.status_code == 200
        assert "Database: not healthy" in page.text
        assert "Worker: not healthy" in page.text


@pytest.mark.parametrize(
    ("body", "database_is_healthy", "worker_is_healthy", "sentence"),
    [
        (readiness(), True, True, "No event is due."),
        (
            readiness(outbox_due=3, outbox_oldest_due_seconds=OVERDUE_SECONDS),
            True,
            True,
            "3 events are due.",
        ),
        (
            readiness(outbox_due=3, outbox_oldest_due_seconds=OVERDUE_SECONDS + 1),
            True,
            False,
            "No worker delivers the events: 3 are due, the oldest for 61 seconds. "
            "Run: loyalty worker",
        ),
        (
            readiness(database="not migrated", outbox_due=None),
            False,
            False,
            "Unknown, because its events are in the database.",
        ),
    ],
    ids=["healthy", "busy", "no worker", "not migrated"],
)
def test_what_is_found(
    body: ReadinessBody, database_is_healthy: bool, worker_is_healthy: bool, sentence: str
) -> None:
    database, worker = findings(body)

    assert (database.is_healthy, worker.is_healthy, worker.sentence) == (
        database_is_healthy,
        worker_is_healthy,
        sentence,
    )
