"""Sends mails to people who may get them, and returns the outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from db.engine.database import Database
from db.ids import new_id
from db.repositories import tiers, users
from domain.entities import Member, ReferralInvite, Tier
from domain.enums import NotificationStatus, SkipReason
from domain.tiering import progress
from notifications.messages import Sender, compose, mail_address
from notifications.templates import render_loyalty_tier_upgrade, render_referral_invite
from notifications.transports import Refused, Transport


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `reason` says why it was skipped, or how it was refused."""

    status: NotificationStatus
    reason: str | None = None


SENT = Outcome(NotificationStatus.SENT)


def skipped(reason: SkipReason) -> Outcome:
    """Returns the outcome of a mail that was not to be sent."""
    return Outcome(NotificationStatus.SKIPPED, reason)


class NotificationService:
    """Writes to people, if they may be written to, and hands the mail to a transport.

    Each function returns what became of the message. `event_id` is the event of the message, and
    makes its Message-ID: mail programs recognise an event that is sent twice.
    """

    def __init__(
        self,
        database: Database,
        transport: Transport,
        sender: Sender,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._database = database
        self._transport = transport
        self._sender = sender
        self._now = now

    async def send_loyalty_tier_upgrade(
        self, member: Member, tier: Tier, event_id: UUID | None = None
    ) -> Outcome:
        """Mails a member about the tier that they have reached, if they have agreed.

        Raises:
            Deferred: the mail was not taken this time.
        """
        async with self._database.reader() as reader:
            user = await users.by_id(reader, member.user_id)
            active_tiers = await tiers.active(reader)
        if user is None or user.erased_at is not None:
            return skipped(SkipReason.USER_ERASED)
        if not user.marketing_messages:
            return skipped(SkipReason.MARKETING_OPTED_OUT)
        if user.email is None:
            return skipped(SkipReason.NO_EMAIL)
        link = self._sender.unsubscribe_link(user.id)
        steps = progress(member.lifetime_points, active_tiers)
        rendered = render_loyalty_tier_upgrade(user, member, tier, steps, link)
        try:
            message = compose(
                rendered,
                self._sender,
                mail_address(user.email),
                event_id or new_id(),
                self._now(),
                unsubscribe_link=link,
            )
            await self._transport.send(message)
        except (Refused, ValueError) as error:
            return Outcome(NotificationStatus.FAILED, str(error))
        return SENT

    async def send_referral_invite(
        self, invite: ReferralInvite, event_id: UUID | None = None
    ) -> Outcome:
        """Sends an invite's code to the address that it is meant for.

        It is the one message that was asked for, in the invitee's name and at their address: what
        the referrer has agreed to does not matter.

        Raises:
            Deferred: the mail was not taken this time.
        """
        async with self._database.reader() as reader:
            referrer = await users.by_id(reader, invite.referrer_id)
        if referrer is None or referrer.erased_at is not None:
            return skipped(SkipReason.USER_ERASED)
        if invite.invitee_email is None:
            return skipped(SkipReason.NO_EMAIL)
        rendered = render_referral_invite(referrer, invite)
        try:
            recipient = mail_address(invite.invitee_email)
            message = compose(rendered, self._sender, recipient, event_id or new_id(), self._now())
            await self._transport.send(message)
        except (Refused, ValueError) as error:
            return Outcome(NotificationStatus.FAILED, str(error))
        return SENT
