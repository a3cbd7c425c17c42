"""The input of `earnPoints`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import EarnPoints
from schema.inputs.base import (
    AMOUNT,
    DESCRIPTION,
    KEY,
    METADATA,
    REFERENCE,
    USER_ID,
    given,
    of_plain_values,
)
from schema.types.scalars import Points


@of_plain_values
@strawberry.input(description="Points to give to a member. They count towards a tier.")
class EarnPointsInput:
    """See `domain.commands.EarnPoints`."""

    user_id: strawberry.ID = strawberry.field(description=USER_ID)
    points: Points = strawberry.field(description=AMOUNT)
    description: str | None = strawberry.field(default=None, description=DESCRIPTION)
    reference: str | None = strawberry.field(default=None, description=REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    idempotency_key: str = strawberry.field(description=KEY)

    def to_command(self) -> EarnPoints:
        """Returns the command. Raises InvalidInput."""
        return EarnPoints(**given(self))
