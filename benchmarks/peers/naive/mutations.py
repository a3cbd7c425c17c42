"""The writes: the service's steps on ORM objects, each mutation one session and one transaction."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.peers.naive.loaders import active_tiers
from db.ids import new_id
from db.models import (
    IdempotencyKey,
    LedgerEntry,
    Member,
    OutboxEvent,
    ReferralAttribution,
    ReferralCode,
    ReferralInvite,
    User,
)
from domain.codes import ALPHABET, INVITE_CODE_LENGTH
from domain.enums import InviteSource, InviteStatus, LedgerEntryKind
from domain.events import EventKind

_TIERS_LOCK = 0x10_1A_17_1E
_ONBOARDING = timedelta(days=30)


@dataclass(frozen=True)
class Earn:
    """The arguments of `earn`."""

    user_id: str
    points: int
    reference: str | None
    key: str


@dataclass(frozen=True)
class _Bonus:
    """The points to credit, and their reference."""

    points: int
    reference: str | None
    invite_id: UUID | None = None


async def earn(session: AsyncSession, actor_id: str, asked: Earn) -> tuple[LedgerEntry, Member]:
    """Credits points, once for every key."""
    request = f"{asked.user_id}|{asked.points}|{asked.reference}"
    kept = await _claimed(session, actor_id, asked.key, "EarnPoints", request)
    if kept.result is not None:
        reference = kept.result
        entry = await session.get_one(LedgerEntry, (reference["member_id"], reference["seq"]))
        return entry, await session.get_one(Member, reference["member_id"])
    await _lock_tiers(session)
    [member] = await _locked(session, [asked.user_id])
    bonus = _Bonus(asked.points, asked.reference)
    entry = await _credit(session, actor_id, member, LedgerEntryKind.EARN, bonus)
    kept.result = {"member_id": member.user_id, "seq": entry.seq}
    return entry, member


async def issue(
    session: AsyncSession, actor_id: str, user_id: str, reward_points: int, key: str
) -> ReferralInvite:
    """Issues an invite, once for every key."""
    request = f"{user_id}|{reward_points}"
    kept = await _claimed(session, actor_id, key, "IssueReferralInvite", request)
    if kept.result is not None:
        reference = kept.result
        return await session.get_one(
            ReferralInvite, (reference["referrer_id"], reference["invite_id"])
        )
    await _locked(session, [user_id])
    code = "".join(secrets.choice(ALPHABET) for _ in range(INVITE_CODE_LENGTH))
    invite = ReferralInvite(
        referrer_id=user_id,
        id=new_id(),
        code=code,
        source=InviteSource.ISSUED,
        status=InviteStatus.SENT,
        reward_points=reward_points,
        invitee_reward_points=0,
        expires_at=datetime.now(UTC) + timedelta(days=30),
    )
    session.add_all([invite, ReferralCode(code=code, owner_id=user_id, invite_id=invite.id)])
    kept.result = {"referrer_id": user_id, "invite_id": str(invite.id)}
    return invite


async def complete(
    session: AsyncSession, actor_id: str, code: str, invitee_id: str
) -> tuple[ReferralInvite, Member]:
    """Converts an invite and credits the referrer."""
    claim = await session.get_one(ReferralCode, code)
    await _lock_tiers(session)
    members = await _locked(session, sorted({claim.owner_id, invitee_id}))
    invite = await session.get_one(
        ReferralInvite, (claim.owner_id, claim.invite_id), with_for_update=True
    )
    invitee = await session.get_one(User, invitee_id)
    now = datetime.now(UTC)
    is_expired = invite.expires_at is not None and invite.expires_at <= now
    is_old = invitee.created_at < now - _ONBOARDING
    if invite.status != InviteStatus.SENT or is_expired or is_old or len(members) != 2:
        raise ValueError("the referral is refused")
    session.add(
        ReferralAttribution(invitee_id=invitee_id, referrer_id=claim.owner_id, invite_id=invite.id)
    )
    invite.status, invite.invitee_id, invite.completed_at = InviteStatus.CONVERTED, invitee_id, now
    [referrer] = [member for member in members if member.user_id == claim.owner_id]
    bonus = _Bonus(invite.reward_points, code, invite.id)
    await _credit(session, actor_id, referrer, LedgerEntryKind.REFERRAL_BONUS, bonus)
    return invite, referrer


async def _claimed(
    session: AsyncSession, actor_id: str, key: str, operation: str, request: str
) -> IdempotencyKey:
    """Returns the earlier use of a key, or a new one without a result."""
    fingerprint = hashlib.sha256(request.encode()).digest()
    kept = await session.get(IdempotencyKey, (actor_id, key))
    if kept is None:
        kept = IdempotencyKey(
            actor_id=actor_id, key=key, operation=operation, request_hash=fingerprint
        )
        session.add(kept)
        await session.flush()
    elif kept.request_hash != fingerprint:
        raise ValueError("the idempotency key was used for another request")
    return kept


async def _lock_tiers(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock_shared(_TIERS_LOCK)))


async def _locked(session: AsyncSession, user_ids: Sequence[str]) -> list[Member]:
    statement = (
        select(Member).where(Member.user_id.in_(user_ids)).order_by(Member.user_id)
    ).with_for_update()
    members = list(await session.scalars(statement))
    if len(members) != len(user_ids):
        raise ValueError("no such member")
    return members


async def _credit(
    session: AsyncSession,
    actor_id: str,
    member: Member,
    kind: LedgerEntryKind,
    bonus: _Bonus,
) -> LedgerEntry:
    tiers = await active_tiers(session)
    before = next((tier for tier in tiers if tier.id == member.tier_id), None)
    member.ledger_seq += 1
    member.points_balance += bonus.points
    member.lifetime_points += bonus.points
    reached = [tier for tier in tiers if tier.point_threshold <= member.lifetime_points]
    after = reached[-1] if reached else None
    entry = LedgerEntry(
        member_id=member.user_id,
        seq=member.ledger_seq,
        id=new_id(),
        kind=kind,
        points=bonus.points,
        balance_after=member.points_balance,
        reference=bonus.reference,
        invite_id=bonus.invite_id,
        actor_id=actor_id,
    )
    session.add(entry)
    if after is not None and after is not before:
        member.tier_id, member.tier_since = after.id, datetime.now(UTC)
        payload = {
            "userId": member.user_id,
            "ledgerSeq": member.ledger_seq,
            "tierId": str(after.id),
            "tierSlug": after.slug,
            "tierName": after.name,
            "previousTierSlug": before.slug if before else None,
            "lifetimePoints": member.lifetime_points,
        }
        kind_of_event = EventKind.TIER_UPGRADED
        session.add(
            OutboxEvent(id=new_id(), kind=kind_of_event, user_id=member.user_id, payload=payload)
        )
        await session.execute(select(func.pg_notify("loyalty_outbox", "")))
    return entry
