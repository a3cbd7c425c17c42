"""The reason why a command has failed, in one sentence for the operator."""

from sqlalchemy.exc import DBAPIError

from app.config.settings import PREFIX
from db.engine.failures import is_retryable

# PostgreSQL, appendix A.
_NO_SUCH_TABLE = "42P01"
_NO_SUCH_ROLE = "22023"
_ACCESS_DENIED = ("28", "3D000", "42501")  # authentication, missing database, permission


def reason(error: Exception) -> str:
    """Returns the reason why a command has failed, and the remedy if there is a known one.

    Raises:
        DBAPIError: the cause is a defect of this service.
    """
    if isinstance(error, DBAPIError):
        sqlstate = getattr(error.orig, "sqlstate", None) or ""
        said = error.orig and (error.orig.__cause__ or error.orig)
        if sqlstate == _NO_SUCH_TABLE:
            return "the database has no tables of this service. Run: loyalty migrate"
        if sqlstate == _NO_SUCH_ROLE:
            return f"{said}. Run: loyalty migrate, or see the runbook"
        if not sqlstate.startswith(_ACCESS_DENIED) and not is_retryable(error):
            raise error
        return f"the database refuses: {said}"
    if is_retryable(error):
        return f"the database cannot be reached: {error}; check {PREFIX}DATABASE_URL"
    return str(error)
