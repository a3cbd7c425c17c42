"""The input of `adjustPoints`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import AdjustPoints
from schema.inputs.base import KEY, METADATA, REFERENCE, USER_ID, given, of_plain_values
from schema.types.scalars import Points


@of_plain_values
@strawberry.input(description="A correction of a balance by hand. The tier stays.")
class AdjustPointsInput:
    """See `domain.commands.AdjustPoints`."""

    user_id: strawberry.ID = strawberry.field(description=USER_ID)
    points: Points = strawberry.field(description="By how many points, of either sign; not 0.")
    reason: str = strawberry.field(description="Why, in words. At most 500 characters.")
    reference: str | None = strawberry.field(default=None, description=REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    idempotency_key: str = strawberry.field(description=KEY)

    def to_command(self) -> AdjustPoints:
        """Returns the command. Raises InvalidInput."""
        return AdjustPoints(**given(self))
