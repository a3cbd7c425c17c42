"""The Notification type."""

from datetime import datetime

import strawberry

from db.object_types import NOTIFICATION
from domain import entities
from resolvers import users
from schema.permissions import Info
from schema.types.enums import EventKind, NotificationStatus
from schema.types.node import Node, id_of
from schema.types.served import served
from schema.types.user import User


@strawberry.type(description="The outcome of notifying a user of an event.")
class Notification(Node):
    """A notification, as GraphQL shows it."""

    user_id: strawberry.ID = strawberry.field(
        description="The user that the event belongs to: for an invite, the referrer."
    )
    kind: EventKind = strawberry.field(description="What happened.")
    status: NotificationStatus = strawberry.field(description="The outcome.")
    reason: str | None = strawberry.field(
        description=(
            "Why it was skipped: `MARKETING_OPTED_OUT`, `NO_EMAIL`, `USER_ERASED`, "
            "`TIER_CHANGED_SINCE` or `INVITE_NOT_OPEN`. Why it failed: the mail server's answer. "
            "Null if the mail was sent, and after the user was erased."
        )
    )
    event_id: strawberry.ID = strawberry.field(
        description="The id of the event. The mail's Message-ID begins with it."
    )
    recorded_at: datetime = strawberry.field(description="When this outcome was recorded.")

    @strawberry.field(description="The user; null if they are no longer known.")
    async def user(self, info: Info) -> User | None:
        """Returns the user."""
        user = await users.get_user(info.context, self.user_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, notification: entities.Notification) -> "Notification":
        """Returns a notification, as GraphQL shows it."""
        return served(
            cls,
            notification,
            id=id_of(NOTIFICATION, notification),
            event_id=strawberry.ID(str(notification.event_id)),
            recorded_at=notification.created_at,
        )
