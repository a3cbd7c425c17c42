"""The refusals of valid calls that the present state does not allow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from domain.enums import LedgerEntryKind
from domain.errors.base import Id, LoyaltyError, Points
from domain.timestamps import serialized


class Conflict(LoyaltyError):
    """A valid call that the present state does not allow."""


@dataclass(eq=False)
class UserErased(Conflict):
    """The user was erased for good. Somebody who comes back needs a new user id."""

    user_id: Annotated[Id, "The id that was given."]
    erased_at: Annotated[datetime, "When the user was erased."]

    @property
    def message(self) -> str:
        return (
            f"The user '{self.user_id}' was erased at {serialized(self.erased_at)}, for good. "
            "Somebody who comes back needs a new user id."
        )


@dataclass(eq=False)
class TierSlugTaken(Conflict):
    """A tier, active or archived, has this slug."""

    slug: Annotated[str, "The slug that is taken."]

    @property
    def message(self) -> str:
        return f"A tier with the slug '{self.slug}' exists. Choose another, or use updateTier."


@dataclass(eq=False)
class TierThresholdTaken(Conflict):
    """Another active tier begins at this threshold."""

    point_threshold: Annotated[Points, "The threshold that is taken, in points."]

    @property
    def message(self) -> str:
        return (
            f"Another active tier begins at {self.point_threshold} points. "
            "Choose another threshold, or archive that tier first."
        )


@dataclass(eq=False)
class InsufficientPoints(Conflict):
    """The balance is smaller than the points that the call would take from it."""

    balance: Annotated[Points, "The balance at that time, in points."]
    requested: Annotated[Points, "The points that the call would take."]

    @property
    def message(self) -> str:
        return f"The balance is {self.balance} points; {self.requested} were to be taken from it."


@dataclass(eq=False)
class PointsLimitExceeded(Conflict):
    """The balance or the lifetime points would exceed the largest number of points."""

    total: Annotated[Points, "The total at that time, in points."]
    requested: Annotated[Points, "The points that the call would add."]
    limit: Annotated[Points, "The largest total, in points."]

    @property
    def message(self) -> str:
        return (
            f"{self.requested} points on top of {self.total} would exceed the limit "
            f"of {self.limit} points."
        )


@dataclass(eq=False)
class EntryAlreadyReversed(Conflict):
    """The entry was reversed before. An entry is reversed at most once."""

    seq: Annotated[Points, "The number of the entry."]
    reversed_by_seq: Annotated[Points, "The number of the entry that reversed it."]

    @property
    def message(self) -> str:
        return f"Entry {self.seq} was reversed before, by entry {self.reversed_by_seq}."


@dataclass(eq=False)
class EntryNotReversible(Conflict):
    """A reversal cannot itself be reversed. Write a new entry instead."""

    kind: Annotated[LedgerEntryKind, "The kind of the entry."]

    @property
    def message(self) -> str:
        return f"An entry of kind {self.kind} cannot be reversed. Write a new entry instead."


@dataclass(eq=False)
class InviteExpired(Conflict):
    """The invite expired before anybody used it."""

    expired_at: Annotated[datetime, "The time from which it is void."]

    @property
    def message(self) -> str:
        return f"The invite expired at {serialized(self.expired_at)}. Issue a new one."


@dataclass(eq=False)
class InviteCancelled(Conflict):
    """The invite was cancelled."""

    cancelled_at: Annotated[datetime, "When it was cancelled."]

    @property
    def message(self) -> str:
        return f"The invite was cancelled at {serialized(self.cancelled_at)}. Issue a new one."


@dataclass(eq=False)
class InviteAlreadyConverted(Conflict):
    """The invite was used before. An invite converts once."""

    completed_at: Annotated[datetime, "When it was converted."]

    @property
    def message(self) -> str:
        return f"The invite was converted at {serialized(self.completed_at)}. It counts only once."


@dataclass(eq=False)
class SelfReferral(Conflict):
    """Referrer and invitee are one person: the same user id, or the same e-mail address."""

    user_id: Annotated[Id, "The referrer."]

    @property
    def message(self) -> str:
        return f"The user '{self.user_id}' cannot refer themselves, by id or by e-mail address."


@dataclass(eq=False)
class InviteeAlreadyReferred(Conflict):
    """Somebody has referred the invitee before. The first referrer counts."""

    user_id: Annotated[Id, "The invitee."]

    @property
    def message(self) -> str:
        return f"The user '{self.user_id}' was referred before. A user is referred only once."


@dataclass(eq=False)
class InviteeNotNew(Conflict):
    """The invitee has been a user for longer than referrals allow."""

    age_days: Annotated[int, "For how many days the invitee has been a user."]
    limit_days: Annotated[int, "Within how many days a referral counts."]

    @property
    def message(self) -> str:
        return (
            f"The invitee became a user {self.age_days} days ago; a referral counts only until "
            f"{self.limit_days} days have passed."
        )


@dataclass(eq=False)
class NotificationAlreadySent(Conflict):
    """The mail was sent before, and the service does not send it twice."""

    sent_at: Annotated[datetime, "When it was sent."]

    @property
    def message(self) -> str:
        return f"The mail was sent at {serialized(self.sent_at)}. It is not sent twice."


@dataclass(eq=False)
class NotificationTooOld(Conflict):
    """The event was removed because of its age, and cannot be sent again."""

    recorded_at: Annotated[datetime, "When its outcome was recorded."]

    @property
    def message(self) -> str:
        return (
            f"The outcome of the event was recorded at {serialized(self.recorded_at)}, and the "
            "event has been removed since. It cannot be sent again."
        )


class LedgerTooLarge(Conflict):
    """The ledger is too large for a checkpoint within one request."""

    @property
    def message(self) -> str:
        return (
            "The ledger is too large for a checkpoint within one request. "
            "The command 'loyalty checkpoint' takes one, however long that takes."
        )


@dataclass(eq=False)
class IdempotencyKeyReused(Conflict):
    """The idempotency key was used before for another request."""

    key: Annotated[str, "The key that was given."]

    @property
    def message(self) -> str:
        return (
            f"The idempotency key '{self.key}' was used for a different request. "
            "Repeat that request unchanged, or choose a new key."
        )
