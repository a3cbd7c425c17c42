"""The input of `redeemPoints`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import RedeemPoints
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
@strawberry.input(description="Points to take from a balance that covers them. The tier stays.")
class RedeemPointsInput:
    """See `domain.commands.RedeemPoints`."""

    user_id: strawberry.ID = strawberry.field(description=USER_ID)
    points: Points = strawberry.field(description=AMOUNT)
    description: str | None = strawberry.field(default=None, description=DESCRIPTION)
    reference: str | None = strawberry.field(default=None, description=REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    idempotency_key: str = strawberry.field(description=KEY)

    def to_command(self) -> RedeemPoints:
        """Returns the command. Raises InvalidInput."""
        return RedeemPoints(**given(self))
