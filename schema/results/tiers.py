"""What the mutations of a tier answer."""

from typing import Self

import strawberry

from resolvers.tiers import TierChange
from schema.results import REPLAYED
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


@strawberry.type(description="The tier was changed.")
class UpdateTierSuccess(TierSuccess):
    """See `TierSuccess`."""


@strawberry.type(description="The tier is archived.")
class ArchiveTierSuccess(TierSuccess):
    """See `TierSuccess`."""
