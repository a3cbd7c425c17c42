"""Memberships: looking up one member creates the membership, listing members does not."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.engine.sessions import Writer
from db.object_types import MEMBER
from db.pages import Page, cut
from db.repositories import members, tiers, users
from db.repositories.members import MemberFilter
from domain import tiering
from domain.entities import Member, Tier
from domain.enums import MemberOrder, Role
from domain.errors.not_found import TierNotFound
from domain.tiering import Progress
from resolvers.context import Context, NotPreloaded


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Which members to list: at most `limit`, after the sort key `after` in `order`.

    `search` is the beginning of a user id, an e-mail address or a name.
    """

    limit: int
    after: tuple[Any, ...] | None
    search: str | None
    tier_slug: str | None
    order: MemberOrder


async def get_member(context: Context, user_id: str) -> Member | None:
    """Returns the membership of a known user, created if missing; None for an unknown user.

    A member who asks for their own membership becomes a known user by their token. For others, the
    service creates no user.

    Raises:
        CodeSpaceExhausted: no free share code could be drawn.
    """
    member = await context.loaders.member_by_user_id.load(user_id)
    if member is not None:
        return member

    async def perform(writer: Writer) -> Member | None:
        return await provision(context, writer, user_id)

    return await context.database.perform(
        perform, owner_scope=context.actor.owner_scope, is_repeatable=True
    )


async def provision(context: Context, writer: Writer, user_id: str) -> Member | None:
    """Creates the membership if missing, and returns it; None for an unknown user.

    Raises:
        CodeSpaceExhausted: no free share code could be drawn.
    """
    actor = context.actor
    if actor.role is Role.MEMBER and actor.id == user_id:
        await users.create_from_claims(writer, actor)
    await tiers.lock_tiers_shared(writer)
    await members.provision(writer, user_id, context.new_code)
    return await members.by_id(writer, user_id)


async def list_members(context: Context, page: MemberPage) -> Page[Member]:
    """Returns a page of members.

    Raises:
        TierNotFound: no tier has the slug of the page.
    """
    tier_id = None
    if page.tier_slug is not None:
        tier = await tiers.by_slug(context.reader, page.tier_slug)
        if tier is None:
            raise TierNotFound(page.tier_slug)
        tier_id = tier.id
    found = await members.page(
        context.reader,
        MemberFilter(search=page.search, tier_id=tier_id),
        page.order,
        after=page.after,
        limit=page.limit + 1,
    )
    return cut(found, page.limit)


async def tier_of(context: Context, tier_id: UUID | None) -> Tier | None:
    """Returns the tier that a member's row names."""
    try:
        return preloaded_tier_of(context, tier_id)
    except NotPreloaded:
        return None if tier_id is None else await context.loaders.tier_by_id.load(tier_id)


def preloaded_tier_of(context: Context, tier_id: UUID | None) -> Tier | None:
    """As `tier_of`, from the tiers that a change has preloaded.

    Raises:
        NotPreloaded: the tiers are not preloaded, or the tier is not among them.
    """
    if tier_id is None:
        return None
    for tier in context.preloaded_tiers:
        if tier.id == tier_id:
            return tier
    raise NotPreloaded


async def progress_of(context: Context, lifetime_points: int) -> Progress:
    """Returns how far this number of lifetime points is from the next tier."""
    try:
        return preloaded_progress_of(context, lifetime_points)
    except NotPreloaded:
        return tiering.progress(lifetime_points, await context.loaders.active_tiers())


def preloaded_progress_of(context: Context, lifetime_points: int) -> Progress:
    """As `progress_of`, from the tiers that a change has preloaded.

    Raises:
        NotPreloaded: the tiers are not preloaded.
    """
    return tiering.progress(lifetime_points, context.preloaded_tiers)


async def find_member(context: Context, user_id: str) -> Member | None:
    """Returns the membership, or None if there is none that the caller may see. Creates none."""
    if not MEMBER.is_visible_to(context.actor, {"user_id": user_id}):
        return None
    return await context.loaders.member_by_user_id.load(user_id)
