"""The input of `updateTier`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import UpdateTier
from schema.inputs.base import BENEFITS, KEY, given, of_plain_values
from schema.types.scalars import Points


@of_plain_values
@strawberry.input(description="New values for a tier. What is left out, or null, stays as it is.")
class UpdateTierInput:
    """See `domain.commands.UpdateTier`."""

    slug: str = strawberry.field(description="The tier's slug. It cannot be changed.")
    name: str | None = strawberry.field(
        default=None, description="The name to show. At most 200 characters."
    )
    point_threshold: Points | None = strawberry.field(
        default=None, description="The lifetime points from which a member has it."
    )
    benefits: JSON | None = strawberry.field(default=None, description=BENEFITS)
    is_active: bool | None = strawberry.field(
        default=None, description="True brings an archived tier back, false archives it."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> UpdateTier:
        """Returns the command. Raises InvalidInput."""
        return UpdateTier(**given(self))
