"""Bringing a database to the newest step of `migrations/`, and asking where it stands."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from db.session import Reader

MIGRATIONS_DIR = Path(__file__).parent.parent / "migrations"
_REVISION = text("SELECT version_num FROM alembic_version")
# PostgreSQL, appendix A: what a connection is refused with that asks for a role which is not there.
_INVALID_PARAMETER_VALUE = "22023"


def alembic_config(url: str) -> Config:
    """Returns what Alembic's commands need to work on the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Takes every step that the database at `url` has not taken yet."""
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
