"""The input of `cancelReferralInvite`."""

import strawberry

from domain.commands import CancelReferralInvite
from schema.inputs.base import KEY, given, of_plain_values


@of_plain_values
@strawberry.input(description="An invite to withdraw.")
class CancelReferralInviteInput:
    """See `domain.commands.CancelReferralInvite`."""

    code: str = strawberry.field(description="The invite's code.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> CancelReferralInvite:
        """Returns the command. Raises InvalidInput."""
        return CancelReferralInvite(**given(self))
