"""The two pools of one process, and the transactions on them."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from db.engine import driver
from db.engine.admission import AdmissionQueue
from db.engine.failures import OutcomeUnknown, is_retryable, is_transient
from db.engine.pools import Connections
from db.engine.sessions import Reader, Writer
from db.engine.statements import json_text

TRIES_MAX = 3
REPEAT_SECONDS_MAX = 2.0
"""No try begins later than this after the first one."""


ResultT = TypeVar("ResultT")


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
                    # Statements of compiled operations are long: preparing them saves most.
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
        self.readers = Connections(self.reading, AdmissionQueue(pool_size, pool_timeout_seconds))
        self.writers = Connections(self.writing, AdmissionQueue(pool_size, pool_timeout_seconds))

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """Yields a reader, and hands its connection back afterwards."""
        reader = Reader(self.readers)
        try:
            yield reader
        finally:
            await reader.aclose()

    @asynccontextmanager
    async def unit_of_work(self, owner_scope: str | None = None) -> AsyncIterator[Writer]:
        """Yields the writer of one transaction: committed at the end, undone by any exception.

        Raises:
            OutcomeUnknown: the database has gone while it was asked to commit.
        """
        is_done = False
        try:
            async with self.writers.lent() as connection, driver.transaction(connection):
                yield Writer(self.writers, connection, owner_scope)
                is_done = True
        except Exception as error:
            if is_done and is_retryable(error):
                raise OutcomeUnknown from error
            raise

    async def perform(
        self,
        work: Callable[[Writer], Awaitable[ResultT]],
        *,
        owner_scope: str | None = None,
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
                async with self.unit_of_work(owner_scope) as writer:
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
