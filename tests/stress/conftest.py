"""Two servers on the test's database, and whoever calls them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stress.callers import Callers, Server, production, two_servers


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[list[Server], Callers]]:
    """Two servers on the test's database, and callers of both."""
    async with two_servers(production(database_url), tmp_path) as service:
        yield service


@pytest.fixture
def servers(service: tuple[list[Server], Callers]) -> list[Server]:
    """The two server processes."""
    return service[0]


@pytest.fixture
def callers(service: tuple[list[Server], Callers]) -> Callers:
    """Whoever calls them."""
    return service[1]
