"""The Tier type, and the progress of a member to the next tier."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from db.object_types import TIER
from domain import entities, tiering
from schema.types.node import Node, id_of
from schema.types.scalars import Points
from schema.types.served import served


@strawberry.type(description="A level of the loyalty programme.")
class Tier(Node):
    """A tier, as GraphQL shows it."""

    slug: str = strawberry.field(description="The tier's permanent name, such as `gold`.")
    name: str = strawberry.field(description="The name to show.")
    point_threshold: Points = strawberry.field(
        description="The number of lifetime points from which a member has this tier."
    )
    benefits: JSON = strawberry.field(
        description="What the tier gives: a JSON list of at most 50 items."
    )
    is_active: bool = strawberry.field(
        description="Whether members can have it. An archived tier keeps its row and its slug."
    )
    created_at: datetime = strawberry.field(description="When the tier was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")

    @classmethod
    def of(cls, tier: entities.Tier) -> "Tier":
        """Returns a tier, as GraphQL shows it."""
        return served(cls, tier, id=id_of(TIER, tier))


@strawberry.type(description="How close a member is to the next tier.")
class TierProgress:
    """The progress of one member, as GraphQL shows it."""

    next_tier: Tier | None = strawberry.field(
        description="The tier above the current one; null on the highest tier."
    )
    points_to_next_tier: Points | None = strawberry.field(
        description="How many lifetime points are missing; null on the highest tier."
    )
    fraction: float = strawberry.field(
        description="The part of the way to the next threshold, from 0 to 1; 1 on the highest tier."
    )

    @classmethod
    def of(cls, progress: tiering.Progress) -> "TierProgress":
        """Returns the progress, as GraphQL shows it."""
        next_tier = Tier.of(progress.next_tier) if progress.next_tier else None
        return served(cls, progress, next_tier=next_tier)
