"""The service with the data of `make demo`, in development and in production."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import make_url

from tests.fixtures.browser import Visit, Visits
from tests.fixtures.database import SECRET, execute, named
from tests.fixtures.served import START_TIMEOUT_SECONDS, Served, data_folder, run, served

DEMO = 5
TOKENS = {
    "LOYALTY_AUTH_ISSUER": "https://issuer.example",
    "LOYALTY_AUTH_AUDIENCE": "loyalty",
    "LOYALTY_AUTH_SECRET": SECRET,
}


@pytest.fixture(scope="session")
def demo_url(chromium: str, server_url: str, template_url: str) -> Iterator[str]:
    """A database with some of the members of `make demo`."""
    name = f"test_{uuid4().hex}"
    template = make_url(template_url).database
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = named(server_url, name)
    seeded = run("seed", "--demo", str(DEMO), settings={**TOKENS, "LOYALTY_DATABASE_URL": url})
    assert seeded.returncode == 0, seeded.stderr
    yield url
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the service in development writes."""
    return tmp_path_factory.mktemp("browser") / "development.log"


@pytest.fixture(scope="session")
def development(demo_url: str, log: Path) -> Iterator[Served]:
    """The service in development, whose worker has sent all mails."""
    with data_folder() as folder, _service("development", demo_url, folder, {}, log) as service:
        _wait_until_nothing_is_due(service)
        yield service


@pytest.fixture(scope="session")
def production(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service in production, with tokens of an issuer."""
    log = tmp_path_factory.mktemp("browser") / "production.log"
    with data_folder() as folder, _service("production", demo_url, folder, TOKENS, log) as service:
        yield service


@pytest.fixture
def graphiql(visits: Visits, development: Served) -> Visit:
    """GraphiQL in development, with the developer signed in and the editor ready."""
    visit = visits.open(f"{development.url}/graphiql")
    is_ready(visit)
    visit.page.get_by_role("button", name="Sign out").wait_for()
    return visit


def is_ready(visit: Visit) -> None:
    """Waits until the editor shows an operation."""
    visit.page.locator(".graphiql-query-editor .view-line").first.wait_for()


def _service(
    mode: str, url: str, folder: Path, tokens: Mapping[str, str], log: Path
) -> AbstractContextManager[Served]:
    settings = {
        **tokens,
        "LOYALTY_MODE": mode,
        "LOYALTY_DATABASE_URL": url,
        "LOYALTY_DATA_DIR": str(folder),
        "LOYALTY_LOG_LEVEL": "debug",
    }
    return served(settings, log)


def _wait_until_nothing_is_due(service: Served) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while httpx.get(f"{service.url}/readyz").json()["outbox_due"]:
        assert time.monotonic() < deadline, "the worker does not come to an end"
        time.sleep(0.05)
