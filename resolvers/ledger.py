"""The ledger: appending to it, the one way in which a balance changes, and reading it."""

from dataclasses import replace

from db.engine.sessions import Writer
from db.object_types import LEDGER_ENTRY
from db.pages import Page, cut
from db.repositories import ledger_batches, members
from db.repositories.ledger import EntryKey, LedgerPage
from db.repositories.ledger_batches import Append
from db.repositories.members import Locked
from db.verification import checkpoints
from domain import ledger as rules
from domain.checkpoints import SignedCheckpoint
from domain.entities import LedgerEntry, Member
from domain.errors.not_found import UserNotFound
from domain.ledger import Posting
from resolvers.context import Context


async def list_entries(context: Context, member_id: str, page: LedgerPage) -> Page[LedgerEntry]:
    """Returns a page of a member's entries, newest first."""
    wider = replace(page, limit=page.limit + 1)
    entries = await context.loaders.ledger_by_member_id(wider).load(member_id)
    return cut(entries, page.limit)


async def get_entry(context: Context, key: EntryKey) -> LedgerEntry | None:
    """Returns the entry, or None if there is none that the caller may see."""
    if not LEDGER_ENTRY.is_visible_to(context.actor, {"member_id": key[0]}):
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


async def lock_member(context: Context, writer: Writer, user_id: str) -> Locked:
    """Takes the tier lock and locks the member, created if missing, in one statement.

    Raises:
        UserNotFound: no such user is known.
        CodeSpaceExhausted: no free share code could be drawn for a new member.
    """
    locked = await members.lock(writer, [user_id], context.new_code)
    if user_id not in locked.members:
        raise UserNotFound(user_id)
    return locked


async def append(
    context: Context, writer: Writer, locked: Locked, user_id: str, posting: Posting
) -> tuple[Member, LedgerEntry]:
    """Appends an entry for a locked member, moves their tier with it, and records an upgrade.

    Raises:
        InsufficientPoints: the balance would fall below zero.
        PointsLimitExceeded: a total would exceed what points can be.
    """
    appended = post(context, locked, user_id, posting)
    [entry] = await ledger_batches.write(writer, [appended])
    return appended.posted.member, entry


def post(context: Context, locked: Locked, user_id: str, posting: Posting) -> Append:
    """Returns the entry that `append` writes.

    Raises:
        InsufficientPoints, PointsLimitExceeded: as for `append`.
    """
    posted = rules.post(locked.members[user_id], posting, locked.active_tiers, locked.now)
    return Append(posting, posted, context.actor.id)
