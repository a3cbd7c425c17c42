"""In development, the header that says where a request's time went."""

import re

import pytest

from app.config.settings import Settings
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

TIMING = re.compile(r'db;dur=(\d+\.\d), total;dur=(\d+\.\d), execution;desc="(compiled|resolvers)"')


async def timing(api: Api, query: str) -> str | None:
    answer = await api.request("POST", "/graphql", json={"query": query})
    assert answer.status_code == 200
    header: str | None = answer.headers.get("Server-Timing")
    return header


class TestInDevelopment:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Settings of a service in development mode."""
        return settings.model_copy(update={"mode": "development"})

    @pytest.mark.parametrize(
        ("query", "execution"),
        [
            ("{ tiers { slug } }", "compiled"),
            ('{ member(userId: "ada") { userId } }', "compiled"),
            ('{ members(tierSlug: "gold") { edges { cursor } } }', "compiled"),
            ('{ member(userId: "nobody") { userId } }', "resolvers"),
            ('{ tiers { slug } member(userId: "ada") { userId } }', "compiled"),
            ('{ tiers { slug } member(userId: "nobody") { userId } }', "resolvers"),
            ("{ tiers { slug } __typename }", "resolvers"),
            ('mutation { upsertUser(input: { userId: "ada" }) { __typename } }', "resolvers"),
        ],
    )
    async def test_times_and_the_execution(
        self, api: Api, make: Make, query: str, execution: str
    ) -> None:
        await make.tier("gold", 0)
        await make.member("ada")

        matched = TIMING.fullmatch(await timing(api, query) or "")

        assert matched is not None
        database_ms, total_ms, named = matched.groups()
        assert 0 < float(database_ms) <= float(total_ms)
        assert named == execution


async def test_in_production_there_is_none(api: Api) -> None:
    assert await timing(api, "{ tiers { slug } }") is None
