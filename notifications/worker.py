"""The outbox worker: claims what is due, has it delivered, and writes down what became of it.

Any number of workers may run side by side. An event is delivered at least once: one whose worker
ends between a mail and its record is claimed again when the lease is up, and mailed again under the
same Message-ID. Nothing is lost, and nothing that was recorded as sent is sent again.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from db.engine.database import Database
from db.engine.failures import is_retryable
from db.engine.listen import NotificationListener
from db.repositories import notifications, outbox
from domain.entities import OutboxEvent
from domain.enums import NotificationStatus
from domain.retries import TRIES_MAX, is_last_try, retry_delay_seconds
from notifications.service import NotificationService, Outcome
from notifications.transports import Deferred

_log = logging.getLogger(__name__)
# How long a worker that has lost its database waits before it asks again.
_OUTAGE_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """How much a worker takes on at once, for how long it is its own, and how often it looks."""

    batch_size: int = 10
    lease_seconds: float = 60.0
    poll_seconds: float = 5.0


class Worker:
    """Delivers due events until it is stopped; it then finishes what it has claimed."""

    def __init__(
        self,
        database: Database,
        service: NotificationService,
        config: WorkerConfig | None = None,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._service = service
        self._config = config or WorkerConfig()
        self._jitter = jitter
        self._listener = NotificationListener(database.readers, outbox.CHANNEL)
        self._is_stopped = asyncio.Event()

    def stop(self) -> None:
        """Has `run` return once what is in flight is finished."""
        self._is_stopped.set()
        self._listener.wake()

    async def run(self) -> None:
        """Delivers events as they become due, until `stop` is called."""
        try:
            while not self._is_stopped.is_set():
                try:
                    if await self.run_once() == 0 and not self._is_stopped.is_set():
                        await self._listener.wait(self._config.poll_seconds)
                except Exception as error:
                    if not is_retryable(error):
                        raise
                    _log.warning("the database is away or busy (%s)", type(error).__name__)
                    await self._pause()
        finally:
            await self._listener.aclose()

    async def run_once(self) -> int:
        """Claims one batch and delivers it; returns how many events that were."""
        async with self._database.unit_of_work() as writer:
            events = await outbox.claim(
                writer,
                batch_size=self._config.batch_size,
                lease_seconds=self._config.lease_seconds,
            )
        # Each is finished on its own, so that one that fails does not take others with it.
        failures = await asyncio.gather(*map(self._handle, events), return_exceptions=True)
        for failure in failures:
            if failure is not None:
                raise failure
        return len(events)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._is_stopped.wait(), _OUTAGE_PAUSE_SECONDS)
        except TimeoutError:
            return

    async def _handle(self, event: OutboxEvent) -> None:
        if event.attempts > TRIES_MAX:
            # Its last try ended with its worker: what ends workers is not to end all of them.
            await self._give_up(event, f"no worker has survived the last of {TRIES_MAX} tries")
            return
        try:
            outcome = await self._service.deliver(event)
        except Deferred as error:
            await self._try_again(event, str(error))
        except Exception as error:
            if is_retryable(error):
                raise
            # Ours, and not the mail's: it is tried again, since we may be mended meanwhile.
            _log.exception("event %s of kind %s failed", event.id, event.kind)
            await self._try_again(event, f"internal error: {type(error).__name__}")
        else:
            await self._settle(event, outcome)

    async def _settle(self, event: OutboxEvent, outcome: Outcome) -> None:
        if outcome.status is NotificationStatus.FAILED:
            await self._give_up(event, outcome.reason or "")
            return
        async with self._database.unit_of_work() as writer:
            await notifications.record(writer, event, outcome.status, outcome.reason)
            await outbox.deliver(writer, event)
        _log.info("event %s: %s %s", event.id, outcome.status, outcome.reason or "")

    async def _try_again(self, event: OutboxEvent, error: str) -> None:
        if is_last_try(event.attempts):
            await self._give_up(event, error)
            return
        delay_seconds = retry_delay_seconds(event.attempts, self._jitter())
        async with self._database.unit_of_work() as writer:
            await outbox.postpone(writer, event, error, delay_seconds=delay_seconds)
        _log.warning(
            "event %s: try %d of %d failed, next in %.0f seconds",
            *(event.id, event.attempts, TRIES_MAX, delay_seconds),
        )

    async def _give_up(self, event: OutboxEvent, error: str) -> None:
        async with self._database.unit_of_work() as writer:
            # Unless another worker has it by now, and may yet succeed.
            if await outbox.dead_letter(writer, event, error):
                await notifications.record(writer, event, NotificationStatus.FAILED, error)
        _log.error("event %s was given up after %d tries", event.id, event.attempts)
