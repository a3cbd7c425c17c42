"""The database of the benchmark: a PostgreSQL of its own, filled by COPY, kept for the next run."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import make_url

from app.database.embedded import embedded_postgres
from app.database.location import EMBEDDED_SETTINGS
from app.database.migrate import migrate
from benchmarks.rows import COLUMNS, DatasetSize, Programme, Row

FUNCTIONS = Path(__file__).parent / "peers" / "functions.sql"
_BATCH_MEMBERS = 500
# Invites expire and users stop being new: older rows would no longer be what a fresh load makes.
_KEPT_FOR = timedelta(days=14)
_MARKER = "CREATE TABLE bench.loaded (what jsonb NOT NULL)"
_DATABASE_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
_ACTIVE_TIERS = "SELECT id FROM loyalty_tiers ORDER BY point_threshold"
_RECRUITS = "SELECT count(*) FROM users WHERE id BETWEEN 'recruit-' AND 'recruit-~'"


@dataclass
class Target:
    """A filled database: `url` is SQLAlchemy's; `now` is when the rows are of."""

    url: str
    programme: Programme
    recruits: int = 0

    def recruit(self, count: int) -> range:
        """Adds this many members without a referrer; returns their numbers."""
        numbers = range(self.recruits, self.recruits + count)
        # They count as new users only for some days, so they start today.
        present = replace(self.programme, now=datetime.now(UTC).replace(microsecond=0))
        asyncio.run(_add(self.url, present.recruits(numbers)))
        self.recruits = numbers.stop
        return numbers


@contextmanager
def postgres(data_dir: Path) -> Iterator[str]:
    """Yields the URL of the benchmark's own server, as the service would start it."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with embedded_postgres(data_dir, settings=EMBEDDED_SETTINGS) as url:
        yield url


@asynccontextmanager
async def connection_to(url: str) -> AsyncIterator[Any]:
    """Yields a connection of asyncpg, past all code under test."""
    # asyncpg reads the same address, without the name of the driver.
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        yield connection
    finally:
        await connection.close()


def filled(
    server_url: str,
    shape: DatasetSize,
    console: Console,
    *,
    fresh: bool = False,
    database: str = "loyalty_bench",
) -> Target:
    """Returns a database with the rows of `shape`: an earlier run's if they are the same.

    `server_url` names any database of the server; the benchmark's is one of its own.
    """
    url = make_url(server_url).set(database=database).render_as_string(hide_password=False)
    if not fresh and (found := asyncio.run(_loaded(server_url, url, shape))):
        console.print(f"The rows of {found.programme.now:%Y-%m-%d %H:%M} UTC are here already.")
        return found
    # A new database: the ledger refuses TRUNCATE.
    asyncio.run(_make_database(server_url, database))
    migrate(url)
    programme = Programme(shape, datetime.now(UTC).replace(microsecond=0))
    asyncio.run(_fill(url, programme, console))
    return Target(url, programme)


async def _make_database(server_url: str, database: str) -> None:
    async with connection_to(server_url) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {database}")
        # As the service sets it: compiling such queries takes longer than running them.
        await connection.execute(f"ALTER DATABASE {database} SET jit = off")
        await connection.execute(f"ALTER DATABASE {database} SET timezone = 'UTC'")


async def _fill(url: str, programme: Programme, console: Console) -> None:
    async with connection_to(url) as connection:
        # Foreign keys and triggers stay on: the rows get all that the database adds.
        await _load(connection, programme, console)
        await connection.execute(FUNCTIONS.read_text())
        # The newest statistics and visibility: what a database in use has sooner or later.
        await connection.execute("VACUUM (ANALYZE)")
        # Last, so that an interrupted load is never taken for a complete one.
        await connection.execute(_MARKER)
        await connection.execute("INSERT INTO bench.loaded VALUES ($1)", _description(programme))


async def _add(url: str, rows: dict[str, list[Row]]) -> None:
    async with connection_to(url) as connection:
        await _copy(connection, rows)


async def _load(connection: Any, programme: Programme, console: Console) -> None:
    await _copy(connection, programme.tiers())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("Members loaded", total=programme.shape.members)
        for start in range(0, programme.shape.members, _BATCH_MEMBERS):
            numbers = range(start, min(start + _BATCH_MEMBERS, programme.shape.members))
            await _copy(connection, programme.members(numbers))
            progress.advance(bar, len(numbers))


async def _copy(connection: Any, rows: dict[str, list[Row]]) -> None:
    for table, records in rows.items():
        if records:
            await connection.copy_records_to_table(table, records=records, columns=COLUMNS[table])


async def _loaded(server_url: str, url: str, shape: DatasetSize) -> Target | None:
    async with connection_to(server_url) as connection:
        if not await connection.fetchval(_DATABASE_EXISTS, make_url(url).database):
            return None
    async with connection_to(url) as connection:
        if await connection.fetchval("SELECT to_regclass('bench.loaded')") is None:
            return None
        what = orjson.loads(await connection.fetchval("SELECT what FROM bench.loaded"))
        tier_ids = [row["id"] for row in await connection.fetch(_ACTIVE_TIERS)]
        recruits = await connection.fetchval(_RECRUITS)
    programme = Programme(shape, datetime.fromisoformat(what["now"]), tier_ids)
    is_old = datetime.now(UTC) - programme.now > _KEPT_FOR
    if is_old or what != orjson.loads(_description(programme)):
        return None
    return Target(url, programme, recruits)


def _description(programme: Programme) -> str:
    """Returns what must be equal for rows to be used again: their shape and their code."""
    sources = [FUNCTIONS, Path(__file__).with_name("rows.py")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    what = {"shape": asdict(programme.shape), "now": programme.now.isoformat(), "code": digest}
    return orjson.dumps(what).decode()
