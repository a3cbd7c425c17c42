"""The driver's own ways with a connection, past SQLAlchemy's.

SQLAlchemy keeps the pool; its cursors and transactions take longer than the driver and PostgreSQL
together. Listeners to an engine's statements, which trace or count them, are notified of these too.
"""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

ResultT = TypeVar("ResultT")


class NotCommitted(RuntimeError):
    """The end of a transaction in which a statement had failed: PostgreSQL has undone all of it."""


async def fetch(
    connection: AsyncConnection, sql: str, parameters: Sequence[Any]
) -> Sequence[Sequence[Any]]:
    """Returns the rows of a statement.

    Raises:
        sqlalchemy.exc.DBAPIError: PostgreSQL refuses it; the driver's own error is the cause.
    """
    driver = _announced(connection, sql, parameters)
    try:
        rows: Sequence[Sequence[Any]] = await _heeding(
            connection, driver, driver.fetch(sql, *parameters)
        )
    except asyncpg.PostgresError as error:
        # Parameters are personal data, and errors end up in logs.
        raise DBAPIError(sql, None, error, hide_parameters=True) from error
    return rows


async def fetch_value(connection: AsyncConnection, sql: str, parameters: Sequence[Any]) -> Any:
    """Returns the only column of the first row, or None if there is no row."""
    driver = _announced(connection, sql, parameters)
    return await _heeding(connection, driver, driver.fetchval(sql, *parameters))


@asynccontextmanager
async def transaction(connection: AsyncConnection) -> AsyncIterator[None]:
    """Begins a transaction: committed at the end, undone by any exception.

    The connection is one of an engine in autocommit, which begins none by itself.

    Raises:
        NotCommitted: a statement has failed, and nobody has raised that.
    """
    driver = driver_of(connection)
    await _heeding(connection, driver, driver.execute("BEGIN"))
    try:
        yield
    except BaseException:
        await _undo(connection, driver)
        raise
    if await _heeding(connection, driver, driver.execute("COMMIT")) != "COMMIT":
        raise NotCommitted


async def _undo(connection: AsyncConnection, driver: Any) -> None:
    # What has lost its session has lost the transaction with it.
    if driver.is_closed():
        return
    try:
        await driver.execute("ROLLBACK")
    except BaseException as error:
        await connection.invalidate()
        if not isinstance(error, Exception):
            raise


async def _heeding(connection: AsyncConnection, driver: Any, asked: Awaitable[ResultT]) -> ResultT:
    """Returns what is asked for; what is broken, or in the middle of it, is not used again."""
    try:
        return await asked
    except BaseException as error:
        if driver.is_closed() or not isinstance(error, Exception):
            await connection.invalidate()
        raise


def _announced(connection: AsyncConnection, sql: str, parameters: Sequence[Any]) -> Any:
    """Notifies the listeners of a statement, and returns the driver's connection for it."""
    inner = connection.sync_connection
    assert inner is not None, "a connection that was taken is connected"
    for notify in inner.engine.dispatch.before_cursor_execute:
        notify(inner, None, sql, parameters, None, False)
    return driver_of(connection)


def driver_of(connection: AsyncConnection) -> Any:
    """Returns the driver's own connection."""
    inner = connection.sync_connection
    assert inner is not None, "a connection that was taken is connected"
    driver = inner.connection.driver_connection
    assert driver is not None, "and so is what it stands for"
    return driver
