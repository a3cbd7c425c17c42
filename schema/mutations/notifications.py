"""The mutations of a notification, and what they answer."""

from typing import Self

import strawberry

from domain.errors.conflicts import NotificationAlreadySent, NotificationTooOld
from domain.errors.not_found import NotificationNotFound
from resolvers import notifications
from resolvers.notifications import NotificationReplay
from schema.inputs.replay_notification import ReplayNotificationInput
from schema.permissions import Info
from schema.results import REPLAYED
from schema.results.declaration import mutation
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


@strawberry.type
class NotificationMutations:
    """The fields of Mutation of this subject."""

    @mutation(
        "Sends a mail again that failed or was skipped, once its cause is removed.",
        NotificationNotFound,
        NotificationAlreadySent,
        NotificationTooOld,
    )
    async def replay_notification(
        self, info: Info, input: ReplayNotificationInput
    ) -> ReplayNotificationSuccess:
        """See `resolvers.notifications.replay_notification`."""
        return ReplayNotificationSuccess.of(
            await notifications.replay_notification(info.context, input.to_command())
        )
