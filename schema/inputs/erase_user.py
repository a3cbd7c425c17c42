"""The input of `eraseUser`."""

import strawberry

from domain.commands import EraseUser
from schema.inputs.base import KEY, USER_ID, given, of_plain_values


@of_plain_values
@strawberry.input(description="The user whose personal data is erased.")
class EraseUserInput:
    """See `domain.commands.EraseUser`."""

    user_id: strawberry.ID = strawberry.field(description=USER_ID)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> EraseUser:
        """Returns the command. Raises InvalidInput."""
        return EraseUser(**given(self))
