"""The input of `upsertUser`."""

import strawberry

from domain.commands import UpsertUser
from schema.inputs.base import KEY, USER_ID, given


@strawberry.input(
    description="What the platform knows of a user. What is left out stays; null removes it."
)
class UpsertUserInput:
    """See `domain.commands.UpsertUser`."""

    user_id: strawberry.ID = strawberry.field(description=USER_ID)
    email: strawberry.Maybe[str | None] = strawberry.field(
        description="Where mail reaches them. At most 254 characters."
    )
    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="What to call them. At most 200 characters."
    )
    marketing_messages: bool | None = strawberry.field(
        default=None,
        description="Whether they agree to mails about tiers and offers. The default is no.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> UpsertUser:
        """Returns the command. Raises InvalidInput."""
        return UpsertUser(**given(self))
