"""Who may have a connection next: callers wait in their order, for as long as others get done."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine.failures import is_retryable


class AdmissionQueue:
    """Admits so many callers at a time; the others wait for a slot in the order of their arrival.

    A queue that stands still refuses its callers: a caller is refused after `timeout_seconds` in
    which no other caller has finished. While the queue moves, its length is not limited. The
    request timeout limits how long a request may take in all.
    """

    def __init__(self, count: int, timeout_seconds: float) -> None:
        self._free = count
        self._timeout_seconds = timeout_seconds
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._moved_at = 0.0

    async def take(self) -> None:
        """Returns when it is the caller's turn, who must give it back.

        Raises:
            sqlalchemy.exc.TimeoutError: nobody got done while the caller waited.
        """
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await self._wait_for(turn)
        except BaseException:
            if turn.done():
                # The slot arrived just when the caller gave up.
                self.give_back(is_done=False)
            else:
                self._waiting.remove(turn)
            raise

    def give_back(self, *, is_done: bool = True) -> None:
        """Passes the slot to the next caller; `is_done` says that this caller has finished."""
        if is_done:
            self._moved_at = asyncio.get_running_loop().time()
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._free += 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn, and gives it back; one that the database has failed was of no use.

        Raises:
            sqlalchemy.exc.TimeoutError: nobody got done while the caller waited.
        """
        await self.take()
        try:
            yield
        except BaseException as error:
            self.give_back(is_done=isinstance(error, Exception) and not is_retryable(error))
            raise
        self.give_back()

    async def _wait_for(self, turn: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not turn.done():
            left_seconds = max(began, self._moved_at) + self._timeout_seconds - loop.time()
            if left_seconds <= 0:
                raise PoolTimeout(
                    f"no connection has come free for {self._timeout_seconds:g} seconds"
                )
            await asyncio.wait([turn], timeout=left_seconds)
