"""How the service talks to its database: readers that hold no transaction, and units of work.

Reads and writes have a pool each. A request may hold a reading connection while it waits for a
writing one, never the other way round, so that requests cannot wait for each other in a circle.
Their types differ: a function that needs a `Writer` cannot be called on a read path.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import driver
from db.engine.failures import is_retryable
from db.engine.pools import Connections
from db.engine.statements import Compiled, Parameters
from db.engine.stopwatch import timed

EntityT = TypeVar("EntityT")
ResultT = TypeVar("ResultT")
Rows = Sequence[Sequence[Any]]
Statement = Compiled | Executable
"""What is asked again and again is compiled; SQLAlchemy runs what is put together for once."""


class ReaderClosed(RuntimeError):
    """A statement was still asked for when its request had ended: nobody waits for its rows."""


class Reader:
    """Reads on one connection, taken from the pool at the first statement.

    Statements on what belongs to a user bind `owner_scope`: whose rows they may find, None for all.

    Statements that are asked for at the same time run one after the other. Nothing is held between
    them but the connection: each statement sees what is committed when it starts.
    """

    def __init__(self, connections: Connections, owner_scope: str | None = None) -> None:
        self.owner_scope = owner_scope
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

        It is called once more, with another connection, if the first one is lost.
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
        if self._connection is not None and self._connection.invalidated:
            # A statement that was cancelled in the middle has broken the connection for the next.
            await self._let_go()
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
        self, connections: Connections, connection: AsyncConnection, owner_scope: str | None = None
    ) -> None:
        super().__init__(connections, owner_scope)
        self._connection = connection

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> None:
        """Runs a statement for its effect."""
        await self._rows(statement, parameters)

    async def _run(self, fetch: Callable[[AsyncConnection], Awaitable[ResultT]]) -> ResultT:
        # A lost connection has taken the transaction with it: only the whole can be repeated.
        return await self._run_once(fetch)
