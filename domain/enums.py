"""The closed vocabularies of the service: each value is stored and served as written."""

from enum import StrEnum


class Role(StrEnum):
    """What the bearer of a token may do."""

    ANONYMOUS = "ANONYMOUS"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"


class LedgerEntryKind(StrEnum):
    """Why a balance changed."""

    EARN = "EARN"
    REDEEM = "REDEEM"
    REFERRAL_BONUS = "REFERRAL_BONUS"
    REFERRAL_WELCOME = "REFERRAL_WELCOME"
    TIER_BONUS = "TIER_BONUS"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "REVERSAL"
    EXPIRE = "EXPIRE"


class InviteStatus(StrEnum):
    """Where a referral invite stands; EXPIRED is never stored, it follows from the clock."""

    SENT = "SENT"
    CONVERTED = "CONVERTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class InviteSource(StrEnum):
    """How an invite came to be."""

    ISSUED = "ISSUED"
    SHARE_CODE = "SHARE_CODE"


class MemberOrder(StrEnum):
    """The orders in which members can be listed; the user id breaks every tie."""

    NEWEST = "NEWEST"
    LIFETIME_POINTS = "LIFETIME_POINTS"
    USER_ID = "USER_ID"


class EventKind(StrEnum):
    """What the outbox tells the rest of the world."""

    TIER_UPGRADED = "TIER_UPGRADED"
    REFERRAL_INVITE_ISSUED = "REFERRAL_INVITE_ISSUED"


class NotificationStatus(StrEnum):
    """What became of an event for the person to be told."""

    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


class SkipReason(StrEnum):
    """Why somebody was not told, and rightly so."""

    MARKETING_OPTED_OUT = "MARKETING_OPTED_OUT"
    NO_EMAIL = "NO_EMAIL"
    USER_ERASED = "USER_ERASED"
    TIER_CHANGED_SINCE = "TIER_CHANGED_SINCE"
    INVITE_NOT_OPEN = "INVITE_NOT_OPEN"
