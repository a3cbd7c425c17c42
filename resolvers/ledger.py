"""The ledger: appending to it, the one way in which a balance changes, and reading it."""

from dataclasses import replace

from db.pages import Page, cut
from db.repositories import ledger, members, outbox, tiers
from db.repositories.ledger import EntryKey, LedgerPage
from db.session import Writer
from domain import ledger as rules
from domain import tiering
from domain.entities import LedgerEntry, Member, Tier
from domain.errors import UserNotFound
from domain.events import TierUpgraded
from domain.ledger import Posting
from resolvers.context import Context


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


async def lock_member(context: Context, writer: Writer, user_id: str) -> Member:
    """Holds the ladder and locks a member, made if missing: what `append` asks for.

    Raises:
        UserNotFound: no such user is known.
        CodeSpaceExhausted: no free share code could be drawn for a new member.
    """
    await tiers.hold_ladder(writer)
    locked = await members.lock(writer, [user_id], context.new_code)
    if not locked:
        raise UserNotFound(user_id)
    return locked[0]


async def append(
    context: Context, writer: Writer, member: Member, posting: Posting
) -> tuple[Member, LedgerEntry]:
    """Appends an entry for a locked member, moves their tier with it, and records an upgrade.

    Raises:
        InsufficientPoints: the balance would fall below zero.
        PointsLimitExceeded: a total would exceed what points can be.
    """
    totals = rules.append(member, posting)
    ladder = await tiers.active(writer)
    before = next((tier for tier in ladder if tier.id == member.tier_id), None)
    after = tiering.tier_reached(totals.lifetime_points, ladder)
    entry = await ledger.append(writer, member, posting, totals, context.actor.id)
    changed = await members.change(writer, member, totals, after.id if after else None)
    if after is not None and tiering.is_upgrade(before, after):
        await outbox.record(writer, _upgrade(changed, before, after))
    return changed, entry


def _upgrade(member: Member, before: Tier | None, after: Tier) -> TierUpgraded:
    return TierUpgraded(
        user_id=member.user_id,
        ledger_seq=member.ledger_seq,
        tier_id=after.id,
        tier_slug=after.slug,
        tier_name=after.name,
        previous_tier_slug=before.slug if before else None,
        lifetime_points=member.lifetime_points,
    )
