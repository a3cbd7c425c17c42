"""Connections that go from hand to hand: most requests need no walk through the engine's pool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.engine.admission import AdmissionQueue
from db.engine.driver import driver_of


class Connections:
    """The connections of one engine, of which those that lie idle are handed on as they are.

    Taking one from the engine and giving it back takes longer than a small query: both change
    between SQLAlchemy's synchronous and our asynchronous world. There are as many slots as the
    engine has connections: a caller with a slot finds an idle connection, or room for another.
    """

    def __init__(self, engine: AsyncEngine, queue: AdmissionQueue) -> None:
        self._engine = engine
        self.queue = queue
        self._idle: list[AsyncConnection] = []

    @property
    def taken(self) -> int:
        """How many connections somebody has."""
        return cast(QueuePool, self._engine.pool).checkedout() - len(self._idle)

    async def take(self) -> AsyncConnection:
        """Returns a connection, once there is one.

        Raises:
            sqlalchemy.exc.TimeoutError: all are taken, and for a while none has come back.
        """
        await self.queue.take()
        try:
            return await self._one()
        except BaseException:
            self.queue.give_back(is_done=False)
            raise

    async def give_back(self, connection: AsyncConnection) -> None:
        """Lets others have a connection."""
        try:
            await self._keep(connection)
        finally:
            self.queue.give_back()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[AsyncConnection]:
        """Yields a connection, and takes it back.

        Raises:
            sqlalchemy.exc.TimeoutError: as for `take`.
        """
        async with self.queue.turn():
            connection = await self._one()
            try:
                yield connection
            finally:
                await self._keep(connection)

    async def aclose(self) -> None:
        """Closes every connection that nobody has."""
        while self._idle:
            await self._idle.pop().close()
        await self._engine.dispose()

    async def _one(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()
            if not _is_lost(connection):
                return connection
            await connection.invalidate()
            await connection.close()
        return await self._engine.connect()

    async def _keep(self, connection: AsyncConnection) -> None:
        if connection.invalidated or connection.in_transaction():
            # It goes the engine's own way: to its end, even if the caller is cancelled meanwhile.
            await asyncio.shield(asyncio.ensure_future(connection.close()))
        else:
            self._idle.append(connection)


def _is_lost(connection: AsyncConnection) -> bool:
    """Whether a connection was closed while nobody used it: the driver knows that by itself."""
    return bool(driver_of(connection).is_closed())
