"""The tiers: reading them, changing them, and the reassessment of members."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.engine.sessions import Writer
from db.repositories import tiers
from domain.commands import ArchiveTier, CreateTier, UpdateTier
from domain.entities import Tier
from domain.errors.conflicts import TierSlugTaken, TierThresholdTaken
from domain.errors.not_found import TierNotFound
from resolvers.context import Context, run_idempotently


@dataclass
class TierChange:
    """A tier as it is now, and how many members have another tier because of the change."""

    tier: Tier
    members_reassessed: int
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"tier_id": str(self.tier.id), "members_reassessed": self.members_reassessed}


async def list_tiers(context: Context, *, include_inactive: bool) -> list[Tier]:
    """Returns the tiers by ascending threshold."""
    if include_inactive:
        return await tiers.every(context.reader)
    return await context.loaders.active_tiers()


async def find_tier(context: Context, slug: str) -> Tier | None:
    """Returns the tier, active or archived, that has `slug`."""
    return await tiers.by_slug(context.reader, slug)


async def get_tier(context: Context, tier_id: UUID) -> Tier | None:
    """Returns the tier, active or archived, with this id."""
    return await context.loaders.tier_by_id.load(tier_id)


async def create_tier(context: Context, command: CreateTier) -> TierChange:
    """Creates a tier and reassesses every member.

    Raises:
        TierSlugTaken: a tier has this slug.
        TierThresholdTaken: another active tier begins there.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> TierChange:
        await tiers.lock_tiers_exclusive(writer)
        if await tiers.by_slug(writer, command.slug) is not None:
            raise TierSlugTaken(command.slug)
        await _require_free_threshold(writer, command.point_threshold)
        tier = await tiers.create(writer, command)
        return TierChange(tier, await tiers.reassess_members(writer))

    return await run_idempotently(context, command, perform, _replay)


async def update_tier(context: Context, command: UpdateTier) -> TierChange:
    """Changes a tier and reassesses every member.

    Raises:
        TierNotFound: no tier has this slug.
        TierThresholdTaken: another active tier begins there.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> TierChange:
        await tiers.lock_tiers_exclusive(writer)
        tier = await tiers.by_slug(writer, command.slug)
        if tier is None:
            raise TierNotFound(command.slug)
        threshold = (
            tier.point_threshold if command.point_threshold is None else command.point_threshold
        )
        if tier.is_active if command.is_active is None else command.is_active:
            await _require_free_threshold(writer, threshold, except_for=tier.id)
        tier = await tiers.change(writer, tier, command)
        return TierChange(tier, await tiers.reassess_members(writer))

    return await run_idempotently(context, command, perform, _replay)


async def archive_tier(context: Context, command: ArchiveTier) -> TierChange:
    """Archives a tier and reassesses every member.

    An archived tier that is archived again stays as it is.

    Raises:
        TierNotFound: no tier has this slug.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> TierChange:
        await tiers.lock_tiers_exclusive(writer)
        tier = await tiers.by_slug(writer, command.slug)
        if tier is None:
            raise TierNotFound(command.slug)
        if not tier.is_active:
            return TierChange(tier, members_reassessed=0)
        tier = await tiers.change(writer, tier, UpdateTier(slug=tier.slug, is_active=False))
        return TierChange(tier, await tiers.reassess_members(writer))

    return await run_idempotently(context, command, perform, _replay)


async def _require_free_threshold(
    writer: Writer, point_threshold: int, *, except_for: UUID | None = None
) -> None:
    holder = await tiers.active_at(writer, point_threshold)
    if holder is not None and holder.id != except_for:
        raise TierThresholdTaken(point_threshold)


async def _replay(writer: Writer, result_reference: dict[str, Any]) -> TierChange:
    [tier] = await tiers.by_ids(writer, [UUID(result_reference["tier_id"])])
    return TierChange(tier, result_reference["members_reassessed"])
