"""Refusals that the caller can act on, as members of a mutation's result union."""

from dataclasses import fields
from datetime import datetime

import strawberry
from strawberry.types.field import StrawberryField

from domain import errors
from domain.errors import LoyaltyError
from schema.types.enums import ErrorCode, LedgerEntryKind
from schema.types.scalars import Points


@strawberry.interface(
    description="Why a call was refused. A refused call has changed nothing, not even its key."
)
class UserError:
    """What every refusal has."""

    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="What was wrong and what to do, for people.")


@strawberry.type(description="A value that no state of the service could accept.")
class InvalidInput(UserError):
    """See `domain.errors.InvalidInput`."""

    field: str = strawberry.field(description="The input field that was wrong.")


@strawberry.type(description="No such user is known. Create them with `upsertUser`.")
class UserNotFound(UserError):
    """See `domain.errors.UserNotFound`."""

    user_id: strawberry.ID = strawberry.field(description="The id that was given.")


@strawberry.type(description="No tier has this slug.")
class TierNotFound(UserError):
    """See `domain.errors.TierNotFound`."""

    slug: str = strawberry.field(description="The slug that was given.")


@strawberry.type(description="The code is no invite's, and no member's where that would do.")
class ReferralCodeNotFound(UserError):
    """See `domain.errors.ReferralCodeNotFound`."""

    referral_code: str = strawberry.field(description="The code that was given.")


@strawberry.type(description="The member has no ledger entry of this number.")
class LedgerEntryNotFound(UserError):
    """See `domain.errors.LedgerEntryNotFound`."""

    user_id: strawberry.ID = strawberry.field(description="The member that the id names.")
    seq: Points = strawberry.field(description="The number of the entry that the id names.")


@strawberry.type(description="There is no such notification.")
class NotificationNotFound(UserError):
    """See `domain.errors.NotificationNotFound`."""

    notification_id: strawberry.ID = strawberry.field(description="The id, within its user's.")


@strawberry.type(description="The mail was sent. The same person is not told the same thing twice.")
class NotificationAlreadySent(UserError):
    """See `domain.errors.NotificationAlreadySent`."""

    sent_at: datetime = strawberry.field(description="When that was.")


@strawberry.type(description="The event was removed for its age, and cannot be tried again.")
class NotificationTooOld(UserError):
    """See `domain.errors.NotificationTooOld`."""

    recorded_at: datetime = strawberry.field(description="When it was dealt with.")


@strawberry.type(description="The user was erased. Somebody who comes back needs a new user id.")
class UserErased(UserError):
    """See `domain.errors.UserErased`."""

    user_id: strawberry.ID = strawberry.field(description="The id that was given.")
    erased_at: datetime = strawberry.field(description="When that was.")


@strawberry.type(description="A tier, active or archived, has this slug.")
class TierSlugTaken(UserError):
    """See `domain.errors.TierSlugTaken`."""

    slug: str = strawberry.field(description="The slug that is taken.")


@strawberry.type(description="Another active tier begins at this threshold.")
class TierThresholdTaken(UserError):
    """See `domain.errors.TierThresholdTaken`."""

    point_threshold: Points = strawberry.field(description="The threshold that is taken.")


@strawberry.type(description="The balance does not cover what would be taken from it.")
class InsufficientPoints(UserError):
    """See `domain.errors.InsufficientPoints`."""

    balance: Points = strawberry.field(description="What the balance was at that moment.")
    requested: Points = strawberry.field(description="What would have been taken from it.")


@strawberry.type(description="The balance or the lifetime points would exceed what points can be.")
class PointsLimitExceeded(UserError):
    """See `domain.errors.PointsLimitExceeded`."""

    total: Points = strawberry.field(description="What the total was at that moment.")
    requested: Points = strawberry.field(description="What would have been added to it.")
    limit: Points = strawberry.field(description="What the total may be at most.")


@strawberry.type(description="The entry was reversed before. An entry is reversed at most once.")
class EntryAlreadyReversed(UserError):
    """See `domain.errors.EntryAlreadyReversed`."""

    seq: Points = strawberry.field(description="The number of the entry.")
    reversed_by_seq: Points = strawberry.field(description="The number of its reversal.")


@strawberry.type(description="A reversal cannot itself be reversed. Write a new entry instead.")
class EntryNotReversible(UserError):
    """See `domain.errors.EntryNotReversible`."""

    kind: LedgerEntryKind = strawberry.field(description="The kind of the entry.")


@strawberry.type(description="The invite's time was up before it was used.")
class InviteExpired(UserError):
    """See `domain.errors.InviteExpired`."""

    expired_at: datetime = strawberry.field(description="The moment from which it is void.")


@strawberry.type(description="The invite was withdrawn.")
class InviteCancelled(UserError):
    """See `domain.errors.InviteCancelled`."""

    cancelled_at: datetime = strawberry.field(description="When that was.")


@strawberry.type(description="The invite has been used. An invite converts once.")
class InviteAlreadyConverted(UserError):
    """See `domain.errors.InviteAlreadyConverted`."""

    completed_at: datetime = strawberry.field(description="When that was.")


@strawberry.type(description="Referrer and invitee are one person, by id or by e-mail address.")
class SelfReferral(UserError):
    """See `domain.errors.SelfReferral`."""

    user_id: strawberry.ID = strawberry.field(description="The referrer.")


@strawberry.type(description="Somebody has referred the invitee before. The first referrer wins.")
class InviteeAlreadyReferred(UserError):
    """See `domain.errors.InviteeAlreadyReferred`."""

    user_id: strawberry.ID = strawberry.field(description="The invitee.")


@strawberry.type(description="The invitee has been a user for longer than referrals allow.")
class InviteeNotNew(UserError):
    """See `domain.errors.InviteeNotNew`."""

    age_days: int = strawberry.field(description="For how many days they have been a user.")
    limit_days: int = strawberry.field(description="Within how many days a referral counts.")


@strawberry.type(description="The idempotency key was used before, for another request.")
class IdempotencyKeyReused(UserError):
    """See `domain.errors.IdempotencyKeyReused`."""

    key: str = strawberry.field(description="The key that was given.")


class _Refusal:
    """Serves a refusal of the domain where the field's union has the type of the same name."""

    def __init__(self, refusal: type[LoyaltyError], served_as: type[UserError]) -> None:
        self.exception_type = refusal
        self.error_type = served_as
        self._names = [each.name for each in fields(served_as)]

    def handle(
        self, exception: LoyaltyError, *, field: StrawberryField, info: strawberry.Info
    ) -> UserError:
        values = {name: getattr(exception, name) for name in self._names}
        return self.error_type(**values)


HANDLERS = [
    _Refusal(getattr(errors, served_as.__name__), served_as)
    for served_as in UserError.__subclasses__()
]
"""What turns a refusal of the domain into its union member: no field has to."""
