"""The Tier type, and how far a member is from the next one."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain import entities, tiering
from schema.types.node import Node, global_id
from schema.types.scalars import Points


@strawberry.type(description="A step of the loyalty ladder.")
class Tier(Node):
    """A tier as it is served."""

    slug: str = strawberry.field(description="The tier's lasting name, such as `gold`.")
    name: str = strawberry.field(description="The name to show.")
    point_threshold: Points = strawberry.field(
        description="The lifetime points from which a member has this tier."
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
        """Returns the tier as it is served."""
        return cls(
            id=global_id("Tier", tier.id),
            slug=tier.slug,
            name=tier.name,
            point_threshold=tier.point_threshold,
            benefits=JSON(tier.benefits),
            is_active=tier.is_active,
            created_at=tier.created_at,
            updated_at=tier.updated_at,
        )


@strawberry.type(description="How far a member is on the way to the next tier.")
class TierProgress:
    """The progress of one member."""

    next_tier: Tier | None = strawberry.field(
        description="The tier above the present one; null at the top of the ladder."
    )
    points_to_next_tier: Points | None = strawberry.field(
        description="How many lifetime points are missing; null at the top of the ladder."
    )
    fraction: float = strawberry.field(
        description="The part of the way from this threshold to the next, 0 to 1; 1 at the top."
    )

    @classmethod
    def of(cls, progress: tiering.Progress) -> "TierProgress":
        """Returns the progress as it is served."""
        return cls(
            next_tier=Tier.of(progress.next_tier) if progress.next_tier else None,
            points_to_next_tier=progress.points_to_next_tier,
            fraction=progress.fraction,
        )
