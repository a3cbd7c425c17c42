"""The input of `issueReferralInvite`."""

import strawberry
from strawberry.scalars import JSON

from domain.commands import IssueReferralInvite
from schema.inputs.base import KEY, METADATA, given
from schema.types.scalars import Points


@strawberry.input(description="An invite in a member's name.")
class IssueReferralInviteInput:
    """See `domain.commands.IssueReferralInvite`."""

    user_id: strawberry.ID = strawberry.field(
        description="Who invites: a known user, who becomes a member if they are none."
    )
    invitee_email: str | None = strawberry.field(
        default=None, description="The address that the invite is meant for. Not the referrer's."
    )
    reward_points: Points | None = strawberry.field(
        default=None, description="What the referrer gets: at least 1; the operator sets the most."
    )
    invitee_reward_points: Points | None = strawberry.field(
        default=None,
        description="What the invitee gets: 0 for nothing; the operator sets the most.",
    )
    expires_in_days: strawberry.Maybe[int | None] = strawberry.field(
        description="In how many days it is void, 1 to 3,650; null for never."
    )
    metadata: JSON | None = strawberry.field(default=None, description=METADATA)
    idempotency_key: str = strawberry.field(description=KEY)

    def to_command(self) -> IssueReferralInvite:
        """Returns the command. Raises InvalidInput."""
        return IssueReferralInvite(**given(self))
