"""A database for tests that leave it as they find it: one a module, and not one a test."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from tests.fixtures.database import execute, named


@pytest.fixture(scope="module")
def module_database_url(server_url: str, template_url: str) -> Iterator[str]:
    """The URL of a fresh database that all tests of a module share."""
    name = f"module_{uuid4().hex}"
    template = make_url(template_url).database
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield named(server_url, name)
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))
