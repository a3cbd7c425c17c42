"""The input of `replayNotification`."""

import strawberry

from domain.commands import ReplayNotification
from schema.inputs.base import KEY, of_plain_values
from schema.types.notification import notification_key


@of_plain_values
@strawberry.input(description="A notification to try once more.")
class ReplayNotificationInput:
    """See `domain.commands.ReplayNotification`."""

    notification_id: strawberry.ID = strawberry.field(description="The notification's `id`.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> ReplayNotification:
        """Returns the command. Raises InvalidInput."""
        user_id, notification_id = notification_key("notificationId", self.notification_id)
        return ReplayNotification(
            user_id=user_id,
            notification_id=notification_id,
            idempotency_key=self.idempotency_key,
        )
