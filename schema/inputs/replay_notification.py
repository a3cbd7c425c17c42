"""The input of `replayNotification`."""

import strawberry

from db.object_types import NOTIFICATION
from domain.commands import ReplayNotification
from schema.inputs.base import KEY, of_plain_values
from schema.types.node import key_of


@of_plain_values
@strawberry.input(description="A notification to try once more.")
class ReplayNotificationInput:
    """See `domain.commands.ReplayNotification`."""

    notification_id: strawberry.ID = strawberry.field(description="The notification's `id`.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> ReplayNotification:
        """Returns the command. Raises InvalidInput."""
        key = key_of(NOTIFICATION, "notificationId", self.notification_id)
        return ReplayNotification(
            user_id=key["user_id"],
            notification_id=key["id"],
            idempotency_key=self.idempotency_key,
        )
