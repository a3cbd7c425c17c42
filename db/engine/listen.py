"""Being woken by the database: LISTEN on a connection of one's own, for as long as it lives."""

import asyncio
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine.failures import is_retryable
from db.engine.pools import Connections


class NotificationListener:
    """Waits for notifications on a channel.

    They only shorten the wait: callers must look for work at every timeout as well, since
    nothing is notified to a connection that has just been lost.
    """

    def __init__(self, connections: Connections, channel: str) -> None:
        self._connections = connections
        self._channel = channel
        self._connection: AsyncConnection | None = None
        self._is_lost = False
        self._woken = asyncio.Event()

    def wake(self, *_: Any) -> None:
        """Ends the present wait, or the next one at once."""
        self._woken.set()

    async def wait(self, timeout_seconds: float) -> None:
        """Returns when somebody has notified the channel since the last wait, or at the timeout.

        Where the connection has to be made first it returns at once: what was notified before that
        is not heard of.
        """
        if await self._listen():
            return
        try:
            await asyncio.wait_for(self._woken.wait(), timeout_seconds)
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def aclose(self) -> None:
        """Gives the connection up."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            # Not back into the pool: it would go on listening there.
            await connection.invalidate()
            await self._connections.give_back(connection)

    async def _listen(self) -> bool:
        """Listens if need be; returns whether it has just begun to."""
        if self._connection is not None and not self._is_lost:
            return False
        try:
            await self.aclose()
            self._connection = await self._connections.take()
            driver = (await self._connection.get_raw_connection()).driver_connection
            assert driver is not None, "a connection that was just made has one"
            self._is_lost = False
            driver.add_termination_listener(self._lose)
            await driver.add_listener(self._channel, self.wake)
        except Exception as error:
            self._is_lost = True
            if not is_retryable(error):
                raise
            return False
        return True

    def _lose(self, *_: Any) -> None:
        self._is_lost = True
