"""Bringing a database to the newest step of `migrations/`, and asking where it stands."""

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
# PostgreSQL, appendix A: what a connection is refused with that asks for a role which is not there.
_INVALID_PARAMETER_VALUE = "22023"


def alembic_config(url: str) -> Config:
    """Returns what Alembic's commands need to work on the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    config.attributes["url"] = url
    return config


def require_supported_server(connection: Connection) -> None:
    """Lets no step be taken on a server that is too old for the service.

    Raises:
        SettingsError: it is; the text says how old, and what is needed.
    """
    version = connection.dialect.server_version_info
    assert version is not None, "it is asked for with the first connection"
    major = int(version[0])
    if major < POSTGRESQL_MIN:
        raise SettingsError(
            f"the server of {PREFIX}DATABASE_URL is PostgreSQL {major}, "
            f"and the service needs {POSTGRESQL_MIN} or newer"
        )


def migrate(url: str) -> None:
    """Takes every step that the database at `url` has not taken yet.

    Raises:
        SettingsError: its server is too old.
    """
    command.upgrade(alembic_config(url), "head")


@cache
def newest_revision() -> str:
    """Returns the step at which the tables are as this code expects them."""
    head = ScriptDirectory(str(MIGRATIONS_DIR)).get_current_head()
    assert head is not None, "there is at least one step"
    return head


async def present_revision(reader: Reader) -> str:
    """Returns the step at which the database is.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away, or has never been migrated.
    """
    return str(await reader.scalar(_REVISION))


def is_unmigrated(error: Exception) -> bool:
    """Whether what `present_revision` met is a database that was never migrated.

    There is no table to ask then, or no role to ask as.
    """
    if not isinstance(error, DBAPIError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None)
    return isinstance(error, ProgrammingError) or sqlstate == _INVALID_PARAMETER_VALUE
