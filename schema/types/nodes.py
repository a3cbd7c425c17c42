"""Finding an object by its global id, where the caller may see it."""

import asyncio
from collections.abc import Sequence

from domain.errors import InvalidInput
from resolvers import ledger, members, notifications, referrals, tiers, users
from schema.permissions import Info
from schema.types.ledger_entry import LedgerEntry, entry_key
from schema.types.member import Member
from schema.types.node import NODES_MAX, Node, key_of, uuid_of
from schema.types.notification import Notification, notification_key
from schema.types.referral_invite import ReferralInvite
from schema.types.tier import Tier
from schema.types.user import User


async def find_node(info: Info, field: str, value: str) -> Node | None:
    """Returns the object with this global id, or None where the caller may see none.

    Raises:
        InvalidInput: it is not the id of any object.
    """
    type_name, key = key_of(field, value, parts=1)
    match type_name:
        case "Tier":
            tier = await tiers.get_tier(info.context, uuid_of(field, key))
            return Tier.of(tier) if tier else None
        case "User":
            user = await users.get_user(info.context, key)
            return User.of(user) if user else None
        case "Member":
            member = await members.find_member(info.context, key)
            return Member.of(member) if member else None
        case "LedgerEntry":
            entry = await ledger.get_entry(info.context, entry_key(field, value))
            return LedgerEntry.of(entry) if entry else None
        case "ReferralInvite":
            _, invite_id, referrer_id = key_of(field, value, parts=2)
            invite = await referrals.get_invite(
                info.context, (referrer_id, uuid_of(field, invite_id))
            )
            return ReferralInvite.of(invite) if invite else None
        case "Notification":
            found = await notifications.get_notification(
                info.context, notification_key(field, value)
            )
            return Notification.of(found) if found else None
        case _:
            raise InvalidInput(field, "is not an id of this service. Take it from an object's id.")


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
