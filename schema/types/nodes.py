"""`node` and `nodes`: how an object of each type is loaded by its key, and served."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from db import object_types
from db.json_queries.roots import ObjectRoot, object_root
from db.object_types import Key, ObjectType
from domain.actor import Actor
from domain.errors.base import InvalidInput
from resolvers import ledger, members, notifications, referrals, tiers, users
from resolvers.context import Context
from schema.permissions import Info
from schema.types.ledger_entry import LedgerEntry
from schema.types.member import Member
from schema.types.node import NODES_MAX, Node, object_of
from schema.types.notification import Notification
from schema.types.referral_invite import ReferralInvite
from schema.types.tier import Tier
from schema.types.user import User

EntityT = TypeVar("EntityT")


@dataclass(frozen=True, slots=True)
class NodeType(Generic[EntityT]):
    """A registered type: `load` returns the entity that the caller may see, `serve` shows it."""

    load: Callable[[Context, Key], Awaitable[EntityT | None]]
    serve: Callable[[EntityT], Node]

    async def find(self, context: Context, key: Key) -> Node | None:
        """Returns the object with this key, or None where the caller may see none."""
        entity = await self.load(context, key)
        return None if entity is None else self.serve(entity)


NODE_TYPES: dict[ObjectType, NodeType[Any]] = {
    object_types.TIER: NodeType(lambda context, key: tiers.get_tier(context, key["id"]), Tier.of),
    object_types.USER: NodeType(lambda context, key: users.get_user(context, key["id"]), User.of),
    object_types.MEMBER: NodeType(
        lambda context, key: members.find_member(context, key["user_id"]), Member.of
    ),
    object_types.LEDGER_ENTRY: NodeType(
        lambda context, key: ledger.get_entry(context, (key["member_id"], key["seq"])),
        LedgerEntry.of,
    ),
    object_types.REFERRAL_INVITE: NodeType(
        lambda context, key: referrals.get_invite(context, (key["referrer_id"], key["id"])),
        ReferralInvite.of,
    ),
    object_types.NOTIFICATION: NodeType(
        lambda context, key: notifications.get_notification(context, (key["user_id"], key["id"])),
        Notification.of,
    ),
}
"""Every type of objects that `node` finds."""


@dataclass(frozen=True, slots=True)
class NamedObject:
    """The object that a global id names."""

    type: ObjectType
    key: Key

    @property
    def root(self) -> ObjectRoot:
        """The root of a statement that reads the object."""
        return object_root(self.type)

    def is_visible_to(self, actor: Actor) -> bool:
        """Returns whether the caller may see the object."""
        return self.type.is_visible_to(actor, self.key)


def object_named(field: str, value: str) -> NamedObject:
    """Returns the object that a global id names.

    Raises:
        InvalidInput: the value is not the id of any object.
    """
    return NamedObject(*object_of(NODE_TYPES, field, value))


async def find_node(info: Info, field: str, value: str) -> Node | None:
    """Returns the object with this global id, or None where the caller may see none.

    Raises:
        InvalidInput: the value is not the id of any object.
    """
    named = object_named(field, value)
    return await NODE_TYPES[named.type].find(info.context, named.key)


async def find_nodes(info: Info, ids: Sequence[str]) -> list[Node | None]:
    """Returns the objects with these global ids, in their order.

    Raises:
        InvalidInput: there are more than 100, or one is not the id of any object.
    """
    if len(ids) > NODES_MAX:
        raise InvalidInput("ids", f"must be at most {NODES_MAX}, not {len(ids)}.")
    return await asyncio.gather(
        *(find_node(info, f"ids[{index}]", value) for index, value in enumerate(ids))
    )
