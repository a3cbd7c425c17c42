"""The platform's users, as far as this service must know them."""

from dataclasses import dataclass
from typing import Any

from db.engine.sessions import Writer
from db.object_types import USER
from db.repositories import users
from db.verification import personal_data
from domain.commands import EraseUser, UpsertUser
from domain.entities import User
from domain.errors.conflicts import UserErased
from domain.errors.not_found import UserNotFound
from resolvers.context import Context, run_idempotently


@dataclass
class UserChange:
    """A user as they are now, and whether they were unknown before."""

    user: User
    created: bool
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"user_id": self.user.id, "created": self.created}


@dataclass
class UserErasure:
    """What is left of a user."""

    user: User
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"user_id": self.user.id}


async def get_user(context: Context, user_id: str) -> User | None:
    """Returns the user, or None where there is none or they are not the caller's to see."""
    if not USER.is_visible_to(context.actor, {"id": user_id}):
        return None
    return await context.loaders.user_by_id.load(user_id)


async def upsert_user(context: Context, command: UpsertUser) -> UserChange:
    """Creates a user, or changes what is given of one.

    Raises:
        UserErased: they were erased, and are not to be known again.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> UserChange:
        written = await users.upsert(writer, command)
        if written is None:
            erased = await _known(writer, command.user_id)
            assert erased.erased_at is not None, "nobody else is left as they are"
            raise UserErased(erased.id, erased.erased_at)
        return UserChange(*written)

    return await run_idempotently(context, command, perform, _replay_change)


async def erase_user(context: Context, command: EraseUser) -> UserErasure:
    """Forgets who a user is, but for their id; one who is erased already stays as they are.

    Raises:
        UserNotFound: no such user is known.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> UserErasure:
        user = await users.lock(writer, command.user_id)
        if user is None:
            raise UserNotFound(command.user_id)
        if user.erased_at is not None:
            return UserErasure(user, replayed=True)
        await personal_data.erase(writer, user)
        return UserErasure(await _known(writer, user.id))

    return await run_idempotently(context, command, perform, _replay_erasure)


async def export_user(context: Context, user_id: str) -> personal_data.Export | None:
    """Returns everything that is held about a user; None for an unknown one."""
    return await personal_data.export(context.reader, user_id)


async def _replay_change(writer: Writer, result_reference: dict[str, Any]) -> UserChange:
    return UserChange(
        await _known(writer, result_reference["user_id"]), result_reference["created"]
    )


async def _replay_erasure(writer: Writer, result_reference: dict[str, Any]) -> UserErasure:
    return UserErasure(await _known(writer, result_reference["user_id"]))


async def _known(writer: Writer, user_id: str) -> User:
    user = await users.by_id(writer, user_id)
    assert user is not None, "users are not deleted"
    return user
