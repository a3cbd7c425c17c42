"""The platform's users, as this service knows them, and what they want to be told."""

from collections.abc import Sequence

from sqlalchemy import (
    ARRAY,
    Boolean,
    String,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from db import models
from db.compiled import Compiled
from db.rows import columns, shown_to_viewer
from db.session import Reader, Writer
from domain.actor import Actor
from domain.commands import UNSET, UpsertUser
from domain.entities import User

_USER = columns(
    models.User,
    User,
    marketing_messages=func.coalesce(models.NotificationPreference.marketing_messages, false()),
)
SHOWN = (
    select(*_USER)
    .outerjoin(
        models.NotificationPreference, models.NotificationPreference.user_id == models.User.id
    )
    .where(shown_to_viewer(models.User.id))
)
"""The users that the viewer may see."""

_BY_IDS = Compiled(SHOWN.where(models.User.id == any_(bindparam("ids", type_=ARRAY(String)))))
_by_id = SHOWN.where(models.User.id == bindparam("id"))
_BY_ID = Compiled(_by_id)
# Not FOR UPDATE: who refers to the user in a new row need not wait.
_LOCK = Compiled(_by_id.with_for_update(key_share=True, of=models.User))


async def by_ids(reader: Reader, ids: Sequence[str]) -> list[User]:
    """Returns the users that have one of `ids`, in any order."""
    return await reader.all(User, _BY_IDS, {"ids": ids, "viewer": reader.viewer})


async def by_id(reader: Reader, user_id: str) -> User | None:
    """Returns the user, or None if the platform has not told us of them."""
    return await reader.first(User, _BY_ID, {"id": user_id, "viewer": reader.viewer})


async def lock(writer: Writer, user_id: str) -> User | None:
    """Locks the user, and returns them, or None if there is no such user."""
    return await writer.first(User, _LOCK, {"id": user_id, "viewer": writer.viewer})


async def create_from_claims(writer: Writer, actor: Actor) -> None:
    """Makes the caller's own user row from what their token says, unless there is one."""
    statement = insert(models.User).values(
        id=actor.id, email=actor.email, display_name=actor.display_name
    )
    await writer.execute(statement.on_conflict_do_nothing())


async def upsert(writer: Writer, command: UpsertUser) -> bool:
    """Writes what the command gives and leaves the rest; returns whether the user is new.

    A user who was erased stays as they are.
    """
    given = {"email": command.email, "display_name": command.display_name}
    values = {name: value for name, value in given.items() if value is not UNSET}
    # A no-op update, where nothing is given, still returns the row. Only a row that this very
    # statement has inserted has no deleting or locking transaction in xmax.
    statement = (
        insert(models.User)
        .values(id=command.user_id, **values)
        .on_conflict_do_update(
            index_elements=["id"],
            set_={"id": command.user_id, **values},
            where=models.User.erased_at.is_(None),
        )
        .returning(literal_column("xmax = 0", Boolean))
    )
    created = bool(await writer.scalar(statement))
    if command.marketing_messages is not None:
        await _prefer(writer, command.user_id, marketing_messages=command.marketing_messages)
    return created


async def _prefer(writer: Writer, user_id: str, *, marketing_messages: bool) -> None:
    preference = {"marketing_messages": marketing_messages}
    statement = insert(models.NotificationPreference).values(user_id=user_id, **preference)
    await writer.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id"],
            set_={**preference, "updated_at": func.now()},
            where=models.NotificationPreference.marketing_messages != marketing_messages,
        )
    )
