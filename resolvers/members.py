"""Memberships: looking one up makes it, listing them does not."""

from uuid import UUID

from db.engine.sessions import Writer
from db.pages import Page, cut
from db.repositories import members, tiers, users
from db.repositories.members import MemberFilter
from domain import tiering
from domain.entities import Member, Tier
from domain.enums import MemberOrder, Role
from domain.errors import TierNotFound
from domain.tiering import Progress
from resolvers.context import Context, NotPreloaded


async def get_member(context: Context, user_id: str) -> Member | None:
    """Returns the membership of a known user, made on first sight; None for an unknown one.

    A member who asks for themselves becomes known by their own token. Nobody else is invented.

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
    """Makes the membership, unless there is one, and returns it; None for an unknown user.

    Raises:
        CodeSpaceExhausted: no free share code could be drawn.
    """
    actor = context.actor
    if actor.role is Role.MEMBER and actor.id == user_id:
        await users.create_from_claims(writer, actor)
    await tiers.lock_tiers_shared(writer)
    await members.provision(writer, user_id, context.new_code)
    return await members.by_id(writer, user_id)


async def list_members(
    context: Context,
    *,
    search: str | None,
    tier_slug: str | None,
    order: MemberOrder,
    after: tuple[object, ...] | None,
    limit: int,
) -> Page[Member]:
    """Returns a page of members, after the sort key `after` in `order`.

    Raises:
        TierNotFound: no tier has the slug `tier_slug`.
    """
    tier_id = None
    if tier_slug is not None:
        tier = await tiers.by_slug(context.reader, tier_slug)
        if tier is None:
            raise TierNotFound(tier_slug)
        tier_id = tier.id
    found = await members.page(
        context.reader,
        MemberFilter(search=search, tier_id=tier_id),
        order,
        after=after,
        limit=limit + 1,
    )
    return cut(found, limit)


async def tier_of(context: Context, tier_id: UUID | None) -> Tier | None:
    """Returns the tier that a member's row names."""
    try:
        return preloaded_tier_of(context, tier_id)
    except NotPreloaded:
        return None if tier_id is None else await context.loaders.tier_by_id.load(tier_id)


def preloaded_tier_of(context: Context, tier_id: UUID | None) -> Tier | None:
    """As `tier_of`, by the ladder that a change has held.

    Raises:
        NotPreloaded: it is not known, or the tier is not on it.
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
    """As `progress_of`, by the ladder that a change has held.

    Raises:
        NotPreloaded: it is not known.
    """
    return tiering.progress(lifetime_points, context.preloaded_tiers)


async def find_member(context: Context, user_id: str) -> Member | None:
    """Returns the membership if there is one that the caller may see; it makes none."""
    if not context.actor.may_see(user_id):
        return None
    return await context.loaders.member_by_user_id.load(user_id)
