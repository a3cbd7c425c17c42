"""Events, recorded in the transaction of the change that caused them, delivered after it.

A claim is a lease: it is committed at once, and an event whose worker has gone is due again when
the lease is up. Due events are found by time alone, never as "newer than the last": transactions
commit out of the order of their ids.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, insert, or_, select, text, update

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.ids import first_id, made_at, new_id
from db.rows import EVENT
from domain.entities import OutboxEvent
from domain.events import Event, EventKind

CHANNEL = "loyalty_outbox"
"""Its listeners are woken when a transaction that recorded an event commits."""

_LAST_ERROR_LENGTH_MAX = 2_000

_OPEN = (models.OutboxEvent.delivered_at.is_(None), models.OutboxEvent.dead_at.is_(None))
_DUE = (
    select(models.OutboxEvent.id)
    .where(
        *_OPEN,
        models.OutboxEvent.available_at <= func.now(),
        # What a newer version records is left to the newer version's workers.
        models.OutboxEvent.kind.in_(list(EventKind)),
    )
    .order_by(models.OutboxEvent.available_at)
    .limit(bindparam("batch_size"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(models.OutboxEvent)
    .where(models.OutboxEvent.id.in_(_DUE.scalar_subquery()))
    .values(
        attempts=models.OutboxEvent.attempts + 1,
        available_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_seconds")),
    )
    .returning(*EVENT)
)
_event = {
    "id": bindparam("event_id", type_=models.OutboxEvent.id.type),
    "kind": bindparam("event_kind", type_=models.OutboxEvent.kind.type),
    "user_id": bindparam("event_user_id", type_=models.OutboxEvent.user_id.type),
    "payload": bindparam("event_payload", type_=models.OutboxEvent.payload.type),
}
_RECORD = Compiled(
    insert(models.OutboxEvent).values(_event).returning(func.pg_notify(CHANNEL, "").label("woken"))
)

# A backlog beyond the limit need not be counted to its end to be known as one.
_QUEUE = text(
    """
    SELECT count(*), extract(epoch FROM now() - min(available_at))::float FROM (
        SELECT available_at FROM outbox_events
        WHERE delivered_at IS NULL AND dead_at IS NULL AND available_at <= now()
        ORDER BY available_at LIMIT 10000
    ) AS due
    """
)
# Without its notification it would be sent again, or nobody would know that it was: it stays.
_REMOVE_DELIVERED = text(
    """
    DELETE FROM outbox_events WHERE id = ANY (ARRAY(
        SELECT id FROM outbox_events AS event
        WHERE id >= :after_id AND id < :before_id AND delivered_at < :before
          AND EXISTS (SELECT FROM notifications
                      WHERE notifications.user_id = event.user_id AND event_id = event.id)
        ORDER BY id LIMIT :limit FOR UPDATE OF event SKIP LOCKED
    )) RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Queue:
    """How many events are due, counted to 10,000 at most, and for how long the oldest has been."""

    due: int
    oldest_due_seconds: float | None


async def record(writer: Writer, event: Event) -> None:
    """Records an event; it exists, and wakes the workers, if the transaction commits."""
    recorded = {
        "event_id": new_id(),
        "event_kind": event.kind,
        "event_user_id": event.user_id,
        "event_payload": event.payload(),
    }
    await writer.execute(_RECORD, recorded)


async def claim(writer: Writer, *, batch_size: int, lease_seconds: float) -> list[OutboxEvent]:
    """Claims at most `batch_size` due events that nobody else is claiming, for `lease_seconds`."""
    limits = {"batch_size": batch_size, "lease_seconds": lease_seconds}
    claimed = await writer.all(OutboxEvent, _CLAIM, limits)
    return sorted(claimed, key=lambda event: event.id)


async def deliver(writer: Writer, event: OutboxEvent) -> None:
    """Marks an event as delivered: sent, or skipped for a reason."""
    await writer.execute(
        update(models.OutboxEvent)
        .where(models.OutboxEvent.id == event.id)
        .values(delivered_at=func.now(), dead_at=None, last_error=None)
    )


async def dead_letter(writer: Writer, event: OutboxEvent, error: str) -> bool:
    """Marks an event as given up; returns False where its claim has passed to somebody else."""
    return await _change_claimed(
        writer, event, dead_at=func.now(), last_error=error[:_LAST_ERROR_LENGTH_MAX]
    )


async def postpone(writer: Writer, event: OutboxEvent, error: str, *, delay_seconds: float) -> bool:
    """Has an event tried again later; returns False where its claim has passed to somebody else."""
    return await _change_claimed(
        writer,
        event,
        available_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, delay_seconds),
        last_error=error[:_LAST_ERROR_LENGTH_MAX],
    )


async def replay(writer: Writer, event_id: UUID) -> bool:
    """Makes an event that was dealt with or given up due at once, with all its tries before it.

    One that is due, or claimed, stays as it is. Returns False where it has been removed.
    """
    statement = (
        update(models.OutboxEvent)
        .where(
            models.OutboxEvent.id == event_id,
            or_(
                models.OutboxEvent.delivered_at.is_not(None),
                models.OutboxEvent.dead_at.is_not(None),
            ),
        )
        .values(attempts=0, available_at=func.now(), delivered_at=None, dead_at=None)
        .returning(models.OutboxEvent.id, func.pg_notify(CHANNEL, ""))
    )
    if await writer.scalar(statement) is not None:
        return True
    known = select(models.OutboxEvent.id).where(models.OutboxEvent.id == event_id)
    return await writer.scalar(known) is not None


async def remove_delivered(
    writer: Writer, *, after: datetime, before: datetime, limit: int
) -> list[datetime]:
    """Removes the first `limit` events since `after` that were dealt with before `before`.

    Returns when they were recorded. Events that are due, claimed or given up stay, and so does what
    is on record of those that go.
    """
    # An event is recorded before it is delivered, and ids are in the order of their making.
    bounds = {"after_id": first_id(after), "before_id": first_id(before), "before": before}
    return await writer.all(made_at, _REMOVE_DELIVERED, {**bounds, "limit": limit})


async def queue(reader: Reader) -> Queue:
    """Returns how much is due."""
    return await reader.one(Queue, _QUEUE)


async def _change_claimed(writer: Writer, event: OutboxEvent, **values: object) -> bool:
    statement = (
        update(models.OutboxEvent)
        .where(
            models.OutboxEvent.id == event.id,
            models.OutboxEvent.attempts == event.attempts,
            *_OPEN,
        )
        .values(**values)
        .returning(models.OutboxEvent.id)
    )
    return await writer.scalar(statement) is not None
