"""The mutations of a tier, and what they answer."""

from typing import Self

import strawberry

from domain.errors.conflicts import TierSlugTaken, TierThresholdTaken
from domain.errors.not_found import TierNotFound
from resolvers import tiers
from resolvers.tiers import TierChange
from schema.inputs.archive_tier import ArchiveTierInput
from schema.inputs.create_tier import CreateTierInput
from schema.inputs.update_tier import UpdateTierInput
from schema.permissions import Info
from schema.results import REPLAYED
from schema.results.declaration import mutation
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


@strawberry.type
class TierMutations:
    """The fields of Mutation of this subject."""

    @mutation(
        "Adds a tier, and puts every member on the tier that they now reach.",
        TierSlugTaken,
        TierThresholdTaken,
    )
    async def create_tier(self, info: Info, input: CreateTierInput) -> CreateTierSuccess:
        """See `resolvers.tiers.create_tier`."""
        return CreateTierSuccess.of(await tiers.create_tier(info.context, input.to_command()))

    @mutation(
        "Changes a tier, and puts every member on the tier that they now reach.",
        TierNotFound,
        TierThresholdTaken,
    )
    async def update_tier(self, info: Info, input: UpdateTierInput) -> UpdateTierSuccess:
        """See `resolvers.tiers.update_tier`."""
        return UpdateTierSuccess.of(await tiers.update_tier(info.context, input.to_command()))

    @mutation(
        "Archives a tier, and puts its members on the tier below.",
        TierNotFound,
    )
    async def archive_tier(self, info: Info, input: ArchiveTierInput) -> ArchiveTierSuccess:
        """See `resolvers.tiers.archive_tier`."""
        return ArchiveTierSuccess.of(await tiers.archive_tier(info.context, input.to_command()))
