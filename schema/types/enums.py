"""The enums of the contract: those of the domain, each with a description of its values.

Modules of `schema` import the enums from here, so that they are described before they are used.
"""

from enum import Enum

import strawberry

from domain.enums import (
    ErrorCode,
    EventKind,
    InviteSource,
    InviteStatus,
    LedgerEntryKind,
    MemberOrder,
    NotificationStatus,
)

__all__ = [
    "ErrorCode",
    "EventKind",
    "InviteSource",
    "InviteStatus",
    "LedgerEntryKind",
    "MemberOrder",
    "NotificationStatus",
]


def _describe(vocabulary: type[Enum], description: str, values: dict[str, str]) -> None:
    definition = strawberry.enum(vocabulary, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]


_describe(
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
_describe(
    InviteStatus,
    "Where a referral invite stands, as of the moment of asking.",
    {
        "SENT": "Open: it can still be converted or cancelled.",
        "CONVERTED": "Used by the invitee, once and for all.",
        "EXPIRED": "Its time was up before anybody used it.",
        "CANCELLED": "Withdrawn before anybody used it.",
    },
)
_describe(
    InviteSource,
    "How a referral invite came to be.",
    {
        "ISSUED": "Issued for the member, with a code of its own to hand on.",
        "SHARE_CODE": "Made when somebody came by the member's share code.",
    },
)
_describe(
    MemberOrder,
    "The orders in which members can be listed. The user id breaks every tie.",
    {
        "NEWEST": "By when they became members, newest first.",
        "LIFETIME_POINTS": "By lifetime points, highest first.",
        "USER_ID": "By user id, ascending.",
    },
)
_describe(
    EventKind,
    "What happened that somebody is told of.",
    {
        "TIER_UPGRADED": "A ledger entry took a member up to a tier.",
        "REFERRAL_INVITE_ISSUED": "An invite was issued for somebody whose address is known.",
    },
)
_describe(
    NotificationStatus,
    "What became of an event for the person to be told.",
    {
        "SENT": "The mail server, or the mail folder, took the mail.",
        "SKIPPED": "They were not to be told; the reason says why.",
        "FAILED": "The mail was refused, or not taken in ten tries; the reason says how.",
    },
)
_describe(
    ErrorCode,
    "Every reason for which a call is refused: the same codes over GraphQL and REST.",
    {
        "BAD_USER_INPUT": "A value that no state of the service could accept. Correct it.",
        "UNAUTHENTICATED": "The call needs a valid token.",
        "FORBIDDEN": "The token is valid, but not for this.",
        "USER_NOT_FOUND": "No such user is known. Create them with `upsertUser`.",
        "TIER_NOT_FOUND": "No tier has this slug.",
        "REFERRAL_CODE_NOT_FOUND": "The code is no invite's and no member's.",
        "LEDGER_ENTRY_NOT_FOUND": "The member has no such ledger entry.",
        "NOTIFICATION_NOT_FOUND": "There is no such notification.",
        "USER_ERASED": "The user was erased, for good: nothing about them is taken in again.",
        "TIER_SLUG_TAKEN": "A tier, active or archived, has this slug.",
        "TIER_THRESHOLD_TAKEN": "Another active tier begins at this threshold.",
        "INSUFFICIENT_POINTS": "The balance does not cover what would be taken from it.",
        "POINTS_LIMIT_EXCEEDED": "A total would exceed what points can be.",
        "ENTRY_ALREADY_REVERSED": "The entry was reversed before.",
        "ENTRY_NOT_REVERSIBLE": "A reversal cannot itself be reversed.",
        "INVITE_EXPIRED": "The invite's time was up.",
        "INVITE_CANCELLED": "The invite was withdrawn.",
        "INVITE_ALREADY_CONVERTED": "The invite has been used.",
        "SELF_REFERRAL": "Referrer and invitee are one person, by user id or e-mail address.",
        "INVITEE_ALREADY_REFERRED": "Somebody has referred the invitee before.",
        "INVITEE_NOT_NEW": "The invitee has been a user for longer than referrals allow.",
        "NOTIFICATION_ALREADY_SENT": "The mail was sent, and is not sent twice.",
        "NOTIFICATION_TOO_OLD": "The event was removed for its age, and cannot be tried again.",
        "LEDGER_TOO_LARGE": "The ledger has outgrown what a request may take.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used before, for another request.",
        "CODE_SPACE_EXHAUSTED": "No free referral code could be drawn. Try again.",
        "UNAVAILABLE": "The service or its database is busy. Try again shortly.",
    },
)
