"""The Notification type."""

from datetime import datetime
from uuid import UUID

import strawberry

from db.repositories.notifications import NotificationPage
from domain import entities, values
from domain.errors import InvalidInput
from resolvers import users
from schema.permissions import Info
from schema.types.connection import page_size, position
from schema.types.enums import EventKind, NotificationStatus
from schema.types.node import Node, global_id, key_of
from schema.types.user import User


@strawberry.type(description="What became of an event for the person to be told of it.")
class Notification(Node):
    """A notification as it is served."""

    user_id: strawberry.ID = strawberry.field(
        description="The user whose event it is: for an invite, the referrer."
    )
    kind: EventKind = strawberry.field(description="What happened.")
    status: NotificationStatus = strawberry.field(description="What became of it.")
    reason: str | None = strawberry.field(
        description=(
            "Why it was skipped: `MARKETING_OPTED_OUT`, `NO_EMAIL`, `USER_ERASED`, "
            "`TIER_CHANGED_SINCE` or `INVITE_NOT_OPEN`. How it failed: the mail server's answer. "
            "Null where it was sent, and once the person is erased."
        )
    )
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, which is also the beginning of the mail's Message-ID."
    )
    recorded_at: datetime = strawberry.field(description="When this outcome was recorded.")

    @strawberry.field(description="The user. Null where they are no longer known.")
    async def user(self, info: Info) -> User | None:
        """Returns the user."""
        user = await users.get_user(info.context, self.user_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, notification: entities.Notification) -> "Notification":
        """Returns the notification as it is served."""
        return cls(
            id=global_id("Notification", notification.id, notification.user_id),
            user_id=strawberry.ID(notification.user_id),
            kind=notification.kind,
            status=notification.status,
            reason=notification.reason,
            event_id=strawberry.ID(str(notification.event_id)),
            recorded_at=notification.created_at,
        )


def notification_page(
    first: int, after: str | None, user_id: str | None, status: NotificationStatus | None
) -> NotificationPage:
    """Returns the page of notifications that is asked for.

    Raises:
        InvalidInput: `first` or `userId` is out of range, or `after` is no cursor of the list.
    """
    [before_id] = position("notifications", after, UUID)
    return NotificationPage(
        limit=page_size(first),
        before_id=before_id,
        user_id=None if user_id is None else values.user_id("userId", user_id),
        status=status,
    )


def notification_key(field: str, value: str) -> tuple[str, UUID]:
    """Returns the user and the id of the notification with this global id.

    Raises:
        InvalidInput: it is not the id of a notification.
    """
    type_name, notification_id, user_id = key_of(field, value, parts=2)
    try:
        if type_name == "Notification":
            return user_id, UUID(notification_id)
    except ValueError:
        pass
    raise InvalidInput(field, "is not the id of a notification.")
