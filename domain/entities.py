"""What the service keeps, as plain values: each is one row as it was read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.enums import (
    EventKind,
    InviteSource,
    InviteStatus,
    LedgerEntryKind,
    NotificationStatus,
)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the platform, as this service knows them: since `erased_at` by their id alone."""

    id: str
    email: str | None
    display_name: str | None
    created_at: datetime
    marketing_messages: bool
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of the loyalty ladder; it begins at `point_threshold` lifetime points."""

    id: UUID
    slug: str
    name: str
    point_threshold: int
    benefits: list[Any]
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A user's membership: one a user, with the balance that the ledger adds up to."""

    user_id: str
    referral_code: str
    points_balance: int
    lifetime_points: int
    tier_id: UUID | None
    tier_since: datetime | None
    ledger_seq: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one balance. It is never changed; a mistake is put right by another entry.

    `hash` is a digest of the entry and of the hash of the one before it.
    """

    member_id: str
    seq: int
    id: UUID
    kind: LedgerEntryKind
    points: int
    balance_after: int
    description: str | None
    reference: str | None
    metadata: dict[str, Any]
    reverses_seq: int | None
    invite_id: UUID | None
    actor_id: str
    created_at: datetime
    hash: bytes


@dataclass(frozen=True, slots=True)
class ReferralInvite:
    """A member's invitation of somebody new; `status` is as of the moment it was read."""

    referrer_id: str
    id: UUID
    code: str
    source: InviteSource
    status: InviteStatus
    invitee_email: str | None
    reward_points: int
    invitee_reward_points: int
    metadata: dict[str, Any]
    expires_at: datetime | None
    invitee_id: str | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who brought a user in, by which invite; there is at most one for every user."""

    invitee_id: str
    referrer_id: str
    invite_id: UUID


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event that a worker has claimed; `attempts` counts this claim too."""

    id: UUID
    kind: EventKind
    user_id: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Notification:
    """What became of an event for one user; a replay may change it until the mail is sent."""

    user_id: str
    id: UUID
    kind: EventKind
    status: NotificationStatus
    reason: str | None
    event_id: UUID
    created_at: datetime
