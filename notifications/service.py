"""Sends the mail about an event to those who may get it, and returns the outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from db.engine.database import Database
from db.ids import new_id
from db.repositories import notifications
from domain.entities import Member, OutboxEvent, Tier
from domain.enums import NotificationStatus
from notifications.mails import MAILS, LoyaltyTierUpgrade, Mail, Skipped
from notifications.messages import Sender, compose, mail_address
from notifications.templates import Rendered, render
from notifications.transports import Refused, Transport

EXAMPLE_LINK = "https://shop.example/unsubscribe"

_BY_KIND = {mail.event_kind: mail for mail in MAILS}
PREVIEWS = {mail.template: mail for mail in MAILS}
"""The mails by the names of their templates."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `reason` says why it was skipped, or how it was refused."""

    status: NotificationStatus
    reason: str | None = None


SENT = Outcome(NotificationStatus.SENT)


def preview(name: str) -> Rendered:
    """Returns an example of the mail whose templates have that name, with made-up people."""
    mail = PREVIEWS[name].example()
    return render(mail.template, mail.values(EXAMPLE_LINK))


class NotificationService:
    """Writes to people, if they may be written to, and hands the mail to a transport."""

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

    async def deliver(self, event: OutboxEvent) -> Outcome:
        """Sends the mail about an event, and returns what became of it.

        Raises:
            Deferred: the mail was not taken this time.
        """
        try:
            async with self._database.reader() as reader:
                if await notifications.was_sent(reader, event):
                    return SENT
                mail = await _BY_KIND[event.kind].of_event(reader, event)
            return await self._send(mail, event.id)
        except Skipped as skipped:
            return Outcome(NotificationStatus.SKIPPED, skipped.reason)

    async def send_loyalty_tier_upgrade(self, member: Member, tier: Tier) -> Outcome:
        """Mails a member about a tier, if they have agreed; returns what became of the mail.

        Raises:
            Deferred: the mail was not taken this time.
        """
        try:
            async with self._database.reader() as reader:
                mail = await LoyaltyTierUpgrade.of_member(reader, member, tier)
            return await self._send(mail, new_id())
        except Skipped as skipped:
            return Outcome(NotificationStatus.SKIPPED, skipped.reason)

    async def _send(self, mail: Mail, event_id: UUID) -> Outcome:
        """Sends a mail; mail programs recognise an event that is sent twice by its Message-ID."""
        mail.require_allowed()
        link = self._sender.unsubscribe_link(mail.user.id)
        rendered = render(mail.template, mail.values(link))
        try:
            message = compose(
                rendered,
                self._sender,
                mail_address(mail.address or ""),
                event_id,
                self._now(),
                unsubscribe_link=link if mail.needs_consent else None,
            )
            await self._transport.send(message)
        except (Refused, ValueError) as error:
            return Outcome(NotificationStatus.FAILED, str(error))
        return SENT
