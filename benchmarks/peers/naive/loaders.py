"""The batches: each opens a session, loads ORM objects, and sorts them to their keys."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased
from strawberry.dataloader import DataLoader

from db.models import LedgerEntry, Member, ReferralInvite, Tier, User

Sessions = async_sessionmaker[AsyncSession]
PageKey = tuple[str, int, Any]
"""A user's id, how many rows, and the last row of the page before (None: from the newest)."""


class Loaders:
    """The loaders of one request."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.tier: DataLoader[UUID, Tier | None] = DataLoader(self._tiers)
        self.user: DataLoader[str, User | None] = DataLoader(self._users)
        self.ledger: DataLoader[PageKey, list[LedgerEntry]] = DataLoader(self._ledgers)
        self.invites: DataLoader[PageKey, list[ReferralInvite]] = DataLoader(self._invites)
        # One key: every member of a request needs the same tiers.
        self.active_tiers: DataLoader[None, list[Tier]] = DataLoader(self._active_tiers)

    async def _tiers(self, ids: list[UUID]) -> list[Tier | None]:
        async with self._sessions() as session:
            found = await session.scalars(select(Tier).where(Tier.id.in_(ids)))
            by_id = {tier.id: tier for tier in found}
        return [by_id.get(key) for key in ids]

    async def _users(self, ids: list[str]) -> list[User | None]:
        async with self._sessions() as session:
            found = await session.scalars(select(User).where(User.id.in_(ids)))
            by_id = {user.id: user for user in found}
        return [by_id.get(key) for key in ids]

    async def _active_tiers(self, keys: list[None]) -> list[list[Tier]]:
        async with self._sessions() as session:
            return [await active_tiers(session) for _ in keys]

    async def _ledgers(self, keys: list[PageKey]) -> Sequence[list[LedgerEntry]]:
        return await self._pages(keys, LedgerEntry, LedgerEntry.member_id, LedgerEntry.seq)

    async def _invites(self, keys: list[PageKey]) -> Sequence[list[ReferralInvite]]:
        model = ReferralInvite
        return await self._pages(keys, model, model.referrer_id, model.id)

    async def _pages(
        self, keys: list[PageKey], model: Any, owner: Any, position: Any
    ) -> list[list[Any]]:
        """Returns a page for every key; those of one size and start come from one statement."""
        asked: dict[tuple[int, Any], set[str]] = defaultdict(set)
        for user_id, limit, after in keys:
            asked[limit, after].add(user_id)
        pages: dict[PageKey, list[Any]] = defaultdict(list)
        async with self._sessions() as session:
            for (limit, after), user_ids in asked.items():
                place = func.row_number().over(partition_by=owner, order_by=position.desc())
                ranked = select(model, place.label("place")).where(owner.in_(user_ids))
                if after is not None:
                    ranked = ranked.where(position < after)
                rows = ranked.subquery()
                row = aliased(model, rows)
                statement = select(row).where(rows.c.place <= limit).order_by(rows.c.place)
                for item in await session.scalars(statement):
                    pages[getattr(item, owner.key), limit, after].append(item)
        return [pages[key] for key in keys]


async def active_tiers(session: AsyncSession) -> list[Tier]:
    """Returns the active tiers by threshold."""
    statement = select(Tier).where(Tier.is_active).order_by(Tier.point_threshold)
    return list(await session.scalars(statement))


async def newest_members(session: AsyncSession, limit: int) -> list[Member]:
    """Returns the newest members."""
    statement = select(Member).order_by(Member.created_at.desc(), Member.user_id).limit(limit)
    return list(await session.scalars(statement))
