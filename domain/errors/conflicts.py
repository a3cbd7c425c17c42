"""What the present state rules out."""

from dataclasses import dataclass
from datetime import datetime

from domain.enums import ErrorCode, LedgerEntryKind
from domain.errors.base import LoyaltyError
from domain.timestamps import serialized


class Conflict(LoyaltyError):
    """A sound request that the present state rules out."""


@dataclass(eq=False)
class UserErased(Conflict):
    """The user was erased, and nothing about them is taken in again."""

    code = ErrorCode.USER_ERASED
    user_id: str
    erased_at: datetime

    @property
    def message(self) -> str:
        return (
            f"The user '{self.user_id}' was erased at {serialized(self.erased_at)}, for good. "
            "Somebody who comes back needs a new user id."
        )


@dataclass(eq=False)
class TierSlugTaken(Conflict):
    """Another tier, active or archived, has this slug."""

    code = ErrorCode.TIER_SLUG_TAKEN
    slug: str

    @property
    def message(self) -> str:
        return f"A tier with the slug '{self.slug}' exists. Choose another, or use updateTier."


@dataclass(eq=False)
class TierThresholdTaken(Conflict):
    """Another active tier begins at this threshold (points)."""

    code = ErrorCode.TIER_THRESHOLD_TAKEN
    point_threshold: int

    @property
    def message(self) -> str:
        return (
            f"Another active tier begins at {self.point_threshold} points. "
            "Choose another threshold, or archive that tier first."
        )


@dataclass(eq=False)
class InsufficientPoints(Conflict):
    """The balance does not cover what would be taken from it; both in points."""

    code = ErrorCode.INSUFFICIENT_POINTS
    balance: int
    requested: int

    @property
    def message(self) -> str:
        return f"The balance is {self.balance} points; {self.requested} were to be taken from it."


@dataclass(eq=False)
class PointsLimitExceeded(Conflict):
    """The balance or the lifetime total would exceed `limit`; all in points."""

    code = ErrorCode.POINTS_LIMIT_EXCEEDED
    total: int
    requested: int
    limit: int

    @property
    def message(self) -> str:
        return (
            f"{self.requested} points on top of {self.total} would exceed the limit "
            f"of {self.limit} points."
        )


@dataclass(eq=False)
class EntryAlreadyReversed(Conflict):
    """An entry is reversed at most once; `reversed_by_seq` is the entry that did it."""

    code = ErrorCode.ENTRY_ALREADY_REVERSED
    seq: int
    reversed_by_seq: int

    @property
    def message(self) -> str:
        return f"Entry {self.seq} was reversed before, by entry {self.reversed_by_seq}."


@dataclass(eq=False)
class EntryNotReversible(Conflict):
    """A reversal is final: what it took back is given again by a new entry."""

    code = ErrorCode.ENTRY_NOT_REVERSIBLE
    kind: LedgerEntryKind

    @property
    def message(self) -> str:
        return f"An entry of kind {self.kind} cannot be reversed. Write a new entry instead."


@dataclass(eq=False)
class InviteExpired(Conflict):
    """The invite's time was up before it was used."""

    code = ErrorCode.INVITE_EXPIRED
    expired_at: datetime

    @property
    def message(self) -> str:
        return f"The invite expired at {serialized(self.expired_at)}. Issue a new one."


@dataclass(eq=False)
class InviteCancelled(Conflict):
    """The invite was withdrawn."""

    code = ErrorCode.INVITE_CANCELLED
    cancelled_at: datetime

    @property
    def message(self) -> str:
        return f"The invite was cancelled at {serialized(self.cancelled_at)}. Issue a new one."


@dataclass(eq=False)
class InviteAlreadyConverted(Conflict):
    """The invite has been used; an invite converts once."""

    code = ErrorCode.INVITE_ALREADY_CONVERTED
    completed_at: datetime

    @property
    def message(self) -> str:
        return f"The invite was converted at {serialized(self.completed_at)}. It counts only once."


@dataclass(eq=False)
class SelfReferral(Conflict):
    """Referrer and invitee are one person: the same user, or the same e-mail address."""

    code = ErrorCode.SELF_REFERRAL
    user_id: str

    @property
    def message(self) -> str:
        return f"The user '{self.user_id}' cannot refer themselves, by id or by e-mail address."


@dataclass(eq=False)
class InviteeAlreadyReferred(Conflict):
    """A user is referred once; the first referrer wins."""

    code = ErrorCode.INVITEE_ALREADY_REFERRED
    user_id: str

    @property
    def message(self) -> str:
        return f"The user '{self.user_id}' was referred before. A user is referred only once."


@dataclass(eq=False)
class InviteeNotNew(Conflict):
    """The invitee has been a user for longer than referrals allow; both in days."""

    code = ErrorCode.INVITEE_NOT_NEW
    age_days: int
    limit_days: int

    @property
    def message(self) -> str:
        return (
            f"The invitee became a user {self.age_days} days ago; a referral counts only until "
            f"{self.limit_days} days have passed."
        )


@dataclass(eq=False)
class NotificationAlreadySent(Conflict):
    """The mail went out; sending it again would tell the same person the same thing twice."""

    code = ErrorCode.NOTIFICATION_ALREADY_SENT
    sent_at: datetime

    @property
    def message(self) -> str:
        return f"The mail was sent at {serialized(self.sent_at)}. It is not sent twice."


@dataclass(eq=False)
class NotificationTooOld(Conflict):
    """The event has been removed since; what is told of it is the record alone."""

    code = ErrorCode.NOTIFICATION_TOO_OLD
    recorded_at: datetime

    @property
    def message(self) -> str:
        return (
            f"The event was dealt with at {serialized(self.recorded_at)}, and has been removed "
            "since. It cannot be tried again."
        )


class LedgerTooLarge(Conflict):
    """There are more chains than can be drawn together while a request waits."""

    code = ErrorCode.LEDGER_TOO_LARGE

    @property
    def message(self) -> str:
        return (
            "The ledger is too large for a checkpoint within one request. "
            "The command 'loyalty checkpoint' takes one, however long that takes."
        )


@dataclass(eq=False)
class IdempotencyKeyReused(Conflict):
    """The key was used before by the same caller for another request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    key: str

    @property
    def message(self) -> str:
        return (
            f"The idempotency key '{self.key}' was used for a different request. "
            "Repeat that request unchanged, or choose a new key."
        )
