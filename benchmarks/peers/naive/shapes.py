"""The types that are served: each wraps what the ORM has loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NewType, TypeVar
from uuid import UUID

import strawberry
from fastapi import HTTPException
from strawberry.fastapi import BaseContext
from strawberry.scalars import JSON
from strawberry.types import Info as StrawberryInfo

from benchmarks.peers.naive.loaders import Loaders, Sessions
from db import models
from domain.enums import InviteStatus

NodeT = TypeVar("NodeT")
Points = NewType("Points", int)
POINTS = strawberry.scalar(name="Points", serialize=int, parse_value=int)


@dataclass
class Context(BaseContext):
    """The context of one request."""

    sessions: Sessions
    loaders: Loaders
    is_admin: bool

    def require_admin(self) -> None:
        """Refuses a caller who is not an admin."""
        if not self.is_admin:
            raise HTTPException(403, "an admin's token, please")


Info = StrawberryInfo[Context, None]


@strawberry.type
class PageInfo:
    """Whether a list goes on."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[NodeT]):
    """An item of a list."""

    cursor: str
    node: NodeT


@strawberry.type
class Connection(Generic[NodeT]):
    """A page of a list."""

    edges: list[Edge[NodeT]]
    page_info: PageInfo


def connection(
    rows: list[Any], first: int, node_of: Callable[[Any], NodeT], cursor_of: Callable[[Any], str]
) -> Connection[NodeT]:
    """Returns the page that `rows`, of which there may be one too many, make."""
    edges = [Edge(cursor=cursor_of(row), node=node_of(row)) for row in rows[:first]]
    end = edges[-1].cursor if edges else None
    return Connection(
        edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end)
    )


@strawberry.type
class Tier:
    """A tier."""

    slug: str
    name: str
    point_threshold: Points
    benefits: JSON
    is_active: bool

    @classmethod
    def of(cls, row: models.Tier) -> "Tier":
        """Returns it as it is served."""
        return cls(
            slug=row.slug,
            name=row.name,
            point_threshold=Points(row.point_threshold),
            benefits=JSON(row.benefits),
            is_active=row.is_active,
        )


@strawberry.type
class TierProgress:
    """The way to the next tier."""

    next_tier: Tier | None
    points_to_next_tier: Points | None
    fraction: float


@strawberry.type
class User:
    """A user."""

    display_name: str | None
    email: str | None


@strawberry.type
class LedgerEntry:
    """A change of a balance."""

    seq: Points
    kind: str
    points: Points
    balance_after: Points
    description: str | None
    reference: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: models.LedgerEntry) -> "LedgerEntry":
        """Returns it as it is served."""
        return cls(
            seq=Points(row.seq),
            kind=row.kind.value,
            points=Points(row.points),
            balance_after=Points(row.balance_after),
            description=row.description,
            reference=row.reference,
            created_at=row.created_at,
        )


@strawberry.type
class ReferralInvite:
    """An invite."""

    code: str
    status: str
    reward_points: Points
    invitee_reward_points: Points
    expires_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: models.ReferralInvite) -> "ReferralInvite":
        """Returns it as it is served."""
        is_void = row.expires_at is not None and row.expires_at <= datetime.now(UTC)
        is_expired = row.status is InviteStatus.SENT and is_void
        return cls(
            code=row.code,
            status=(InviteStatus.EXPIRED if is_expired else row.status).value,
            reward_points=Points(row.reward_points),
            invitee_reward_points=Points(row.invitee_reward_points),
            expires_at=row.expires_at,
            created_at=row.created_at,
        )


@strawberry.type
class Member:
    """A member."""

    user_id: strawberry.ID
    referral_code: str
    points_balance: Points
    lifetime_points: Points
    tier_since: datetime | None
    created_at: datetime
    tier_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: models.Member) -> "Member":
        """Returns it as it is served."""
        return cls(
            user_id=strawberry.ID(row.user_id),
            referral_code=row.referral_code,
            points_balance=Points(row.points_balance),
            lifetime_points=Points(row.lifetime_points),
            tier_since=row.tier_since,
            created_at=row.created_at,
            tier_id=row.tier_id,
        )

    @strawberry.field
    async def tier(self, info: Info) -> Tier | None:
        """Returns the tier."""
        tier = await info.context.loaders.tier.load(self.tier_id) if self.tier_id else None
        return Tier.of(tier) if tier else None

    @strawberry.field
    async def progress(self, info: Info) -> TierProgress:
        """Returns the progress."""
        tiers = await info.context.loaders.active_tiers.load(None)
        above = [tier for tier in tiers if tier.point_threshold > self.lifetime_points]
        if not above:
            return TierProgress(next_tier=None, points_to_next_tier=None, fraction=1.0)
        reached = [tier for tier in tiers if tier.point_threshold <= self.lifetime_points]
        reached_at = reached[-1].point_threshold if reached else 0
        next_at = above[0].point_threshold
        return TierProgress(
            next_tier=Tier.of(above[0]),
            points_to_next_tier=Points(next_at - self.lifetime_points),
            fraction=(self.lifetime_points - reached_at) / (next_at - reached_at),
        )

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        """Returns the user."""
        user = await info.context.loaders.user.load(self.user_id)
        return User(display_name=user.display_name, email=user.email) if user else None

    @strawberry.field
    async def ledger(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[LedgerEntry]:
        """Returns a page of the ledger."""
        key = (str(self.user_id), first + 1, int(after) if after else None)
        rows = await info.context.loaders.ledger.load(key)
        return connection(rows, first, LedgerEntry.of, lambda row: str(row.seq))

    @strawberry.field
    async def invites(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[ReferralInvite]:
        """Returns a page of the invites."""
        key = (str(self.user_id), first + 1, UUID(after) if after else None)
        rows = await info.context.loaders.invites.load(key)
        return connection(rows, first, ReferralInvite.of, lambda row: str(row.id))
