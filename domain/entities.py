"""The entities of the service as plain values: each is one row of a table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.enums import (
    InviteSource,
    InviteStatus,
    LedgerEntryKind,
    NotificationStatus,
)
from domain.events import EventKind


@dataclass(frozen=True, slots=True)
class User:
    """A user of the platform. After `erased_at` only the id is left."""

    id: str
    email: str | None
    display_name: str | None
    created_at: datetime
    marketing_messages: bool
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier, which members reach with `point_threshold` lifetime points."""

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
    """The membership of one user, with the balance, which is the sum of the ledger."""

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
    """One change of one balance. It is immutable; another entry corrects a mistake.

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
    """A member's invitation of a new user; `status` is the status at the time of reading."""

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
    """The referrer of a user and the invite; there is at most one for every user."""

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
    """The outcome of an event for one user; a replay may change it until the mail is sent."""

    user_id: str
    id: UUID
    kind: EventKind
    status: NotificationStatus
    reason: str | None
    event_id: UUID
    created_at: datetime
