"""Where a JSON query begins: at one row, at a short list, or at a page of a long one.

Slot 0 of the argument signature says which of a root's arguments are given. One of them is
`OWNER_SCOPE`: the only user whose objects are found where the caller may not see every user's.
"""

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, BindParameter, Select, String, and_
from sqlalchemy.orm import aliased

from db import models, object_types
from db.json_queries.declarations import Bind, Column, Connection, Filter, Row
from db.json_queries.expressions import plain, quoted, string, timestamp
from db.json_queries.mapping import INVITES
from db.models import Timestamp
from db.object_types import ObjectType
from db.repositories.members import beginning_with, comes_after, ordering, sort_key
from domain.enums import MemberOrder


@dataclass(frozen=True, slots=True, eq=False)
class ObjectRoot:
    """The object of a type with a key: its columns, with the types of the arguments of that name.

    `through` is a search by another key.
    """

    type_name: str
    key: Map[str, Any]
    through: Filter | None = None

    @property
    def type_names(self) -> tuple[str, ...]:
        """The type of the object, alone."""
        return (self.type_name,)

    def find(self, statement: Select[Any], row: Row, bind: Bind) -> Select[Any]:
        """Narrows a table down to the object."""
        if self.through is not None:
            return self.through(statement, row, bind)
        return statement.where(
            *(getattr(row, name) == bind(name, self.key[name]) for name in self.key)
        )


@dataclass(frozen=True, slots=True)
class ObjectsRoot:
    """As many objects as were asked for, in their order, each of one of several types.

    An argument is the list of what one type's objects have in a column of their key, by
    `argument_of`; a list of their places, from 1 on, stands beside it; and `count` is how many
    objects were asked for. What is not found is null.
    """

    kinds: tuple[ObjectRoot, ...]

    @property
    def type_names(self) -> tuple[str, ...]:
        """The types of the objects."""
        return tuple(kind.type_name for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class FieldsRoot:
    """One field of each of several objects, by their keys: a list of as many texts.

    An argument is what one object has in a column of its key, by `argument_of` the object's number
    from 0 on. What is not found is NULL.
    """

    kinds: tuple[ObjectRoot, ...]

    @property
    def type_names(self) -> tuple[str, ...]:
        """The types of the objects."""
        return tuple(kind.type_name for kind in self.kinds)


POSITION = "place"
OWNER_SCOPE = "owner_scope"


def argument_of(which: str | int, column: str) -> str:
    """Returns the name of the argument for a column of a key, or for `POSITION`."""
    return f"{column}_of_{which}"


@dataclass(frozen=True, slots=True, eq=False)
class ListRoot:
    """All objects of a type, in order."""

    type_name: str
    order_by: Callable[[Row], tuple[Column, ...]]
    filters: Map[str, Filter] = field(default_factory=dict)

    @property
    def type_names(self) -> tuple[str, ...]:
        """The type of the objects, alone."""
        return (self.type_name,)


@dataclass(frozen=True, slots=True, eq=False)
class ConnectionRoot:
    """A list in pages: of all, or of one object's own; without that object there is no list."""

    pages: Connection
    of: ObjectRoot | None = None

    @property
    def type_names(self) -> tuple[str, ...]:
        """The type of what is listed, alone."""
        return (self.pages.type_name,)


Root: TypeAlias = ObjectRoot | ObjectsRoot | FieldsRoot | ListRoot | ConnectionRoot


def _by(**columns: Any) -> Filter:
    """Returns the search by columns, each with the type of the argument of the same name."""

    def find(statement: Select[Any], row: Row, bind: Bind) -> Select[Any]:
        return statement.where(
            *(getattr(row, name) == bind(name, type_) for name, type_ in columns.items())
        )

    return find


def _by_code(statement: Select[Any], invite: Row, bind: Bind) -> Select[Any]:
    code = aliased(models.ReferralCode)
    claimed = and_(code.owner_id == invite.referrer_id, code.invite_id == invite.id)
    return statement.join(code, claimed).where(code.code == bind("code", String))


TIERS = ListRoot(
    "Tier",
    order_by=lambda tier: (tier.point_threshold, tier.slug),
    filters={"only_active": lambda statement, tier, _bind: statement.where(tier.is_active)},
)


@cache
def object_root(type_: ObjectType) -> ObjectRoot:
    """Returns the root of an object of a type with a global id, by its key."""
    # Without the column's length: a cast to varchar(128) would shorten an id that is too long.
    return ObjectRoot(
        type_.name, {name: type(getattr(type_.model, name).type) for name in type_.key}
    )


TIER_BY_SLUG = ObjectRoot("Tier", {"slug": String})
MEMBER = object_root(object_types.MEMBER)
INVITE_BY_CODE = ObjectRoot("ReferralInvite", {}, through=_by_code)


def _search(statement: Select[Any], member: Row, bind: Bind) -> Select[Any]:
    return beginning_with(statement, member, bind("search", String))


def _members(order: MemberOrder) -> ConnectionRoot:
    types: tuple[Any, ...] = {
        MemberOrder.NEWEST: (Timestamp, String),
        MemberOrder.LIFETIME_POINTS: (BigInteger, String),
        MemberOrder.USER_ID: (String,),
    }[order]
    serializers = {Timestamp: timestamp, BigInteger: plain, String: string}

    def after(member: Row, bind: Bind) -> Column:
        given: list[BindParameter[Any]] = [
            bind(f"after_{part}", type_) for part, type_ in enumerate(types)
        ]
        return comes_after(member, order, tuple(given))

    return ConnectionRoot(
        Connection(
            "Member",
            name=f"members.{order}",
            key=lambda member: sort_key(member, order),
            serializers=tuple(serializers[type_] for type_ in types),
            order_by=lambda member: ordering(member, order),
            after=after,
            filters={"search": _search},
        )
    )


def _on_tier(members: ConnectionRoot) -> ConnectionRoot:
    # To PostgreSQL the tier is any tier. An index for each order makes the plan right for all of
    # them, however many members they have.
    within = replace(members.pages, within=lambda tier, member: member.tier_id == tier.id)
    return ConnectionRoot(within, of=TIER_BY_SLUG)


MEMBERS = {order: _members(order) for order in MemberOrder}
MEMBERS_ON_TIER = {order: _on_tier(members) for order, members in MEMBERS.items()}
INVITES_OF_ALL = ConnectionRoot(
    replace(
        INVITES,
        within=None,
        filters={**INVITES.filters, "referrer_id": _by(referrer_id=String)},
    )
)
NOTIFICATIONS = ConnectionRoot(
    Connection(
        "Notification",
        name="notifications",
        key=lambda notification: (notification.id,),
        serializers=(quoted,),
        order_by=lambda notification: (notification.id.desc(),),
        after=INVITES.after,
        filters={"user_id": _by(user_id=String), "status": _by(status=String)},
    )
)
