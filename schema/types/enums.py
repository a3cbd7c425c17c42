"""The enums of the contract: those of the domain, each with a description of its values.

Modules of `schema` import the enums from here, so that they are described before they are used.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from domain.enums import (
    InviteSource,
    InviteStatus,
    LedgerEntryKind,
    MemberOrder,
    NotificationStatus,
)
from domain.events import EVENTS, EventKind

__all__ = [
    "EventKind",
    "InviteSource",
    "InviteStatus",
    "LedgerEntryKind",
    "MemberOrder",
    "NotificationStatus",
    "described",
]


EnumT = TypeVar("EnumT", bound=type[Enum])


def described(enum: EnumT, description: str, values: Mapping[str, str]) -> EnumT:
    """Returns an enum of the contract: with a description of its own and one of each value."""
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return enum


described(
    LedgerEntryKind,
    "Why a balance changed.",
    {
        "EARN": "Points earned, for an order for example. Counts towards a tier.",
        "REDEEM": "Points spent. The tier stays.",
        "REFERRAL_BONUS": "What a referrer gets for a completed referral. Counts towards a tier.",
        "REFERRAL_WELCOME": "What an invitee gets for it. Counts towards a tier.",
        "TIER_BONUS": "A gift for reaching a tier. Counts towards a tier.",
        "ADJUSTMENT": "A correction by hand, either way. Does not count towards a tier.",
        "REVERSAL": "Undoes one earlier entry, with what that one counted towards a tier.",
        "EXPIRE": "Points whose time was up. The tier stays.",
    },
)
described(
    InviteStatus,
    "Where a referral invite stands, at the time of the request.",
    {
        "SENT": "Open: it can still be converted or cancelled.",
        "CONVERTED": "Used by the invitee, once and for all.",
        "EXPIRED": "Its time was up before anybody used it.",
        "CANCELLED": "Withdrawn before anybody used it.",
    },
)
described(
    InviteSource,
    "How a referral invite came to be.",
    {
        "ISSUED": "Issued for the member, with a code of its own to hand on.",
        "SHARE_CODE": "Made when somebody came by the member's share code.",
    },
)
described(
    MemberOrder,
    "The orders in which members can be listed. The user id breaks every tie.",
    {
        "NEWEST": "By when they became members, newest first.",
        "LIFETIME_POINTS": "By lifetime points, highest first.",
        "USER_ID": "By user id, ascending.",
    },
)
described(
    EventKind,
    "What happened.",
    {event.kind.name: (event.__doc__ or "").partition("\n")[0] for event in EVENTS},
)
described(
    NotificationStatus,
    "The outcome of an event for one person.",
    {
        "SENT": "The mail server, or the mail folder, took the mail.",
        "SKIPPED": "The mail was not to be sent; the reason says why.",
        "FAILED": "The mail was refused, or not taken in ten tries; the reason says how.",
    },
)
