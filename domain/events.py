"""The events; each is recorded with the change that caused it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID


class EventKind(StrEnum):
    """The kinds of events in the outbox."""

    TIER_UPGRADED = "TIER_UPGRADED"
    REFERRAL_INVITE_ISSUED = "REFERRAL_INVITE_ISSUED"


class Event(Protocol):
    """What every event has: its kind, the user whose change caused it, and what to keep of it."""

    kind: ClassVar[EventKind]

    @property
    def user_id(self) -> str:
        """The user whose change caused it."""

    def payload(self) -> dict[str, Any]:
        """Returns the event as JSON, in the field names of the API."""


@dataclass(frozen=True, slots=True)
class TierUpgraded:
    """A ledger entry took a member up to a tier: the highest that it reached."""

    kind: ClassVar[EventKind] = EventKind.TIER_UPGRADED

    user_id: str
    ledger_seq: int
    tier_id: UUID
    tier_slug: str
    tier_name: str
    previous_tier_slug: str | None
    lifetime_points: int

    def payload(self) -> dict[str, Any]:
        """Returns the event as JSON, in the field names of the API."""
        return {
            "userId": self.user_id,
            "ledgerSeq": self.ledger_seq,
            "tierId": str(self.tier_id),
            "tierSlug": self.tier_slug,
            "tierName": self.tier_name,
            "previousTierSlug": self.previous_tier_slug,
            "lifetimePoints": self.lifetime_points,
        }


@dataclass(frozen=True, slots=True)
class ReferralInviteIssued:
    """An invite was issued for somebody whose address is known.

    `user_id` is the referrer. The address itself stays with the invite: events are kept, and hold
    no personal data.
    """

    kind: ClassVar[EventKind] = EventKind.REFERRAL_INVITE_ISSUED

    user_id: str
    invite_id: UUID

    def payload(self) -> dict[str, Any]:
        """Returns the event as JSON, in the field names of the API."""
        return {"userId": self.user_id, "inviteId": str(self.invite_id)}


EVENTS: tuple[type[Event], ...] = (TierUpgraded, ReferralInviteIssued)
"""Every event; the first line of its docstring describes its kind in the API."""
