"""The User type."""

from datetime import datetime

import strawberry

from db.object_types import USER
from domain import entities
from schema.types.node import Node, id_of
from schema.types.served import served


@strawberry.type(description="A user of the platform, as far as this service knows them.")
class User(Node):
    """A user, as GraphQL shows them."""

    user_id: strawberry.ID = strawberry.field(description="The platform's own id of the user.")
    email: str | None = strawberry.field(description="The e-mail address; null if it is unknown.")
    display_name: str | None = strawberry.field(
        description="The name to address the user by; null if it is unknown."
    )
    marketing_messages: bool = strawberry.field(
        description="Whether the user agreed to mails about tiers and offers. The default is false."
    )
    created_at: datetime = strawberry.field(
        description="When this service first recorded the user. An invitee is new from then on."
    )

    erased_at: datetime | None = strawberry.field(
        description="When the user was erased: only the id is kept. Null for other users."
    )

    @classmethod
    def of(cls, user: entities.User) -> "User":
        """Returns a user, as GraphQL shows them."""
        return served(cls, user, id=id_of(USER, user), user_id=user.id)
