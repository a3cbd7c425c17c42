"""The User type."""

from datetime import datetime

import strawberry

from domain import entities
from schema.types.node import Node, global_id


@strawberry.type(description="A user of the platform, as this service knows them.")
class User(Node):
    """A user as they are served."""

    user_id: strawberry.ID = strawberry.field(description="The platform's own id of the user.")
    email: str | None = strawberry.field(description="Where mail reaches them, if that is known.")
    display_name: str | None = strawberry.field(description="What to call them, if that is known.")
    marketing_messages: bool = strawberry.field(
        description="Whether they have agreed to be told of tiers and offers. False until they do."
    )
    created_at: datetime = strawberry.field(
        description="When this service first heard of them: referrals count from here."
    )

    erased_at: datetime | None = strawberry.field(
        description="Since when they are known by their id alone; null for everybody else."
    )

    @classmethod
    def of(cls, user: entities.User) -> "User":
        """Returns the user as they are served."""
        return cls(
            id=global_id("User", user.id),
            user_id=strawberry.ID(user.id),
            email=user.email,
            display_name=user.display_name,
            marketing_messages=user.marketing_messages,
            created_at=user.created_at,
            erased_at=user.erased_at,
        )
