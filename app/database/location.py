"""The database: the one that the settings name, or the embedded one while it is in use."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.config.settings import DatabaseSettings, Settings
from app.database.embedded import embedded_postgres
from db.engine.database import Database

EMBEDDED_DIR = "postgres"
EMBEDDED_SETTINGS = {
    # Enough for a dozen server processes with two pools each, and for interactive sessions.
    "max_connections": "300",
    # Otherwise the log would quote rows that violate a constraint, with personal data in them.
    "log_error_verbosity": "terse",
}


@contextmanager
def database_url(settings: DatabaseSettings) -> Iterator[str]:
    """Yields the SQLAlchemy URL of the database, which runs at least until the end.

    Raises:
        EmbeddedPostgresError: no database is named, and the embedded one does not start.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with embedded_postgres(settings.data_dir / EMBEDDED_DIR, settings=EMBEDDED_SETTINGS) as url:
        yield url


def connect(settings: Settings, url: str) -> Database:
    """Returns the pools for the database at `url`; they connect when they are first used."""
    return Database(
        url,
        role=settings.database_role,
        pool_size=settings.pool_size,
        pool_timeout_seconds=settings.pool_timeout_seconds,
        statement_timeout_ms=settings.statement_timeout_ms,
        lock_timeout_ms=settings.lock_timeout_ms,
        idle_in_transaction_timeout_ms=settings.idle_in_transaction_timeout_ms,
    )
