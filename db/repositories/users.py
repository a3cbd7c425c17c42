"""The platform's users, as this service knows them, and the mails that they agreed to get."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Case,
    String,
    any_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.rows import columns, in_owner_scope, new
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
    .where(in_owner_scope(models.User.id))
)
"""The users that the owner_scope may see."""

_BY_IDS = Compiled(SHOWN.where(models.User.id == any_(bindparam("ids", type_=ARRAY(String)))))
_by_id = SHOWN.where(models.User.id == bindparam("id"))
_BY_ID = Compiled(_by_id)
# Not FOR UPDATE: who refers to the user in a new row need not wait.
_LOCK = Compiled(_by_id.with_for_update(key_share=True, of=models.User))


def _given(column: InstrumentedAttribute[Any]) -> Case[Any]:
    """Returns what a command gives for a column, or what is there where it gives nothing."""
    return case((bindparam(f"gives_{column.key}", type_=Boolean), new(column)), else_=column)


_DETAILS = (models.User.email, models.User.display_name)
_id = new(models.User.id)
_wish = new(models.NotificationPreference.marketing_messages)
_earlier_wish = (
    select(models.NotificationPreference.marketing_messages)
    .where(models.NotificationPreference.user_id == new(models.User.id))
    .scalar_subquery()
)
_UPSERT = Compiled(
    insert(models.User)
    .from_select(
        [models.User.id, *_DETAILS],
        select(_id, *map(new, _DETAILS)).where(in_owner_scope(_id)),
    )
    # An update even where nothing is given: it is what returns the row.
    .on_conflict_do_update(
        index_elements=["id"],
        set_={column.key: _given(column) for column in _DETAILS},
        where=models.User.erased_at.is_(None),
    )
    .returning(
        # Only a row that this very statement has inserted has no deleting or locking transaction.
        literal_column("xmax = 0", Boolean),
        *columns(
            models.User, User, marketing_messages=func.coalesce(_wish, _earlier_wish, false())
        ),
    )
)
_PREFER = Compiled(
    insert(models.NotificationPreference)
    .values(user_id=_id, marketing_messages=_wish)
    .on_conflict_do_update(
        index_elements=["user_id"],
        set_={"marketing_messages": _wish, "updated_at": func.now()},
        where=models.NotificationPreference.marketing_messages != _wish,
    )
)


async def by_ids(reader: Reader, ids: Sequence[str]) -> list[User]:
    """Returns the users that have one of `ids`, in any order."""
    return await reader.all(User, _BY_IDS, {"ids": ids, "owner_scope": reader.owner_scope})


async def by_id(reader: Reader, user_id: str) -> User | None:
    """Returns the user, or None if the service does not know them."""
    return await reader.first(User, _BY_ID, {"id": user_id, "owner_scope": reader.owner_scope})


async def lock(writer: Writer, user_id: str) -> User | None:
    """Locks the user, and returns them, or None if there is no such user."""
    return await writer.first(User, _LOCK, {"id": user_id, "owner_scope": writer.owner_scope})


async def create_from_claims(writer: Writer, actor: Actor) -> None:
    """Makes the caller's own user row from what their token says, unless there is one."""
    statement = insert(models.User).values(
        id=actor.id, email=actor.email, display_name=actor.display_name
    )
    await writer.execute(statement.on_conflict_do_nothing())


async def upsert(writer: Writer, command: UpsertUser) -> tuple[User, bool] | None:
    """Writes what the command gives and leaves the rest; returns the user, and if they are new.

    A user who was erased, or is not shown to the owner_scope, stays as they are: None.
    """
    given = {"email": command.email, "display_name": command.display_name}
    parameters: dict[str, Any] = {
        "owner_scope": writer.owner_scope,
        "new_id": command.user_id,
        "new_marketing_messages": command.marketing_messages,
    }
    for name, value in given.items():
        parameters[f"gives_{name}"] = value is not UNSET
        parameters[f"new_{name}"] = None if value is UNSET else value
    written = await writer.first(
        lambda created, *user: (User(*user), bool(created)), _UPSERT, parameters
    )
    if written is not None and command.marketing_messages is not None:
        await writer.execute(_PREFER, parameters)
    return written
