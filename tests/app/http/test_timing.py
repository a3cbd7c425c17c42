"""In development, the header that says where a request's time went."""

import re

import pytest

from app.config.settings import Settings
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

TIMING = re.compile(r'db;dur=(\d+\.\d), total;dur=(\d+\.\d), road;desc="([ab+]+)"')


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
        ("query", "road"),
        [
            ("{ tiers { slug } }", "b"),
            ('{ member(userId: "ada") { userId } }', "b"),
            ('{ members(tierSlug: "gold") { edges { cursor } } }', "b"),
            ('{ member(userId: "nobody") { userId } }', "a"),
            ('{ tiers { slug } member(userId: "ada") { userId } }', "b"),
            ('{ tiers { slug } member(userId: "nobody") { userId } }', "a"),
            ("{ tiers { slug } __typename }", "a"),
            ('mutation { upsertUser(input: { userId: "ada" }) { __typename } }', "a"),
        ],
    )
    async def test_times_and_the_road(self, api: Api, make: Make, query: str, road: str) -> None:
        await make.tier("gold", 0)
        await make.member("ada")

        matched = TIMING.fullmatch(await timing(api, query) or "")

        assert matched is not None
        database_ms, total_ms, named = matched.groups()
        assert 0 < float(database_ms) <= float(total_ms)
        assert named == road


async def test_in_production_nothing_is_told(api: Api) -> None:
    assert await timing(api, "{ tiers { slug } }") is None
