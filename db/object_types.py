"""The types of objects that have a global id, each registered once.

What depends on the type of an object is read from its registration: global ids (schema/types/node),
the roots of `node` and `nodes`, and the owner of a row in the row-level filter of JSON queries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from db import models
from db.models import Base
from domain.actor import Actor
from domain.points import POINTS_MAX

Key: TypeAlias = dict[str, Any]
"""The key of an object, by column."""


def _sequence_number(part: str) -> int:
    """Returns the number of a ledger entry. Raises ValueError."""
    if not part.isascii() or not part.isdigit() or int(part) > POINTS_MAX:
        raise ValueError("not the number of a ledger entry")
    return int(part)


@dataclass(frozen=True, eq=False)
class ObjectType:
    """A type of objects with a global id.

    Attributes:
        name: the name of the GraphQL type.
        model: the table of the objects.
        key: the key columns in the order of the global id, each with the function that reads its
            part of an id and raises ValueError. Only the last part may contain a colon.
        owner: the key column with the id of the user who may see the object. None if everybody may.
        is_for_admins: whether only admins may see the objects.
        noun: the name of an object in an error, if there is an argument for ids of this type alone.
    """

    name: str
    model: type[Base]
    key: Mapping[str, Callable[[str], Any]]
    owner: str | None
    is_for_admins: bool = False
    noun: str | None = None

    def is_visible_to(self, actor: Actor, key: Key) -> bool:
        """Returns whether the caller may see the object with this key."""
        if self.is_for_admins:
            return actor.is_admin
        return self.owner is None or actor.may_see(key[self.owner])


TIER = ObjectType("Tier", models.Tier, {"id": UUID}, owner=None)
USER = ObjectType("User", models.User, {"id": str}, owner="id")
MEMBER = ObjectType("Member", models.Member, {"user_id": str}, owner="user_id")
LEDGER_ENTRY = ObjectType(
    "LedgerEntry",
    models.LedgerEntry,
    {"seq": _sequence_number, "member_id": str},
    owner="member_id",
    noun="ledger entry",
)
REFERRAL_INVITE = ObjectType(
    "ReferralInvite", models.ReferralInvite, {"id": UUID, "referrer_id": str}, owner="referrer_id"
)
NOTIFICATION = ObjectType(
    "Notification",
    models.Notification,
    {"id": UUID, "user_id": str},
    owner="user_id",
    is_for_admins=True,
    noun="notification",
)
