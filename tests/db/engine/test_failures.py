"""The exceptions here are raised by SQLAlchemy and asyncpg against a server that only refuses."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine

from db.engine.failures import is_retryable
from domain.errors.not_found import TierNotFound

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

RETRYABLE_SQLSTATES = [
    "08000",  # connection_exception
    "08003",  # connection_does_not_exist
    "08006",  # connection_failure
    "08P01",  # protocol_violation
    "25P03",  # idle_in_transaction_session_timeout
    "25P04",  # transaction_timeout
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "53100",  # disk_full
    "53300",  # too_many_connections
    "55P03",  # lock_not_available
    "57014",  # query_canceled
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
]
FINAL_SQLSTATES = [
    "22000",  # data_exception
    "22P02",  # invalid_text_representation
    "23505",  # unique_violation
    "23514",  # check_violation
    "25006",  # read_only_sql_transaction
    "28P01",  # invalid_password
    "3D000",  # invalid_catalog_name
    "40002",  # transaction_integrity_constraint_violation
    "42501",  # insufficient_privilege
    "42P01",  # undefined_table
    "XX000",  # internal_error
]


async def test_a_database_that_is_away_or_busy_is_retryable() -> None:
    verdicts = {state: is_retryable(await _refused_with(state)) for state in RETRYABLE_SQLSTATES}
    assert verdicts == dict.fromkeys(RETRYABLE_SQLSTATES, True)


async def test_an_error_that_every_repetition_would_meet_is_not() -> None:
    verdicts = {state: is_retryable(await _refused_with(state)) for state in FINAL_SQLSTATES}
    assert verdicts == dict.fromkeys(FINAL_SQLSTATES, False)


async def test_an_sqlstate_is_found_beneath_the_wrapping() -> None:
    exc = await _refused_with("57P03")
    assert isinstance(exc, DBAPIError)
    assert not isinstance(exc, OperationalError)


async def test_a_connection_that_breaks_while_it_is_made() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with _server(hang_up) as port:
        assert is_retryable(await _failure_of(f"127.0.0.1:{port}/loyalty?ssl=disable"))


async def test_nobody_listens() -> None:
    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        raise AssertionError

    async with _server(never) as port:
        pass  # the port was free a moment ago, and nobody has it now
    exc = await _failure_of(f"127.0.0.1:{port}/loyalty")
    assert isinstance(exc, ConnectionRefusedError)
    assert is_retryable(exc)


async def test_a_missing_socket_is_an_outage() -> None:
    exc = await _failure_of("/loyalty?host=/nonexistent")
    assert isinstance(exc, FileNotFoundError)
    assert is_retryable(exc)


def test_a_missing_file_is_none() -> None:
    with pytest.raises(FileNotFoundError) as missing:
        Path("/nonexistent").read_text()
    assert not is_retryable(missing.value)


async def test_a_setting_that_asyncpg_refuses_is_not_an_outage() -> None:
    exc = await _failure_of("127.0.0.1:1/loyalty?ssl=perhaps")
    assert isinstance(exc, DBAPIError)
    assert not is_retryable(exc)


@pytest.mark.parametrize(
    "exc",
    [
        PoolTimeout("QueuePool limit reached"),
        InterfaceError("SELECT 1", {}, Exception("gone")),
        OperationalError("SELECT 1", {}, Exception("gone")),
        DBAPIError("SELECT 1", {}, Exception("gone"), connection_invalidated=True),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("waiter is not done"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InvalidCachedStatementError("cached statement plan is invalid"),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError(),
    ],
    ids=lambda exc: type(exc).__name__,
)
def test_other_outages(exc: Exception) -> None:
    assert is_retryable(exc)


@pytest.mark.parametrize(
    "exc",
    [
        IntegrityError("INSERT", {}, Exception("duplicate key")),
        DBAPIError("SELECT 1", {}, Exception("a bug")),
        TierNotFound(slug="gold"),
        KeyError("tier"),
        ValueError("tier"),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
    ],
    ids=lambda exc: type(exc).__name__,
)
def test_other_failures(exc: BaseException) -> None:
    assert not is_retryable(exc)


def test_causes_that_form_a_circle_end() -> None:
    one, other = KeyError("one"), KeyError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_retryable(one)


def test_an_outage_is_found_as_the_cause_of_another_error() -> None:
    wrapped = RuntimeError("the loader failed")
    wrapped.__cause__ = ConnectionResetError(104, "Connection reset by peer")
    assert is_retryable(wrapped)


async def _refused_with(sqlstate: str) -> BaseException:
    """What a connection fails with when the server answers it with an error of this SQLSTATE."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        await reader.readexactly(length - 4)
        fields = b"".join(
            kind + value.encode() + b"\0"
            for kind, value in [(b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", "no")]
        )
        writer.write(b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0")
        await writer.drain()
        writer.close()

    async with _server(refuse) as port:
        exc = await _failure_of(f"127.0.0.1:{port}/loyalty?ssl=disable")
    links = [exc, exc.__cause__, exc.__cause__ and exc.__cause__.__cause__]
    assert sqlstate in [getattr(link, "sqlstate", None) for link in links], repr(exc)
    return exc


async def _failure_of(address: str) -> BaseException:
    engine = create_async_engine(f"postgresql+asyncpg://loyalty@{address}")
    try:
        async with engine.connect():
            raise AssertionError("connected")
    except (DBAPIError, OSError) as exc:
        return exc
    finally:
        await engine.dispose()


@asynccontextmanager
async def _server(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
