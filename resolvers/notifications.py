"""The notifications, and sending them again."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db.engine.sessions import Writer
from db.object_types import NOTIFICATION
from db.pages import Page, cut
from db.repositories import notifications, outbox
from db.repositories.notifications import NotificationKey, NotificationPage
from domain.commands import ReplayNotification
from domain.entities import Notification
from domain.enums import NotificationStatus
from domain.errors.conflicts import NotificationAlreadySent, NotificationTooOld
from domain.errors.not_found import NotificationNotFound
from resolvers.context import Context, run_idempotently


@dataclass
class NotificationReplay:
    """A notification whose event is due once more."""

    notification: Notification
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"user_id": self.notification.user_id, "id": str(self.notification.id)}


async def list_notifications(context: Context, page: NotificationPage) -> Page[Notification]:
    """Returns a page of notifications, newest first."""
    wider = replace(page, limit=page.limit + 1)
    return cut(await notifications.newest(context.reader, wider), page.limit)


async def get_notification(context: Context, key: NotificationKey) -> Notification | None:
    """Returns the notification, or None where there is none or the caller is no admin."""
    if not NOTIFICATION.is_visible_to(context.actor, {"user_id": key[0]}):
        return None
    return await notifications.by_key(context.reader, key)


async def replay_notification(context: Context, command: ReplayNotification) -> NotificationReplay:
    """Makes the event of a skipped or failed notification due at once, with all its tries.

    The record stays as it is until there is another outcome.

    Raises:
        NotificationNotFound: there is no such notification.
        NotificationAlreadySent: the mail was sent.
        NotificationTooOld: the event has been removed since.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> NotificationReplay:
        key = (command.user_id, command.notification_id)
        notification = await notifications.lock(writer, key)
        if notification is None:
            raise NotificationNotFound(str(command.notification_id))
        if notification.status is NotificationStatus.SENT:
            raise NotificationAlreadySent(notification.created_at)
        if not await outbox.replay(writer, notification.event_id):
            raise NotificationTooOld(notification.created_at)
        return NotificationReplay(notification)

    return await run_idempotently(context, command, perform, _replay)


async def _replay(writer: Writer, result_reference: dict[str, Any]) -> NotificationReplay:
    key = (result_reference["user_id"], UUID(result_reference["id"]))
    notification = await notifications.by_key(writer, key)
    assert notification is not None, "notifications are not deleted"
    return NotificationReplay(notification)
