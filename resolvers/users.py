"""The platform's users, as far as this service must know them."""

from dataclasses import dataclass
from typing import Any

from db.repositories import users
from db.session import Writer
from domain.commands import UpsertUser
from domain.entities import User
from resolvers.context import Context, once


@dataclass
class UserChange:
    """A user as they are now, and whether they were unknown before."""

    user: User
    created: bool
    replayed: bool = False

    def receipt(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"user_id": self.user.id, "created": self.created}


async def get_user(context: Context, user_id: str) -> User | None:
    """Returns the user, or None where there is none or they are not the caller's to see."""
    if not context.actor.may_see(user_id):
        return None
    return await context.loaders.user_by_id.load(user_id)


async def upsert_user(context: Context, command: UpsertUser) -> UserChange:
    """Creates a user, or changes what is given of one.

    Raises:
        IdempotencyKeyReused: see `once`.
    """

    async def perform(writer: Writer) -> UserChange:
        created = await users.upsert(writer, command)
        return UserChange(await _known(writer, command.user_id), created)

    return await once(context, command, perform, _recall)


async def _recall(writer: Writer, receipt: dict[str, Any]) -> UserChange:
    return UserChange(await _known(writer, receipt["user_id"]), receipt["created"])


async def _known(writer: Writer, user_id: str) -> User:
    user = await users.by_id(writer, user_id)
    assert user is not None, "users are not deleted"
    return user
