"""What the mutation of a notification answers."""

from typing import Self

import strawberry

from resolvers.notifications import NotificationReplay
from schema.results import REPLAYED
from schema.types.notification import Notification


@strawberry.type(description="The event is due once more; its outcome will be recorded anew.")
class ReplayNotificationSuccess:
    """What `replayNotification` answers."""

    notification: Notification = strawberry.field(description="The record as it is until then.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, replay: NotificationReplay) -> Self:
        """Returns the replay as it is served."""
        return cls(notification=Notification.of(replay.notification), replayed=replay.replayed)
