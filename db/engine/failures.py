"""Which failures mean that the database is away or busy, so that a call may succeed later."""

import re
from collections.abc import Iterator

import asyncpg
from sqlalchemy import exc as sqlalchemy_errors

# PostgreSQL, appendix A: connection exceptions, insufficient resources, shutdown and start-up,
# lock_timeout, statement_timeout or cancel, serialization, deadlock, and the two timeouts that
# end a session which was idle in its transaction or took too long over it.
_RETRYABLE_SQLSTATES = re.compile("08...|53...|57P0.|55P03|57014|40001|40P01|25P03|25P04")
_QUERY_CANCELED = "57014"
_LOCK_NOT_AVAILABLE = "55P03"

_OUTAGES = (
    sqlalchemy_errors.InterfaceError,
    sqlalchemy_errors.OperationalError,
    sqlalchemy_errors.TimeoutError,
    # What asyncpg raises, besides errors with an SQLSTATE, when a connection dies under a call…
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    # …and, once, for a statement that it had prepared before a migration ran.
    asyncpg.InvalidCachedStatementError,
)


class OutcomeUnknown(Exception):
    """The database was lost in the middle of a commit, which may have happened or not."""


def is_retryable(exc: BaseException) -> bool:
    """Whether `exc` comes from a database that is away or busy, not from what it was asked.

    It looks through SQLAlchemy's wrapping, and serves exceptions of asyncpg itself just as well.
    """
    links = tuple(_chain(exc))
    # asyncpg derives from ValueError those of its interface errors for which the caller is to
    # blame, a bad setting or a value that does not fit: they fail for ever.
    if any(isinstance(link, ValueError) for link in links):
        return False
    return any(_is_outage(link) for link in links)


def is_statement_timeout(exc: BaseException) -> bool:
    """Whether a statement was stopped: because of its time limit, or by hand."""
    return _has_state(exc, _QUERY_CANCELED)


def is_lock_timeout(exc: BaseException) -> bool:
    """Whether a statement was stopped because of what others have locked."""
    return _has_state(exc, _LOCK_NOT_AVAILABLE)


def is_transient(exc: BaseException) -> bool:
    """Whether the failure may be over at once; a wait that has just timed out is not."""
    if any(isinstance(link, sqlalchemy_errors.TimeoutError) for link in _chain(exc)):
        return False
    return is_retryable(exc)


def _has_state(exc: BaseException, sqlstate: str) -> bool:
    return any(getattr(link, "sqlstate", None) == sqlstate for link in _chain(exc))


def _chain(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        # SQLAlchemy raises its own from asyncpg's.
        link = link.__cause__


def _is_outage(link: BaseException) -> bool:
    if isinstance(link, OSError):
        # A socket's error names no file; asyncpg lets them through when it cannot connect.
        return link.filename is None
    if isinstance(link, sqlalchemy_errors.DBAPIError) and link.connection_invalidated:
        return True
    sqlstate = getattr(link, "sqlstate", None)
    if isinstance(sqlstate, str) and _RETRYABLE_SQLSTATES.fullmatch(sqlstate):
        return True
    return isinstance(link, _OUTAGES)
