"""How the service talks to its database: readers that hold no transaction, and units of work.

Reads and writes have a pool each. A request may hold a reading connection while it waits for a
writing one, never the other way round, so that requests cannot wait for each other in a circle.
The type tells them apart: what needs a `Writer` cannot be called on a read path.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
from sqlalchemy import Executable, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from db import driver
from db.compiled import Compiled, Parameters, json_text
from db.connections import Connections
from db.outages import OutcomeUnknown, is_retryable, is_transient
from db.stopwatch import timed
from db.turns import Turns

TRIES_MAX = 3
REPEAT_SECONDS_MAX = 2.0
"""No try begins later than this after the first one."""

EntityT = TypeVar("EntityT")
ResultT = TypeVar("ResultT")
Rows = Sequence[Sequence[Any]]
Statement = Compiled | Executable
"""What is asked again and again is compiled; SQLAlchemy runs what is put together for once."""


class ReaderClosed(RuntimeError):
    """A statement was still asked for when its request had ended: nobody waits for its rows."""


class Reader:
    """Reads on one connection, taken from the pool at the first statement.

    Statements on what belongs to a user bind `viewer`: whose rows they may find, None for all.

    Statements that are asked for at the same time run one after the other. Nothing is held between
    them but the connection: each statement sees what is committed when it starts.
    """

    def __init__(self, connections: Connections, viewer: str | None = None) -> None:
        self.viewer = viewer
        self._connections = connections
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._asking: set[asyncio.Task[Any] | None] = set()
        self._is_closed = False

    async def all(
        self,
        into: Callable[..., EntityT],
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> list[EntityT]:
        """Returns an `into` for every row, made of its columns in their order."""
        return [into(*row) for row in await self._rows(statement, parameters)]

    async def first(
        self,
        into: Callable[..., EntityT],
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> EntityT | None:
        """Returns an `into` made of the first row, or None if there is no row."""
        rows = await self._rows(statement, parameters)
        return into(*rows[0]) if rows else None

    async def one(
        self,
        into: Callable[..., EntityT],
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> EntityT:
        """Returns an `into` made of the only row; that there is one follows from the statement."""
        [row] = await self._rows(statement, parameters)
        return into(*row)

    async def scalar(self, statement: Statement, parameters: Parameters | None = None) -> Any:
        """Returns the first column of the first row, or None if there is no row."""
        rows = await self._rows(statement, parameters)
        return rows[0][0] if rows else None

    async def text(self, sql: str, parameters: tuple[Any, ...]) -> str | None:
        """Returns the only column, a text, of the first row, or None if there is no row."""
        text: str | None = await self._value(sql, parameters)
        return text

    async def texts(self, sql: str, parameters: tuple[Any, ...]) -> list[str | None]:
        """Returns the only column, a list of texts, of the only row."""
        texts: list[str | None] = await self._value(sql, parameters)
        return texts

    async def ask(self, fetch: Callable[[AsyncConnection], Awaitable[ResultT]]) -> ResultT:
        """Returns what `fetch` does, when it is its turn to have the connection.

        It is called once more, with another connection, if the first one turns out to be lost.
        """
        task = asyncio.current_task()
        self._asking.add(task)
        try:
            async with self._turn:
                if self._is_closed:
                    raise ReaderClosed
                with timed():
                    return await self._run(fetch)
        except asyncio.CancelledError:
            if self._is_closed:
                # An ordinary error, which a batch hands on to all of the fields that wait for it.
                raise ReaderClosed from None
            raise
        finally:
            self._asking.discard(task)

    async def aclose(self) -> None:
        """Stops the statements that are still under way, and hands the connection back.

        There are some where a request was given up, or where one field that failed has made the
        others superfluous: their batches are tasks of their own, which end with nobody's request.
        """
        self._is_closed = True
        if self._asking:
            # To its end, even if the caller is cancelled again meanwhile.
            await asyncio.shield(asyncio.ensure_future(self._stop()))
        await self._let_go()

    async def _stop(self) -> None:
        for task in self._asking:
            assert task is not None, "statements are asked for by tasks"
            task.cancel()
        async with self._turn:
            await self._let_go()

    async def _let_go(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await self._connections.give_back(connection)

    async def _value(self, sql: str, parameters: tuple[Any, ...]) -> Any:
        async def fetch(connection: AsyncConnection) -> Any:
            return await driver.fetch_value(connection, sql, parameters)

        return await self.ask(fetch)

    async def _rows(self, statement: Statement, parameters: Parameters | None) -> Rows:
        async def fetch(connection: AsyncConnection) -> Rows:
            if isinstance(statement, Compiled):
                bound = statement.bind(parameters or {})
                return statement.rows(await driver.fetch(connection, statement.sql, bound))
            result = await connection.execute(statement, parameters)
            return result.all() if result.returns_rows else []

        return await self.ask(fetch)

    async def _run(self, fetch: Callable[[AsyncConnection], Awaitable[ResultT]]) -> ResultT:
        try:
            return await self._run_once(fetch)
        except Exception as error:
            if self._connection is None or not self._connection.invalidated:
                raise
            if not is_retryable(error):
                raise
        # The connection was lost, and nothing with it: reading may be repeated on another one.
        await self._let_go()
        return await self._run_once(fetch)

    async def _run_once(self, fetch: Callable[[AsyncConnection], Awaitable[ResultT]]) -> ResultT:
        if self._connection is None:
            self._connection = await self._connections.take()
        return await fetch(self._connection)


class Writer(Reader):
    """Reads and writes within one transaction, which its unit of work commits."""

    def __init__(
        self, connections: Connections, connection: AsyncConnection, viewer: str | None = None
    ) -> None:
        super().__init__(connections, viewer)
        self._connection = connection

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> None:
        """Runs a statement for its effect."""
        await self._rows(statement, parameters)

    async def _run(self, fetch: Callable[[AsyncConnection], Awaitable[ResultT]]) -> ResultT:
        # A lost connection has taken the transaction with it: only the whole can be repeated.
        return await self._run_once(fetch)


def _require_open(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Has the pool replace a connection that was closed while nobody used it.

    The driver knows by itself when its socket is closed, so that this costs no round trip.
    """
    connected = record.driver_connection
    if connected is not None and connected.is_closed():
        raise DisconnectionError


class Database:
    """The two pools of one process."""

    def __init__(
        self,
        url: str,
        *,
        role: str | None = None,
        pool_size: int = 10,
        pool_timeout_seconds: float = 1.0,
        statement_timeout_ms: int = 3_000,
        lock_timeout_ms: int = 1_000,
        idle_in_transaction_timeout_ms: int = 5_000,
    ) -> None:
        limits = {
            "statement_timeout": str(statement_timeout_ms),
            "lock_timeout": str(lock_timeout_ms),
            "idle_in_transaction_session_timeout": str(idle_in_transaction_timeout_ms),
            # The service asks only small questions: compiling them takes longer than they do.
            "jit": "off",
            # In which PostgreSQL writes what it reads as JSON.
            "timezone": "UTC",
        } | ({} if role is None else {"role": role})

        def engine(server_settings: dict[str, str]) -> AsyncEngine:
            made = create_async_engine(
                url,
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=pool_timeout_seconds,
                connect_args={
                    "server_settings": server_settings,
                    # The statements of whole trees are long, and worth preparing all the more.
                    "max_cacheable_statement_size": 0,
                },
                json_serializer=json_text,
                json_deserializer=orjson.loads,
                # Parameters are personal data, and errors end up in logs.
                hide_parameters=True,
                # Units of work begin and end their transactions by themselves. So there is never
                # one to roll back when a connection is handed back, which spares a round trip.
                isolation_level="AUTOCOMMIT",
                pool_reset_on_return=None,
            )
            event.listen(made.sync_engine, "checkout", _require_open)
            return made

        self.writing = engine(limits)
        self.reading = engine(limits | {"default_transaction_read_only": "on"})
        self.readers = Connections(self.reading, Turns(pool_size, pool_timeout_seconds))
        self.writers = Connections(self.writing, Turns(pool_size, pool_timeout_seconds))

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """Yields a reader, and hands its connection back afterwards."""
        reader = Reader(self.readers)
        try:
            yield reader
        finally:
            await reader.aclose()

    @asynccontextmanager
    async def unit_of_work(self, viewer: str | None = None) -> AsyncIterator[Writer]:
        """Yields the writer of one transaction: committed at the end, undone by any exception.

        Raises:
            OutcomeUnknown: the database has gone while it was asked to commit.
        """
        is_done = False
        try:
            async with self.writers.lent() as connection, driver.transaction(connection):
                yield Writer(self.writers, connection, viewer)
                is_done = True
        except Exception as error:
            if is_done and is_retryable(error):
                raise OutcomeUnknown from error
            raise

    async def perform(
        self,
        work: Callable[[Writer], Awaitable[ResultT]],
        *,
        viewer: str | None = None,
        is_repeatable: bool,
    ) -> ResultT:
        """Returns what comes of `work` in one unit of work, tried again if the database was away.

        Work that failed before its commit has done nothing, and is repeated; where nobody knows
        whether it was committed, it is repeated only if it is the same done twice. That makes
        three tries at most, for as long as the caller may be expected to wait.
        """
        give_up_at = time.monotonic() + REPEAT_SECONDS_MAX
        for attempt in range(1, TRIES_MAX + 1):
            try:
                async with self.unit_of_work(viewer) as writer:
                    return await work(writer)
            except Exception as error:
                is_harmless = is_repeatable or not isinstance(error, OutcomeUnknown)
                if not (is_harmless and is_transient(error) and attempt < TRIES_MAX):
                    raise
                # Those who were thrown out together should not come back together.
                delay_seconds = attempt * random.uniform(0.02, 0.1)  # noqa: S311 - no secret
                if time.monotonic() + delay_seconds > give_up_at:
                    raise
            await asyncio.sleep(delay_seconds)
        raise AssertionError("the last try returns or raises")

    async def aclose(self) -> None:
        """Closes every connection of both pools."""
        await self.writers.aclose()
        await self.readers.aclose()
