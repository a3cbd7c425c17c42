"""Connections that go from hand to hand: most requests need no walk through the engine's pool."""

from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Connections:
    """The connections of one engine, of which those that lie idle are handed on as they are.

    Taking one from the engine and giving it back takes longer than a small query: both change
    between SQLAlchemy's synchronous and our asynchronous world.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._idle: list[AsyncConnection] = []
        self._asked_for = 0

    @property
    def taken(self) -> int:
        """How many connections somebody has."""
        return cast(QueuePool, self._engine.pool).checkedout() - len(self._idle)

    async def take(self) -> AsyncConnection:
        """Returns a connection, once there is one.

        Raises:
            sqlalchemy.exc.TimeoutError: all are taken, and none has come back in time.
        """
        while self._idle:
            connection = self._idle.pop()
            if not _is_lost(connection):
                return connection
            await connection.invalidate()
            await connection.close()
        self._asked_for += 1
        try:
            return await self._engine.connect()
        finally:
            self._asked_for -= 1

    async def give_back(self, connection: AsyncConnection) -> None:
        """Lets others have a connection; one that is not as it was goes the engine's own way."""
        if connection.invalidated or connection.in_transaction() or self._asked_for:
            await connection.close()
        else:
            self._idle.append(connection)

    async def aclose(self) -> None:
        """Closes every connection that nobody has."""
        while self._idle:
            await self._idle.pop().close()
        await self._engine.dispose()


def _is_lost(connection: AsyncConnection) -> bool:
    """Whether a connection was closed while nobody used it: the driver knows that by itself."""
    inner = connection.sync_connection
    assert inner is not None, "a connection that was taken is connected"
    driver = inner.connection.driver_connection
    assert driver is not None, "and so is what it stands for"
    return bool(driver.is_closed())
