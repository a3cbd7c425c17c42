"""The input of `completeReferral`."""

import strawberry

from domain.commands import CompleteReferral
from schema.inputs.base import KEY, given, of_plain_values


@of_plain_values
@strawberry.input(description="Who has come by which code.")
class CompleteReferralInput:
    """See `domain.commands.CompleteReferral`."""

    code: str = strawberry.field(
        description="An invite's code, or a member's share code. Case and hyphens do not matter."
    )
    invitee_id: strawberry.ID = strawberry.field(
        description="The user who came: known, new, and never referred before."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> CompleteReferral:
        """Returns the command. Raises InvalidInput."""
        return CompleteReferral(**given(self))
