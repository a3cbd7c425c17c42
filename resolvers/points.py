"""Points earned, redeemed, adjusted by hand, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.engine.sessions import Writer
from db.repositories import ledger, members
from domain import ledger as rules
from domain.commands import (
    AdjustPoints,
    Command,
    EarnPoints,
    RedeemPoints,
    ReverseLedgerEntry,
)
from domain.entities import LedgerEntry, Member, Tier
from domain.enums import LedgerEntryKind
from domain.errors.conflicts import EntryAlreadyReversed
from domain.errors.not_found import LedgerEntryNotFound
from domain.ledger import Posting
from resolvers.context import Context, claim_of, run_idempotently
from resolvers.ledger import append, lock_member


@dataclass
class PointsChange:
    """An entry, the member as they are with it, and the active tiers, if they are known."""

    member: Member
    entry: LedgerEntry
    active_tiers: Sequence[Tier] | None = None
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return ledger.result_reference(self.entry.member_id, self.entry.seq)


async def earn_points(context: Context, command: EarnPoints) -> PointsChange:
    """Gives a known user points that count towards a tier.

    Raises:
        UserNotFound: no such user is known.
        PointsLimitExceeded: a total would exceed what points can be.
        IdempotencyKeyReused: see `run_idempotently`.
    """
    posting = rules.credit(
        LedgerEntryKind.EARN,
        command.points,
        description=command.description,
        reference=command.reference,
        metadata=command.metadata,
    )
    return await _post(context, command, command.user_id, posting)


async def redeem_points(context: Context, command: RedeemPoints) -> PointsChange:
    """Takes points from a balance that covers them.

    Raises:
        UserNotFound: no such user is known.
        InsufficientPoints: the balance does not cover them.
        IdempotencyKeyReused: see `run_idempotently`.
    """
    posting = Posting(
        kind=LedgerEntryKind.REDEEM,
        points=-command.points,
        description=command.description,
        reference=command.reference,
        metadata=command.metadata,
    )
    return await _post(context, command, command.user_id, posting)


async def adjust_points(context: Context, command: AdjustPoints) -> PointsChange:
    """Corrects a balance by hand; the lifetime points stay as they are.

    Raises:
        UserNotFound: no such user is known.
        InsufficientPoints: the balance does not cover a negative adjustment.
        PointsLimitExceeded: the balance would exceed what points can be.
        IdempotencyKeyReused: see `run_idempotently`.
    """
    posting = Posting(
        kind=LedgerEntryKind.ADJUSTMENT,
        points=command.points,
        description=command.reason,
        reference=command.reference,
        metadata=command.metadata,
    )
    return await _post(context, command, command.user_id, posting)


async def reverse_ledger_entry(context: Context, command: ReverseLedgerEntry) -> PointsChange:
    """Undoes an entry, once, with the lifetime points that it gave.

    Raises:
        LedgerEntryNotFound: the member has no such entry.
        EntryNotReversible: the entry is itself a reversal.
        EntryAlreadyReversed: another entry has undone it before.
        InsufficientPoints: the points of the entry have been spent since.
        IdempotencyKeyReused: see `run_idempotently`.
    """
    key = (command.user_id, command.seq)

    async def perform(writer: Writer) -> PointsChange:
        # An unknown member has no entries: looked at before the lock, which would ask for a user.
        entry = await ledger.by_key(writer, key)
        if entry is None:
            raise LedgerEntryNotFound(*key)
        locked = await lock_member(context, writer, command.user_id)
        posting = rules.reversal(entry, command.reason)
        if (earlier := await ledger.reversal_of(writer, key)) is not None:
            raise EntryAlreadyReversed(seq=entry.seq, reversed_by_seq=earlier.seq)
        written = await append(context, writer, locked, command.user_id, posting)
        return PointsChange(*written, locked.active_tiers)

    change = await run_idempotently(context, command, perform, _replay)
    context.remember(change.active_tiers)
    return change


async def _post(context: Context, command: Command, user_id: str, posting: Posting) -> PointsChange:
    change = await _post_with_others(context, command, user_id, posting)
    if change is None:
        change = await _post_alone(context, command, user_id, posting)
    context.remember(change.active_tiers)
    return change


async def _post_with_others(
    context: Context, command: Command, user_id: str, posting: Posting
) -> PointsChange | None:
    # A batch has no owner scope: it is for those who may see every member.
    if context.actor.owner_scope is not None:
        return None
    claim = claim_of(context.actor, command)
    change = await context.ledger_writer.post(context.actor.id, claim, user_id, posting)
    if change is None:
        return None
    context.forget()
    return PointsChange(change.member, change.entry, change.active_tiers)


async def _post_alone(
    context: Context, command: Command, user_id: str, posting: Posting
) -> PointsChange:
    async def perform(writer: Writer) -> PointsChange:
        locked = await lock_member(context, writer, user_id)
        written = await append(context, writer, locked, user_id, posting)
        return PointsChange(*written, locked.active_tiers)

    return await run_idempotently(context, command, perform, _replay)


async def _replay(writer: Writer, reference: dict[str, Any]) -> PointsChange:
    key = (reference["member_id"], reference["seq"])
    entry = await ledger.by_key(writer, key)
    member = await members.by_id(writer, reference["member_id"])
    assert entry is not None, "entries are not deleted"
    assert member is not None, "members are not deleted"
    return PointsChange(member, entry)
