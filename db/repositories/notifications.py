"""The outcome of each event for one person: one row a user and event."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from db import models
from db.engine.sessions import Reader, Writer
from db.ids import new_id
from db.rows import NOTIFICATION, in_owner_scope
from domain.entities import Notification, OutboxEvent
from domain.enums import NotificationStatus

NotificationKey = tuple[str, UUID]
"""The user's id and the notification's."""

_REASON_LENGTH_MAX = 2_000

_BY_KEY = select(*NOTIFICATION).where(
    models.Notification.user_id == bindparam("user_id"),
    models.Notification.id == bindparam("id"),
    in_owner_scope(models.Notification.user_id),
)
_LOCK = _BY_KEY.with_for_update()
_WAS_SENT = select(models.Notification.id).where(
    models.Notification.user_id == bindparam("user_id"),
    models.Notification.event_id == bindparam("event_id"),
    models.Notification.status == NotificationStatus.SENT,
)


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Which to list: at most `limit`, older than `before_id`, of a user, with a status."""

    limit: int
    before_id: UUID | None = None
    user_id: str | None = None
    status: NotificationStatus | None = None


async def record(
    writer: Writer, event: OutboxEvent, status: NotificationStatus, reason: str | None
) -> None:
    """Records what became of an event, in place of what was recorded before a replay.

    That a mail was sent stays recorded, whatever came after it.
    """
    outcome: dict[str, Any] = {
        "status": status,
        "reason": None if reason is None else reason[:_REASON_LENGTH_MAX],
    }
    statement = insert(models.Notification).values(
        user_id=event.user_id, id=new_id(), kind=event.kind, event_id=event.id, **outcome
    )
    await writer.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "event_id"],
            set_={**outcome, "created_at": func.now()},
            where=models.Notification.status != NotificationStatus.SENT,
        )
    )


async def was_sent(reader: Reader, event: OutboxEvent) -> bool:
    """Whether the mail of an event is known to have gone out."""
    key = {"user_id": event.user_id, "event_id": event.id}
    return await reader.scalar(_WAS_SENT, key) is not None


async def by_key(reader: Reader, key: NotificationKey) -> Notification | None:
    """Returns the notification, or None if the user has no such notification."""
    which = {"user_id": key[0], "id": key[1], "owner_scope": reader.owner_scope}
    return await reader.first(Notification, _BY_KEY, which)


async def lock(writer: Writer, key: NotificationKey) -> Notification | None:
    """Locks the notification, and returns it, or None if the user has no such notification."""
    which = {"user_id": key[0], "id": key[1], "owner_scope": writer.owner_scope}
    return await writer.first(Notification, _LOCK, which)


async def newest(reader: Reader, page: NotificationPage) -> list[Notification]:
    """Returns one page of notifications, newest first."""
    # Ids are in the order of their making: the newest has the greatest.
    statement = (
        select(*NOTIFICATION)
        .where(in_owner_scope(models.Notification.user_id))
        .order_by(models.Notification.id.desc())
        .limit(page.limit)
    )
    if page.before_id is not None:
        statement = statement.where(models.Notification.id < page.before_id)
    if page.user_id is not None:
        statement = statement.where(models.Notification.user_id == page.user_id)
    if page.status is not None:
        statement = statement.where(models.Notification.status == page.status)
    return await reader.all(Notification, statement, {"owner_scope": reader.owner_scope})
