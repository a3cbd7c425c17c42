"""How an entry changes a balance: the only arithmetic that the service does with points."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain import points, tiering
from domain.entities import LedgerEntry, Member, Tier
from domain.enums import LedgerEntryKind
from domain.errors.conflicts import EntryNotReversible, InsufficientPoints
from domain.events import TierUpgraded

QUALIFYING_KINDS = frozenset(
    {
        LedgerEntryKind.EARN,
        LedgerEntryKind.REFERRAL_BONUS,
        LedgerEntryKind.REFERRAL_WELCOME,
        LedgerEntryKind.TIER_BONUS,
    }
)
"""The kinds that count towards a tier: they raise the lifetime points as well as the balance."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry that is to be appended; `points` and `lifetime_points` are what each total gains."""

    kind: LedgerEntryKind
    points: int
    lifetime_points: int = 0
    description: str | None = None
    reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    reverses_seq: int | None = None
    invite_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a member's row says after an entry; `seq` is the entry's own number."""

    seq: int
    points_balance: int
    lifetime_points: int


@dataclass(frozen=True, slots=True)
class Posted:
    """A member as they are with an entry, and the event of moving up, where they do."""

    member: Member
    upgrade: TierUpgraded | None


def credit(
    kind: LedgerEntryKind,
    amount: int,
    *,
    description: str | None = None,
    reference: str | None = None,
    metadata: dict[str, Any] | None = None,
    invite_id: UUID | None = None,
) -> Posting:
    """Returns the posting that gives `amount` points; lifetime points too if `kind` qualifies."""
    return Posting(
        kind=kind,
        points=amount,
        lifetime_points=amount if kind in QUALIFYING_KINDS else 0,
        description=description,
        reference=reference,
        metadata=metadata or {},
        invite_id=invite_id,
    )


def reversal(entry: LedgerEntry, description: str | None) -> Posting:
    """Returns the posting that undoes `entry`: its points, and the lifetime points it gave.

    Raises:
        EntryNotReversible: the entry is itself a reversal.
    """
    if entry.kind is LedgerEntryKind.REVERSAL:
        raise EntryNotReversible(entry.kind)
    return Posting(
        kind=LedgerEntryKind.REVERSAL,
        points=-entry.points,
        lifetime_points=-entry.points if entry.kind in QUALIFYING_KINDS else 0,
        description=description,
        reference=entry.reference,
        reverses_seq=entry.seq,
    )


def append(member: Member, posting: Posting) -> Totals:
    """Returns the totals after `posting`. `member` must be as locked by the caller.

    Raises:
        InsufficientPoints: the balance would fall below zero.
        PointsLimitExceeded: the balance or the lifetime points would exceed what points can be.
    """
    if member.points_balance + posting.points < 0:
        raise InsufficientPoints(balance=member.points_balance, requested=-posting.points)
    return Totals(
        seq=member.ledger_seq + 1,
        points_balance=points.total(member.points_balance, posting.points),
        lifetime_points=points.total(member.lifetime_points, posting.lifetime_points),
    )


def post(member: Member, posting: Posting, active_tiers: Sequence[Tier], now: datetime) -> Posted:
    """Returns what `posting` makes of `member`, who must be as locked by the caller.

    `active_tiers` may be in any order; the caller holds the tier lock. `now` is the time of the
    transaction: a member who leaves their tier, up or down, is in the next one since then.

    Raises:
        InsufficientPoints, PointsLimitExceeded: as for `append`.
    """
    totals = append(member, posting)
    before = next((tier for tier in active_tiers if tier.id == member.tier_id), None)
    after = tiering.tier_reached(totals.lifetime_points, active_tiers)
    tier_id = after.id if after else None
    moved_at = now if after else None
    moved = replace(
        member,
        ledger_seq=totals.seq,
        points_balance=totals.points_balance,
        lifetime_points=totals.lifetime_points,
        tier_id=tier_id,
        tier_since=member.tier_since if tier_id == member.tier_id else moved_at,
    )
    return Posted(moved, _upgrade(member.user_id, totals, before, after))


def _upgrade(
    user_id: str, totals: Totals, before: Tier | None, after: Tier | None
) -> TierUpgraded | None:
    if after is None or not tiering.is_upgrade(before, after):
        return None
    return TierUpgraded(
        user_id=user_id,
        ledger_seq=totals.seq,
        tier_id=after.id,
        tier_slug=after.slug,
        tier_name=after.name,
        previous_tier_slug=before.slug if before else None,
        lifetime_points=totals.lifetime_points,
    )
