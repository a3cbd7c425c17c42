"""`loyalty prune`: removes old rows, up to 1,000 in each transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from rich.progress import Progress, TaskID

from db.engine.database import Database
from db.engine.sessions import Writer
from db.repositories import idempotency, outbox

EVENT_DAYS = 90
KEY_DAYS = 30
_BATCH_SIZE = 1_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Remove(Protocol):
    """Removes the first `limit` rows since `after` that are older than `before`.

    Returns the time of each; no remaining row is older than the latest of them.
    """

    async def __call__(
        self, writer: Writer, *, after: datetime, before: datetime, limit: int
    ) -> Sequence[datetime]: ...


@dataclass
class Removal:
    """The removal of old rows of one table: minimum age, function, and count so far."""

    name: str
    days: int
    remove: Remove
    count: int = 0


def removals(days: int | None) -> list[Removal]:
    """Returns the removals of rows older than `days`, or than each table's default."""
    return [
        Removal("delivered events", days or EVENT_DAYS, outbox.remove_delivered),
        Removal("idempotency keys", days or KEY_DAYS, idempotency.remove),
    ]


async def prune(
    database: Database, removals: Sequence[Removal], now: datetime, progress: Progress
) -> None:
    """Removes old rows and counts them; an interruption keeps the removals so far."""
    for removal in removals:
        bar = progress.add_task(removal.name.capitalize(), total=1.0)
        report = partial(_show, progress, bar)
        await _prune(database, removal, now, report)


def _show(progress: Progress, bar: TaskID, part: float) -> None:
    progress.update(bar, completed=part)


async def _prune(
    database: Database, removal: Removal, now: datetime, report: Callable[[float], None]
) -> None:
    before = now - timedelta(days=removal.days)
    first, last, is_done = before, _BEGINNING, False
    while not is_done:
        async with database.unit_of_work() as writer:
            times = await removal.remove(writer, after=last, before=before, limit=_BATCH_SIZE)
        removal.count += len(times)
        is_done = len(times) < _BATCH_SIZE
        # Rows are removed in the order of their age: the progress follows from their times.
        first, last = min([first, *times]), max([last, *times])
        report(1.0 if is_done else (last - first) / (before - first))
