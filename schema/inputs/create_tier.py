"""The input of `createTier`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import CreateTier
from schema.inputs.base import BENEFITS, KEY, given, of_plain_values
from schema.types.scalars import Points


@of_plain_values
@strawberry.input(description="A new tier.")
class CreateTierInput:
    """See `domain.commands.CreateTier`."""

    slug: str = strawberry.field(
        description="Its lasting name: lower-case letters, digits and hyphens, at most 64."
    )
    name: str = strawberry.field(description="The name to show. At most 200 characters.")
    point_threshold: Points = strawberry.field(
        description="The lifetime points from which a member has it: 0 or more, and not taken."
    )
    benefits: JSON | None = strawberry.field(default=None, description=BENEFITS)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> CreateTier:
        """Returns the command. Raises InvalidInput."""
        return CreateTier(**given(self))
