"""The outbox worker of this process: as settings say, beside the service or on its own."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.config.settings import Settings
from app.database.location import connect
from db.engine.database import Database
from notifications.messages import Sender, sender_address
from notifications.service import NotificationService
from notifications.transports import FileTransport, SmtpTransport, Transport, smtp_server
from notifications.worker import Worker, WorkerConfig

_log = logging.getLogger(__name__)

MAIL_DIR = "mail"
# A batch shares few connections: each event needs one for some milliseconds before and after its
# mail. One more is for listening.
_POOL_SIZE = 4
_POOL_TIMEOUT_SECONDS = 30.0


def mail_dir(settings: Settings) -> Path:
    """Returns where mails are written that no server takes."""
    return settings.data_dir / MAIL_DIR


def transport_of(settings: Settings, *, timeout_seconds: float) -> Transport:
    """Returns the way that mails leave by."""
    if settings.smtp_url is None:
        return FileTransport(mail_dir(settings))
    return SmtpTransport(smtp_server(settings.smtp_url), timeout_seconds=timeout_seconds)


def worker_of(settings: Settings, database: Database, config: WorkerConfig) -> Worker:
    """Returns a worker on `database`; sending a mail may take half of the lease."""
    sender = Sender(sender_address(settings.mail_from), settings.mail_unsubscribe_url)
    transport = transport_of(settings, timeout_seconds=config.lease_seconds / 2)
    service = NotificationService(database, transport, sender)
    return Worker(database, service, config)


async def run_worker(settings: Settings, config: WorkerConfig) -> None:
    """Runs a worker until SIGTERM or Ctrl-C; what is in flight then is finished."""
    async with _worker(settings, config) as worker:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        await worker.run()


@asynccontextmanager
async def worker_beside(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """Runs a worker while the context lasts; yields its task, which shows whether it runs."""
    async with _worker(settings, WorkerConfig()) as worker:
        running = asyncio.create_task(worker.run())
        running.add_done_callback(_report)
        try:
            yield running
        finally:
            worker.stop()
            # The failure was logged when it happened, and does not prevent an orderly stop.
            await asyncio.wait([running])


def _report(running: asyncio.Task[None]) -> None:
    # Nobody waits for it: what it dies of would not show at all.
    if not running.cancelled() and (error := running.exception()) is not None:
        _log.error("the outbox worker has ended", exc_info=error)


@asynccontextmanager
async def _worker(settings: Settings, config: WorkerConfig) -> AsyncIterator[Worker]:
    assert settings.database_url is not None, "the caller has put it in"
    limits = {"pool_size": _POOL_SIZE, "pool_timeout_seconds": _POOL_TIMEOUT_SECONDS}
    database = connect(settings.model_copy(update=limits), settings.database_url)
    try:
        yield worker_of(settings, database, config)
    finally:
        await database.aclose()
