"""Runs the steps against one database, one runner at a time.

The database is the one that the caller hands over, else the one that the settings name.
"""

import asyncio
import logging
from typing import Any

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

import db.models  # noqa: F401  (registers the tables)
from app.config.environment import load_database_settings
from app.database.location import database_url
from app.database.migrate import require_supported_server
from db.models import Base

# Any number will do, as long as it is this service's own: it lets one runner in at a time.
_MIGRATION_LOCK = 0x10_1A_17_1F
# A step that waits for a lock makes everybody behind it wait: better to give up and come again.
_LOCK_TIMEOUT = "4s"

_log = logging.getLogger(__name__)


def migrate(connection: Connection) -> None:
    """Runs the steps on `connection`, in one transaction."""
    require_supported_server(connection)
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        context.run_migrations()


def _pass_on(_connection: object, message: Any) -> None:
    """Has whoever migrates hear what the server warns of: what a step could not do."""
    if message.severity == "WARNING":
        _log.warning("PostgreSQL warns: %s", message)


async def migrate_at(url: str) -> None:
    """Runs the steps against the database at `url`."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_log_listener(_pass_on)
        await connection.run_sync(migrate)
    await engine.dispose()


if (given_url := context.config.attributes.get("url")) is not None:
    asyncio.run(migrate_at(given_url))
else:
    with database_url(load_database_settings()) as url:
        asyncio.run(migrate_at(url))
