"""What the mutations of a user answer."""

from typing import Self

import strawberry

from resolvers.users import UserChange, UserErasure
from schema.results import REPLAYED
from schema.types.user import User


@strawberry.type(description="The user is known as given.")
class UpsertUserSuccess:
    """What `upsertUser` answers."""

    user: User = strawberry.field(description="The user as they are now.")
    created: bool = strawberry.field(description="Whether the user was unknown before.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, change: UserChange) -> Self:
        """Returns the change as it is served."""
        return cls(user=User.of(change.user), created=change.created, replayed=change.replayed)


@strawberry.type(description="The user is known by their id alone.")
class EraseUserSuccess:
    """What `eraseUser` answers."""

    user: User = strawberry.field(description="What is left of the user.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, erasure: UserErasure) -> Self:
        """Returns the erasure as it is served."""
        return cls(user=User.of(erasure.user), replayed=erasure.replayed)
