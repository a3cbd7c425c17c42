"""What the mutations of a tier answer."""

from typing import Annotated, Self

import strawberry

from resolvers.tiers import TierChange
from schema.results import REPLAYED
from schema.results.refusals import (
    IdempotencyKeyReused,
    InvalidInput,
    TierNotFound,
    TierSlugTaken,
    TierThresholdTaken,
)
from schema.types.scalars import Points
from schema.types.tier import Tier


@strawberry.type
class TierSuccess:
    """What the mutations of a tier answer."""

    tier: Tier = strawberry.field(description="The tier as it is now.")
    members_reassessed: Points = strawberry.field(
        description="How many members have another tier because of it. Nobody is mailed."
    )
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, change: TierChange) -> Self:
        """Returns the change as it is served."""
        return cls(
            tier=Tier.of(change.tier),
            members_reassessed=change.members_reassessed,
            replayed=change.replayed,
        )


@strawberry.type(description="The tier was created.")
class CreateTierSuccess(TierSuccess):
    """See `TierSuccess`."""


CreateTierResult = Annotated[
    CreateTierSuccess | TierSlugTaken | TierThresholdTaken | IdempotencyKeyReused | InvalidInput,
    strawberry.union("CreateTierResult", description="CreateTierSuccess, or why nothing was done."),
]


@strawberry.type(description="The tier was changed.")
class UpdateTierSuccess(TierSuccess):
    """See `TierSuccess`."""


UpdateTierResult = Annotated[
    UpdateTierSuccess | TierNotFound | TierThresholdTaken | IdempotencyKeyReused | InvalidInput,
    strawberry.union("UpdateTierResult", description="UpdateTierSuccess, or why nothing was done."),
]


@strawberry.type(description="The tier is archived.")
class ArchiveTierSuccess(TierSuccess):
    """See `TierSuccess`."""


ArchiveTierResult = Annotated[
    ArchiveTierSuccess | TierNotFound | IdempotencyKeyReused | InvalidInput,
    strawberry.union(
        "ArchiveTierResult", description="ArchiveTierSuccess, or why nothing was done."
    ),
]
