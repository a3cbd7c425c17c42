"""The mails, one class each: the event that causes it, to whom it goes, and what it says."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Self
from uuid import UUID

from db.engine.sessions import Reader
from db.repositories import invites, members, tiers, users
from domain import events
from domain.benefits import labels
from domain.entities import Member, OutboxEvent, ReferralInvite, Tier, User
from domain.enums import InviteSource, InviteStatus, SkipReason
from domain.events import EventKind
from domain.tiering import Progress, progress
from notifications.templates import points, shown, shows_a_link


class Skipped(Exception):
    """The mail is not to be sent, for a reason that is recorded."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Mail(ABC):
    """A mail about an event, as things are now: it never says what is no longer true.

    To add one, subclass it, list the class in `MAILS`, and write its templates.
    """

    event_kind: ClassVar[EventKind]
    template: ClassVar[str]
    """The name of its files in `templates/`: a subject, a text and an HTML part."""
    needs_consent: ClassVar[bool]
    """Whether it goes only to those who want marketing messages, with a link to end them."""

    user: User
    """In whose name it is sent: nothing is sent in the name of an erased user."""

    @classmethod
    @abstractmethod
    async def of_event(cls, reader: Reader, event: OutboxEvent) -> Self:
        """Returns the mail about an event.

        Raises:
            Skipped: what it would say is no longer true.
        """

    @property
    @abstractmethod
    def address(self) -> str | None:
        """The address that it goes to, None where none is known."""

    @abstractmethod
    def values(self, unsubscribe_link: str) -> Mapping[str, object]:
        """Returns what its templates show."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Returns one about made-up people, for authors of templates."""

    def require_allowed(self) -> None:
        """Raises `Skipped` where it may not be sent, or has no address to go to."""
        if self.user.erased_at is not None:
            raise Skipped(SkipReason.USER_ERASED)
        if self.needs_consent and not self.user.marketing_messages:
            raise Skipped(SkipReason.MARKETING_OPTED_OUT)
        if self.address is None:
            raise Skipped(SkipReason.NO_EMAIL)


@dataclass(frozen=True, slots=True)
class LoyaltyTierUpgrade(Mail):
    """Tells a member about the tier that they have reached."""

    event_kind = events.TierUpgraded.kind
    template = "loyalty_tier_upgrade"
    needs_consent = True

    user: User
    member: Member
    tier: Tier
    progress: Progress

    @classmethod
    async def of_event(cls, reader: Reader, event: OutboxEvent) -> Self:
        """Returns the mail for the member, if they are still on that tier."""
        member = await members.by_id(reader, event.user_id)
        [tier] = await tiers.by_ids(reader, [UUID(event.payload["tierId"])])
        if member is None:
            raise Skipped(SkipReason.USER_ERASED)
        # A later upgrade has an event of its own, and there is no mail about losing a tier.
        if member.tier_id != tier.id:
            raise Skipped(SkipReason.TIER_CHANGED_SINCE)
        return await cls.of_member(reader, member, tier)

    @classmethod
    async def of_member(cls, reader: Reader, member: Member, tier: Tier) -> Self:
        """Returns the mail for a member about a tier.

        Raises:
            Skipped: the user is not known any more.
        """
        user = await users.by_id(reader, member.user_id)
        if user is None:
            raise Skipped(SkipReason.USER_ERASED)
        steps = progress(member.lifetime_points, await tiers.active(reader))
        return cls(user, member, tier, steps)

    @property
    def address(self) -> str | None:
        """The member's own."""
        return self.user.email

    def values(self, unsubscribe_link: str) -> Mapping[str, object]:
        """Returns the tier with its benefits, and how far it is to the next one."""
        name, next_tier = shown(self.user.display_name), self.progress.next_tier
        return {
            "greeting": f"Hello {name}," if name else "Hello,",
            "tier": shown(self.tier.name) or self.tier.slug,
            "benefits": [shown(label) for label in labels(self.tier.benefits)],
            "lifetime_points": points(self.member.lifetime_points),
            "next_tier": (shown(next_tier.name) or next_tier.slug) if next_tier else None,
            "points_to_next_tier": points(self.progress.points_to_next_tier or 0),
            "progress_percent": round(self.progress.fraction * 100),
            "unsubscribe_link": unsubscribe_link,
        }

    @classmethod
    def example(cls) -> Self:
        """Returns one for Ada, who has reached Silver."""
        silver = _tier("silver", 1_000, "5% off every order", "Priority support")
        member = Member(
            user_id=_ADA.id,
            referral_code="ADA00001",
            points_balance=1_300,
            lifetime_points=1_800,
            tier_id=silver.id,
            tier_since=_WHEN,
            ledger_seq=2,
            created_at=_WHEN,
        )
        steps = progress(member.lifetime_points, [silver, _tier("gold", 5_000)])
        return cls(_ADA, member, silver, steps)


@dataclass(frozen=True, slots=True)
class ReferralInvitation(Mail):
    """Sends an invite's code to the address that it is meant for.

    It is the one message that was asked for, at the invitee's address: what the referrer has agreed
    to does not matter.
    """

    event_kind = events.ReferralInviteIssued.kind
    template = "referral_invite"
    needs_consent = False

    user: User
    invite: ReferralInvite

    @classmethod
    async def of_event(cls, reader: Reader, event: OutboxEvent) -> Self:
        """Returns the mail for the invitee, if the invite is still open."""
        invite = await invites.by_key(reader, (event.user_id, UUID(event.payload["inviteId"])))
        if invite is None:
            raise Skipped(SkipReason.USER_ERASED)
        if invite.status is not InviteStatus.SENT:
            raise Skipped(SkipReason.INVITE_NOT_OPEN)
        referrer = await users.by_id(reader, invite.referrer_id)
        if referrer is None:
            raise Skipped(SkipReason.USER_ERASED)
        return cls(referrer, invite)

    @property
    def address(self) -> str | None:
        """The invitee's."""
        return self.invite.invitee_email

    def values(self, unsubscribe_link: str) -> Mapping[str, object]:
        """Returns who invites, and the code with its reward and its end.

        The invitee knows neither us nor the names that people choose here: a name that would show
        as a link is not shown. There is nothing to unsubscribe from.
        """
        name, welcome = shown(self.user.display_name), self.invite.invitee_reward_points
        ends = self.invite.expires_at
        return {
            "referrer": name if name and not shows_a_link(name) else "A friend",
            "code": self.invite.code,
            "welcome_points": points(welcome) if welcome else None,
            "valid_until": f"{ends:%B} {ends.day}, {ends:%Y}" if ends else None,
        }

    @classmethod
    def example(cls) -> Self:
        """Returns one from Ada to Grace."""
        invite = ReferralInvite(
            referrer_id=_ADA.id,
            id=UUID(int=1),
            code="D2M761RMST",
            source=InviteSource.ISSUED,
            status=InviteStatus.SENT,
            invitee_email="grace@example.com",
            reward_points=500,
            invitee_reward_points=100,
            metadata={},
            expires_at=_WHEN,
            invitee_id=None,
            completed_at=None,
            cancelled_at=None,
            created_at=_WHEN,
        )
        return cls(_ADA, invite)


MAILS: tuple[type[Mail], ...] = (LoyaltyTierUpgrade, ReferralInvitation)

_WHEN = datetime(2030, 1, 31, tzinfo=UTC)
_ADA = User("ada", "ada@example.com", "Ada", _WHEN, marketing_messages=True)


def _tier(slug: str, point_threshold: int, *benefits: str) -> Tier:
    return Tier(
        id=UUID(int=point_threshold),
        slug=slug,
        name=slug.title(),
        point_threshold=point_threshold,
        benefits=list(benefits),
        is_active=True,
        created_at=_WHEN,
        updated_at=_WHEN,
    )
