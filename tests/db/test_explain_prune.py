"""Among a hundred thousand rows, pruning finds those that go by an index, batch by batch."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from db.engine.database import Database
from db.repositories import idempotency, outbox
from tests.db.plans import connect, indexes, plan_of, tables_read_whole
from tests.fixtures.database import execute

# Of 100,000 rows of each table, a tenth is old enough to go. An event's id begins with the
# milliseconds at which it was made.
GENERATE = (
    "INSERT INTO idempotency_keys (actor_id, key, operation, request_hash, created_at) "
    "SELECT 'ops', n, 'earn_points', '', now() - make_interval(mins => n) "
    "FROM generate_series(1, 100000) AS n",
    "INSERT INTO outbox_events (id, kind, user_id, payload, delivered_at) "
    "SELECT CAST(lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n), 19, '0') AS uuid), "
    "'TIER_UPGRADED', 'u-' || n, '{}', to_timestamp(ms / 1000) FROM ("
    "SELECT n, CAST(extract(epoch FROM now()) * 1000 AS bigint) - n * 60000::bigint AS ms "
    "FROM generate_series(1, 100000) AS n) AS made",
    "INSERT INTO notifications (user_id, id, kind, status, event_id) "
    "SELECT user_id, id, kind, 'SENT', id FROM outbox_events",
    "ANALYZE",
)
BEFORE = datetime.now(UTC) - timedelta(minutes=90_000)
SINCE = BEFORE - timedelta(days=365)


@pytest.fixture(scope="module")
def loaded_url(module_database_url: str) -> str:
    asyncio.run(execute(module_database_url, *GENERATE))
    return module_database_url


@pytest.fixture
async def connection(loaded_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(loaded_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("remove", "expected"),
    [
        (
            outbox.remove_delivered,
            {"pk_outbox_events", "uq_notifications_user_id_event_id"},
        ),
        (idempotency.remove, {"ix_idempotency_keys_created_at"}),
    ],
)
async def test_a_batch_is_found_by_index(
    loaded_url: str,
    connection: asyncpg.Connection,
    remove: Callable[..., Awaitable[Sequence[datetime]]],
    expected: set[str],
) -> None:
    sent: list[tuple[str, Any]] = []
    database = Database(loaded_url)

    @event.listens_for(database.writing.sync_engine, "before_cursor_execute")
    def note(*call: Any) -> None:
        sent.append((call[2], call[3]))

    async with database.unit_of_work() as writer:
        times = await remove(writer, after=SINCE, before=BEFORE, limit=1_000)
    await database.aclose()

    assert len(times) == 1_000
    [(statement, parameters)] = sent
    plan = await plan_of(connection, statement, parameters)
    assert tables_read_whole(plan) == set()
    assert indexes(plan) == expected
