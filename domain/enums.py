"""The enumerations of the service; each value is stored and served under its own name."""

from enum import StrEnum


class Role(StrEnum):
    """The role of a caller."""

    ANONYMOUS = "ANONYMOUS"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"


class LedgerEntryKind(StrEnum):
    """The reason of a ledger entry."""

    EARN = "EARN"
    REDEEM = "REDEEM"
    REFERRAL_BONUS = "REFERRAL_BONUS"
    REFERRAL_WELCOME = "REFERRAL_WELCOME"
    TIER_BONUS = "TIER_BONUS"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "REVERSAL"
    EXPIRE = "EXPIRE"


class InviteStatus(StrEnum):
    """The status of a referral invite; EXPIRED is never stored, but computed from the time."""

    SENT = "SENT"
    CONVERTED = "CONVERTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class InviteSource(StrEnum):
    """The origin of an invite."""

    ISSUED = "ISSUED"
    SHARE_CODE = "SHARE_CODE"


class MemberOrder(StrEnum):
    """The orders in which members can be listed; the user id breaks every tie."""

    NEWEST = "NEWEST"
    LIFETIME_POINTS = "LIFETIME_POINTS"
    USER_ID = "USER_ID"


class NotificationStatus(StrEnum):
    """The outcome of an event for the user that it concerns."""

    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class SkipReason(StrEnum):
    """The reason why an event caused no notification, as intended."""

    MARKETING_OPTED_OUT = "MARKETING_OPTED_OUT"
    NO_EMAIL = "NO_EMAIL"
    USER_ERASED = "USER_ERASED"
    TIER_CHANGED_SINCE = "TIER_CHANGED_SINCE"
    INVITE_NOT_OPEN = "INVITE_NOT_OPEN"
