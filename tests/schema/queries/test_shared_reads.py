"""What is public is read once for all who ask at the same time, and what is anybody's is not."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from app.config.settings import Settings
from app.context import Contexts
from tests.fixtures.actors import ADA, ADMIN, BOB, EVERYBODY, NOBODY
from tests.fixtures.connections import all_taken
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.graphql import Api
from tests.fixtures.queries import Statements

POOL_SIZE = 5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few connections, and a long wait for one."""
    return settings.model_copy(update={"pool_size": POOL_SIZE, "pool_timeout_seconds": 20.0})


@pytest.fixture(autouse=True)
async def _members(make: Make) -> None:
    await make.baseline_tiers()
    for user_id in ("ada", "bob"):
        await make.member(user_id)


async def together(contexts: Contexts, asked: Sequence[Awaitable[Any]]) -> list[Any]:
    """Returns the answers to public questions that all come before one of them is asked."""

    async def all_have_come() -> bool:
        return contexts.single_flight.waiting == len(asked)

    async with all_taken(contexts.database.readers, POOL_SIZE):
        running = [asyncio.ensure_future(each) for each in asked]
        await becomes_true(all_have_come)
    return await asyncio.gather(*running)


async def test_the_tiers_are_read_once_for_everybody(
    api: Api, contexts: Contexts, statements: Statements
) -> None:
    query = "{ tiers { slug } }"
    slugs = ["bronze", "silver", "gold", "platinum"]

    with statements.recorded() as sent:
        answers = await together(contexts, [api.ask(query, caller=one) for one in EVERYBODY])

    assert len(sent) == 1
    assert answers == [{"tiers": [{"slug": slug} for slug in slugs]}] * len(EVERYBODY)


async def test_each_tier_is_read_once_for_those_who_ask_for_it(
    api: Api, contexts: Contexts, statements: Statements
) -> None:
    query = "query ($slug: String!) { tier(slug: $slug) { slug } }"
    slugs = ["gold", "silver", "gold", "none", "silver"]

    with statements.recorded() as sent:
        answers = await together(contexts, [api.ask(query, {"slug": slug}) for slug in slugs])

    assert len(sent) == 3
    assert answers == [{"tier": {"slug": slug} if slug != "none" else None} for slug in slugs]


async def test_what_differs_in_its_fields_is_read_apart(
    api: Api, contexts: Contexts, statements: Statements
) -> None:
    fields = ["slug", "name", "slug name"]

    with statements.recorded() as sent:
        answers = await together(contexts, [api.ask(f"{{ tiers {{ {f} }} }}") for f in fields])

    assert len(sent) == 3
    assert [" ".join(answer["tiers"][0]) for answer in answers] == fields


async def test_members_are_read_for_each_caller(
    api: Api, faults: Faults, statements: Statements
) -> None:
    query = "{ me { userId } }"
    by_id = '{ member(userId: "ada") { userId } }'
    asked = [(query, ADA), (query, BOB), (query, ADA), (by_id, ADA), (by_id, ADMIN)]

    with statements.recorded() as sent:
        async with faults.locked("LOCK TABLE loyalty_members"):
            running = [asyncio.ensure_future(api.ask(text, caller=one)) for text, one in asked]
            await faults.somebody_waits(len(asked))
        answers = await asyncio.gather(*running)

    assert len(sent) == len(asked)
    seen = [next(iter(answer.values()))["userId"] for answer in answers]
    assert seen == ["ada", "bob", "ada", "ada", "ada"]


async def test_with_other_fields_the_tiers_are_read_on_the_connection_of_the_request(
    api: Api, statements: Statements
) -> None:
    """Else all connections could be held by requests that wait for a statement without one."""
    query = '{ tiers { slug } tier(slug: "gold") { slug } }'

    with statements.recorded() as sent:
        await asyncio.gather(*(api.ask(query, caller=NOBODY) for _ in range(4)))

    assert len(sent) == 8
