"""Applies the migrations, and reads the revision of a database."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.config.settings import PREFIX, SettingsError
from db.engine.sessions import Reader

POSTGRESQL_MIN = 15
"""The oldest PostgreSQL on which the tests have passed."""

MIGRATIONS_DIR = Path(__file__).parents[2] / "migrations"
_REVISION = text("SELECT version_num FROM alembic_version")
# PostgreSQL, appendix A: the error of a connection whose role does not exist.
_INVALID_PARAMETER_VALUE = "22023"


def alembic_config(url: str) -> Config:
    """Returns the configuration of Alembic's commands for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    config.attributes["url"] = url
    return config


def require_supported_server(connection: Connection) -> None:
    """Refuses a server that is too old for the service.

    Raises:
        SettingsError: the server is too old; the text has both versions.
    """
    version = connection.dialect.server_version_info
    assert version is not None, "the first connection reads it"
    major = int(version[0])
    if major < POSTGRESQL_MIN:
        raise SettingsError(
            f"the server of {PREFIX}DATABASE_URL is PostgreSQL {major}, "
            f"and the service needs {POSTGRESQL_MIN} or newer"
        )


def migrate(url: str) -> None:
    """Applies every migration that the database at `url` does not have yet.

    Raises:
        SettingsError: the server is too old.
    """
    command.upgrade(alembic_config(url), "head")


@cache
def newest_revision() -> str:
    """Returns the revision that this code needs."""
    head = ScriptDirectory(str(MIGRATIONS_DIR)).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


async def present_revision(reader: Reader) -> str:
    """Returns the revision of the database.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is unreachable, or was never migrated.
    """
    return str(await reader.scalar(_REVISION))


def is_unmigrated(error: Exception) -> bool:
    """Whether the error of `present_revision` means that the database was never migrated.

    The table of the revision or the role of the service does not exist then.
    """
    if not isinstance(error, DBAPIError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None)
    return isinstance(error, ProgrammingError) or sqlstate == _INVALID_PARAMETER_VALUE
