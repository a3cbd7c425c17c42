"""Runs the migrations on one database, one process at a time.

The caller names the database; otherwise the settings do.
"""

import asyncio
import logging
from typing import Any

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.config.environment import load_database_settings
from app.database.location import database_url
from app.database.migrate import require_supported_server
from db.models import Base

# Any number that only this service uses: one process at a time runs the migrations.
_MIGRATION_LOCK = 0x10_1A_17_1F
# A migration that waits for a lock blocks later calls: it fails instead, and can be repeated.
_LOCK_TIMEOUT = "4s"

_log = logging.getLogger(__name__)


def migrate(connection: Connection) -> None:
    """Runs the migrations on `connection`, in one transaction."""
    require_supported_server(connection)
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        context.run_migrations()


def _pass_on(_connection: object, message: Any) -> None:
    """Logs the warnings of the server, such as a permission that a migration lacks."""
    if message.severity == "WARNING":
        _log.warning("PostgreSQL warns: %s", message)


async def migrate_at(url: str) -> None:
    """Runs the migrations on the database at `url`."""
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
