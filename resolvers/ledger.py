"""The ledger: appending to it, the one way in which a balance changes, and reading it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from db.pages import Page, cut
from db.repositories import checkpoints, ledger, members
from db.repositories.idempotency import Claim
from db.repositories.ledger import EntryKey, LedgerPage, NewEntry
from db.repositories.members import Locked
from db.session import Writer
from domain import ledger as rules
from domain import tiering
from domain.checkpoints import SignedCheckpoint
from domain.entities import LedgerEntry, Member, Tier
from domain.errors import UserNotFound
from domain.events import TierUpgraded
from domain.ledger import Posting, Totals
from resolvers.context import Context, KeyTaken


async def list_entries(context: Context, member_id: str, page: LedgerPage) -> Page[LedgerEntry]:
    """Returns a page of a member's entries, newest first."""
    wider = replace(page, limit=page.limit + 1)
    entries = await context.loaders.ledger_by_member_id(wider).load(member_id)
    return cut(entries, page.limit)


async def get_entry(context: Context, key: EntryKey) -> LedgerEntry | None:
    """Returns the entry, or None where there is none or it is not the caller's to see."""
    if not context.actor.may_see(key[0]):
        return None
    return await context.loaders.entry_by_key.load(key)


async def take_checkpoint(context: Context) -> SignedCheckpoint | None:
    """Returns a signed checkpoint of the whole ledger; None without a key to sign it with.

    Raises:
        LedgerTooLarge: it takes longer than a statement may.
    """
    if context.sign is None:
        return None
    return context.sign(await checkpoints.take(context.reader))


async def lock_members(
    context: Context, writer: Writer, user_ids: Sequence[str], claim: Claim | None = None
) -> Locked:
    """Takes the claim, holds the ladder and locks the members, made if missing, in one statement.

    Unknown users are left out.

    Raises:
        KeyTaken: see `once_by_claim`.
        CodeSpaceExhausted: no free share code could be drawn for a new member.
    """
    locked = await members.lock(writer, user_ids, context.new_code, claim)
    if locked is None:
        raise KeyTaken
    return locked


async def lock_member(
    context: Context, writer: Writer, user_id: str, claim: Claim | None = None
) -> Locked:
    """As `lock_members`, for one.

    Raises:
        UserNotFound: no such user is known.
        KeyTaken: see `once_by_claim`.
        CodeSpaceExhausted: no free share code could be drawn for a new member.
    """
    locked = await lock_members(context, writer, [user_id], claim)
    if user_id not in locked.members:
        raise UserNotFound(user_id)
    return locked


async def append(
    context: Context,
    writer: Writer,
    locked: Locked,
    user_id: str,
    posting: Posting,
    claim: Claim | None = None,
) -> tuple[Member, LedgerEntry]:
    """Appends an entry for a locked member, moves their tier with it, and records an upgrade.

    The claim, if any, is filled in with the entry's receipt, all in one statement.

    Raises:
        InsufficientPoints: the balance would fall below zero.
        PointsLimitExceeded: a total would exceed what points can be.
    """
    member = locked.members[user_id]
    totals = rules.append(member, posting)
    before = next((tier for tier in locked.ladder if tier.id == member.tier_id), None)
    after = tiering.tier_reached(totals.lifetime_points, locked.ladder)
    is_upgrade = tiering.is_upgrade(before, after)
    return await ledger.append(
        writer,
        NewEntry(
            member_id=user_id,
            posting=posting,
            totals=totals,
            tier_id=after.id if after else None,
            actor_id=context.actor.id,
        ),
        event=_upgrade(user_id, totals, before, after) if after and is_upgrade else None,
        claim=claim,
        result=receipt(user_id, totals.seq),
    )


def receipt(member_id: str, seq: int) -> dict[str, Any]:
    """Returns what to keep so that an entry can be read again."""
    return {"member_id": member_id, "seq": seq}


def _upgrade(user_id: str, totals: Totals, before: Tier | None, after: Tier) -> TierUpgraded:
    return TierUpgraded(
        user_id=user_id,
        ledger_seq=totals.seq,
        tier_id=after.id,
        tier_slug=after.slug,
        tier_name=after.name,
        previous_tier_slug=before.slug if before else None,
        lifetime_points=totals.lifetime_points,
    )
