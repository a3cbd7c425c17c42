"""Compiled statements return what SQLAlchemy's own execution returns, and bind all or nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError

from app.context import Contexts
from db import models
from db.engine.database import Database
from db.engine.statements import Compiled
from db.rows import ENTRY, INVITE, MEMBER, TIER, new
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

NAMED = select(models.Tier.name).where(
    models.Tier.slug == bindparam("slug"), models.Tier.point_threshold >= 0
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pools."""
    database = Database(database_url)
    yield database
    await database.aclose()


def as_it_comes(*columns: object) -> tuple[object, ...]:
    """A row."""
    return columns


async def test_rows_are_those_of_sqlalchemy(database: Database, api: Api, make: Make) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await api.mutate(
        "earnPoints", "", userId="ada", points=5, metadata={"a": [1]}, idempotencyKey="k"
    )
    await api.mutate(
        "issueReferralInvite", "", userId="ada", metadata={"b": None}, idempotencyKey="k2"
    )

    async with database.reader() as reader:
        for columns in (TIER, MEMBER, ENTRY, INVITE):
            statement = select(*columns)
            rows = await reader.all(as_it_comes, Compiled(statement))
            expected = await reader.all(as_it_comes, statement)
            assert rows == expected != []
            assert [list(map(type, row)) for row in rows] == [
                list(map(type, row)) for row in expected
            ]


async def test_an_entry_is_not_planned_anew_each_time(
    api: Api, contexts: Contexts, make: Make
) -> None:
    await make.member("ada")
    for number in range(8):
        await api.mutate("earnPoints", "", userId="ada", points=5, idempotencyKey=f"k{number}")

    often_planned = text("SELECT statement FROM pg_prepared_statements WHERE custom_plans > 5")
    async with contexts.database.unit_of_work() as writer:
        assert await writer.all(as_it_comes, often_planned) == []


async def test_values_go_the_way_of_their_types(database: Database) -> None:
    key = models.IdempotencyKey
    columns = (key.actor_id, key.key, key.operation, key.request_hash, key.result, key.created_at)
    statement = Compiled(
        insert(key).values({column: new(column) for column in columns}).returning(*columns)
    )
    used_at = datetime.now(UTC) - timedelta(days=1)
    async with database.unit_of_work() as writer:
        row = await writer.one(
            as_it_comes,
            statement,
            {
                "new_actor_id": "ops",
                "new_key": "é",
                "new_operation": "x",
                "new_request_hash": b"\x00\xff",
                "new_result": {"a": [1, None]},
                "new_created_at": used_at,
            },
        )
    assert row == ("ops", "é", "x", b"\x00\xff", {"a": [1, None]}, used_at)


async def test_a_value_that_is_not_given_is_an_error(database: Database) -> None:
    async with database.reader() as reader:
        with pytest.raises(KeyError, match="slug"):
            await reader.all(as_it_comes, Compiled(NAMED))
        assert await reader.scalar(Compiled(NAMED), {"slug": "gold"}) is None


def test_what_is_written_into_a_statement_is_bound_as_well() -> None:
    assert Compiled(NAMED).bind({"slug": "gold"}) == ["gold", 0]


def test_a_text_that_depends_on_the_values_is_refused() -> None:
    with pytest.raises(AssertionError):
        Compiled(select(models.Tier.id).where(models.Tier.slug.in_(["gold", "silver"])))


async def test_what_postgresql_refuses_is_sqlalchemys_error_without_the_values(
    database: Database,
) -> None:
    async with database.reader() as reader:
        with pytest.raises(DBAPIError) as refusal:
            await reader.scalar(
                Compiled(text("SELECT 1 / CAST(:number AS integer)")), {"number": 0}
            )
    assert "division by zero" in str(refusal.value)
    assert refusal.value.params is None
