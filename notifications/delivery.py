"""From a claimed event to its outcome: who gets which mail, and whether it is still true."""

from uuid import UUID

from db.engine.database import Database
from db.repositories import invites, members, notifications, tiers
from domain.entities import OutboxEvent
from domain.enums import EventKind, InviteStatus, SkipReason
from notifications.service import SENT, NotificationService, Outcome, skipped


class Delivery:
    """Sends mails about events as things are now: a mail never says what is no longer true."""

    def __init__(self, database: Database, service: NotificationService) -> None:
        self._database = database
        self._service = service

    async def deliver(self, event: OutboxEvent) -> Outcome:
        """Returns what became of an event.

        Raises:
            Deferred: a mail was not taken this time.
        """
        async with self._database.reader() as reader:
            if await notifications.was_sent(reader, event):
                return SENT
        match event.kind:
            case EventKind.TIER_UPGRADED:
                return await self._tell_of_upgrade(event)
            case EventKind.REFERRAL_INVITE_ISSUED:
                return await self._send_invite(event)

    async def _tell_of_upgrade(self, event: OutboxEvent) -> Outcome:
        tier_id = UUID(event.payload["tierId"])
        async with self._database.reader() as reader:
            member = await members.by_id(reader, event.user_id)
            [tier] = await tiers.by_ids(reader, [tier_id])
        if member is None:
            return skipped(SkipReason.USER_ERASED)
        # Up or down since: of an upgrade there is an event of its own, and of the rest no word.
        if member.tier_id != tier.id:
            return skipped(SkipReason.TIER_CHANGED_SINCE)
        return await self._service.send_loyalty_tier_upgrade(member, tier, event.id)

    async def _send_invite(self, event: OutboxEvent) -> Outcome:
        async with self._database.reader() as reader:
            key = (event.user_id, UUID(event.payload["inviteId"]))
            invite = await invites.by_key(reader, key)
        if invite is None:
            return skipped(SkipReason.USER_ERASED)
        if invite.status is not InviteStatus.SENT:
            return skipped(SkipReason.INVITE_NOT_OPEN)
        return await self._service.send_referral_invite(invite, event.id)
