"""The mutations of a user, and what they answer."""

from typing import Self

import strawberry

from domain.errors.conflicts import UserErased
from domain.errors.not_found import UserNotFound
from resolvers import users
from resolvers.users import UserChange, UserErasure
from schema.inputs.erase_user import EraseUserInput
from schema.inputs.upsert_user import UpsertUserInput
from schema.permissions import Info
from schema.results import REPLAYED
from schema.results.declaration import mutation
from schema.types.user import User


@strawberry.type(description="The user was saved.")
class UpsertUserSuccess:
    """What `upsertUser` answers."""

    user: User = strawberry.field(description="The user as they are now.")
    created: bool = strawberry.field(description="Whether the user was unknown before.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, change: UserChange) -> Self:
        """Returns the change as it is served."""
        return cls(user=User.of(change.user), created=change.created, replayed=change.replayed)


@strawberry.type(description="The personal data was erased.")
class EraseUserSuccess:
    """What `eraseUser` answers."""

    user: User = strawberry.field(description="The user without personal data.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, erasure: UserErasure) -> Self:
        """Returns the erasure as it is served."""
        return cls(user=User.of(erasure.user), replayed=erasure.replayed)


@strawberry.type
class UserMutations:
    """The fields of Mutation of this subject."""

    @mutation(
        "Creates a user, or changes their data.",
        UserErased,
    )
    async def upsert_user(self, info: Info, input: UpsertUserInput) -> UpsertUserSuccess:
        """See `resolvers.users.upsert_user`."""
        return UpsertUserSuccess.of(await users.upsert_user(info.context, input.to_command()))

    @mutation(
        (
            "Erases a user's personal data for good: e-mail address, name, consent, the addresses "
            "in their invites and in invites to them, and the answers of the mail server. The "
            "ledger, the totals and the user id stay. No mail is sent in their name any more."
        ),
        UserNotFound,
    )
    async def erase_user(self, info: Info, input: EraseUserInput) -> EraseUserSuccess:
        """See `resolvers.users.erase_user`."""
        return EraseUserSuccess.of(await users.erase_user(info.context, input.to_command()))
