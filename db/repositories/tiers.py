"""The tiers, and the lock that keeps them unchanged while a member's tier is worked out."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, insert, select, text, update

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.ids import new_id
from db.rows import TIER
from domain.commands import CreateTier, UpdateTier
from domain.entities import Tier

TIER_LOCK = 0x10_1A_17_1E
"""The advisory lock of the tiers; the number only has to be unique to this service."""

# A reassessment touches every member in one statement: about 10 seconds a million.
_REASSESSMENT_TIMEOUT_MS = 120_000

_ascending = select(*TIER).order_by(models.Tier.point_threshold, models.Tier.slug)
_active = _ascending.where(models.Tier.is_active)
_EVERY = Compiled(_ascending)
_ACTIVE = Compiled(_active)
_ACTIVE_AT = Compiled(_active.where(models.Tier.point_threshold == bindparam("point_threshold")))
_BY_IDS = Compiled(select(*TIER).where(models.Tier.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_BY_SLUG = Compiled(select(*TIER).where(models.Tier.slug == bindparam("slug")))
_HOLD = Compiled(select(func.pg_advisory_xact_lock_shared(TIER_LOCK)))
_HOLD_ALONE = Compiled(select(func.pg_advisory_xact_lock(TIER_LOCK)))
_REASSESS = text(
    """
    WITH moved AS (
        UPDATE loyalty_members AS member
        SET tier_id = placed.tier_id,
            tier_since = CASE WHEN placed.tier_id IS NOT NULL THEN now() END
        FROM (
            SELECT user_id, (
                SELECT id FROM loyalty_tiers
                WHERE is_active AND point_threshold <= lifetime_points
                ORDER BY point_threshold DESC LIMIT 1
            ) AS tier_id
            FROM loyalty_members
        ) AS placed
        WHERE placed.user_id = member.user_id
          AND placed.tier_id IS DISTINCT FROM member.tier_id
        RETURNING member.user_id
    )
    SELECT count(*) FROM moved
    """
)


async def lock_tiers_shared(writer: Writer) -> None:
    """Takes the tier lock shared until the transaction ends; others may hold it shared too."""
    await writer.execute(_HOLD)


async def lock_tiers_exclusive(writer: Writer) -> None:
    """Takes the tier lock exclusive until the transaction ends, once nobody holds it."""
    await writer.execute(_HOLD_ALONE)


@lru_cache(maxsize=16)
def parse_tiers(tiers: str) -> tuple[Tier, ...]:
    """Returns the active tiers that the database function `hold_ladder` has written as JSON."""
    return tuple(
        Tier(
            id=UUID(tier["id"]),
            slug=tier["slug"],
            name=tier["name"],
            point_threshold=tier["point_threshold"],
            benefits=tier["benefits"],
            is_active=tier["is_active"],
            created_at=datetime.fromisoformat(tier["created_at"]),
            updated_at=datetime.fromisoformat(tier["updated_at"]),
        )
        for tier in orjson.loads(tiers)
    )


async def every(reader: Reader) -> list[Tier]:
    """Returns all tiers, archived ones too, by ascending threshold."""
    return await reader.all(Tier, _EVERY)


async def active(reader: Reader) -> list[Tier]:
    """Returns the active tiers by ascending threshold."""
    return await reader.all(Tier, _ACTIVE)


async def by_ids(reader: Reader, ids: Sequence[UUID]) -> list[Tier]:
    """Returns the tiers that have one of `ids`, in any order."""
    return await reader.all(Tier, _BY_IDS, {"ids": ids})


async def by_slug(reader: Reader, slug: str) -> Tier | None:
    """Returns the tier, active or archived, that has `slug`."""
    return await reader.first(Tier, _BY_SLUG, {"slug": slug})


async def active_at(reader: Reader, point_threshold: int) -> Tier | None:
    """Returns the active tier that begins at `point_threshold`."""
    return await reader.first(Tier, _ACTIVE_AT, {"point_threshold": point_threshold})


async def create(writer: Writer, command: CreateTier) -> Tier:
    """Inserts an active tier.

    The caller holds the tier lock exclusive and has checked for conflicts.
    """
    statement = insert(models.Tier).values(
        id=new_id(),
        slug=command.slug,
        name=command.name,
        point_threshold=command.point_threshold,
        benefits=command.benefits,
    )
    return await writer.one(Tier, statement.returning(*TIER))


async def change(writer: Writer, tier: Tier, command: UpdateTier) -> Tier:
    """Gives a tier the command's values. The caller holds the tier lock exclusive."""
    given = {
        "name": command.name,
        "point_threshold": command.point_threshold,
        "benefits": command.benefits,
        "is_active": command.is_active,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    statement = (
        update(models.Tier)
        .where(models.Tier.id == tier.id)
        .values(**changes, updated_at=func.now())
        .returning(*TIER)
    )
    return await writer.one(Tier, statement)


async def reassess_members(writer: Writer) -> int:
    """Puts every member on the tier that their lifetime points reach; returns how many moved."""
    await writer.execute(text(f"SET LOCAL statement_timeout = {_REASSESSMENT_TIMEOUT_MS}"))
    return int(await writer.scalar(_REASSESS))
