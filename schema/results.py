"""What each mutation answers: its success, or one of the refusals that it can meet."""

from typing import Annotated, Self

import strawberry

from resolvers.notifications import NotificationReplay
from resolvers.points import PointsChange
from resolvers.referrals import Conversion, InviteChange
from resolvers.tiers import TierChange
from resolvers.users import UserChange, UserErasure
from schema.errors import (
    EntryAlreadyReversed,
    EntryNotReversible,
    IdempotencyKeyReused,
    InsufficientPoints,
    InvalidInput,
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    LedgerEntryNotFound,
    NotificationAlreadySent,
    NotificationNotFound,
    NotificationTooOld,
    PointsLimitExceeded,
    ReferralCodeNotFound,
    SelfReferral,
    TierNotFound,
    TierSlugTaken,
    TierThresholdTaken,
    UserErased,
    UserNotFound,
)
from schema.ledger_entry import LedgerEntry
from schema.member import Member
from schema.notification import Notification
from schema.referral_invite import ReferralInvite
from schema.scalars import Points
from schema.tier import Tier
from schema.user import User

_REPLAYED = (
    "Whether this is the answer to an earlier, equal request: nothing was done again. "
    "Totals and tiers are as they are now, entries as they were written."
)


@strawberry.type
class TierSuccess:
    """What the mutations of a tier answer."""

    tier: Tier = strawberry.field(description="The tier as it is now.")
    members_reassessed: Points = strawberry.field(
        description="How many members have another tier because of it. Nobody is mailed."
    )
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, change: TierChange) -> Self:
        """Returns the change as it is served."""
        return cls(
            tier=Tier.of(change.tier),
            members_reassessed=change.members_reassessed,
            replayed=change.replayed,
        )


@strawberry.type
class InviteSuccess:
    """What the mutations of an invite answer."""

    invite: ReferralInvite = strawberry.field(description="The invite as it is now.")
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, change: InviteChange) -> Self:
        """Returns the change as it is served."""
        return cls(invite=ReferralInvite.of(change.invite), replayed=change.replayed)


@strawberry.type
class PointsSuccess:
    """What the mutations of a balance answer."""

    entry: LedgerEntry = strawberry.field(description="The entry that was written.")
    member: Member = strawberry.field(description="The member as they are now.")
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, change: PointsChange) -> Self:
        """Returns the change as it is served."""
        return cls(
            entry=LedgerEntry.of(change.entry),
            member=Member.of(change.member),
            replayed=change.replayed,
        )


@strawberry.type(description="The tier was created.")
class CreateTierSuccess(TierSuccess):
    """See `TierSuccess`."""


CreateTierResult = Annotated[
    CreateTierSuccess | TierSlugTaken | TierThresholdTaken | IdempotencyKeyReused | InvalidInput,
    strawberry.union("CreateTierResult", description="CreateTierSuccess, or why nothing was done."),
]


@strawberry.type(description="The tier was changed.")
class UpdateTierSuccess(TierSuccess):
    """See `TierSuccess`."""


UpdateTierResult = Annotated[
    UpdateTierSuccess | TierNotFound | TierThresholdTaken | IdempotencyKeyReused | InvalidInput,
    strawberry.union("UpdateTierResult", description="UpdateTierSuccess, or why nothing was done."),
]


@strawberry.type(description="The tier is archived.")
class ArchiveTierSuccess(TierSuccess):
    """See `TierSuccess`."""


ArchiveTierResult = Annotated[
    ArchiveTierSuccess | TierNotFound | IdempotencyKeyReused | InvalidInput,
    strawberry.union(
        "ArchiveTierResult", description="ArchiveTierSuccess, or why nothing was done."
    ),
]


@strawberry.type(description="The user is known as given.")
class UpsertUserSuccess:
    """What `upsertUser` answers."""

    user: User = strawberry.field(description="The user as they are now.")
    created: bool = strawberry.field(description="Whether the user was unknown before.")
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, change: UserChange) -> Self:
        """Returns the change as it is served."""
        return cls(user=User.of(change.user), created=change.created, replayed=change.replayed)


UpsertUserResult = Annotated[
    UpsertUserSuccess | UserErased | IdempotencyKeyReused | InvalidInput,
    strawberry.union("UpsertUserResult", description="UpsertUserSuccess, or why nothing was done."),
]


@strawberry.type(description="The user is known by their id alone.")
class EraseUserSuccess:
    """What `eraseUser` answers."""

    user: User = strawberry.field(description="What is left of the user.")
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, erasure: UserErasure) -> Self:
        """Returns the erasure as it is served."""
        return cls(user=User.of(erasure.user), replayed=erasure.replayed)


EraseUserResult = Annotated[
    EraseUserSuccess | UserNotFound | IdempotencyKeyReused | InvalidInput,
    strawberry.union("EraseUserResult", description="EraseUserSuccess, or why nothing was done."),
]


@strawberry.type(description="The invite was issued.")
class IssueReferralInviteSuccess(InviteSuccess):
    """See `InviteSuccess`."""


IssueReferralInviteResult = Annotated[
    IssueReferralInviteSuccess | UserNotFound | SelfReferral | IdempotencyKeyReused | InvalidInput,
    strawberry.union(
        "IssueReferralInviteResult",
        description="IssueReferralInviteSuccess, or why nothing was done.",
    ),
]


@strawberry.type(description="The invite is cancelled.")
class CancelReferralInviteSuccess(InviteSuccess):
    """See `InviteSuccess`."""


CancelReferralInviteResult = Annotated[
    CancelReferralInviteSuccess
    | ReferralCodeNotFound
    | InviteExpired
    | InviteAlreadyConverted
    | IdempotencyKeyReused
    | InvalidInput,
    strawberry.union(
        "CancelReferralInviteResult",
        description="CancelReferralInviteSuccess, or why nothing was done.",
    ),
]


@strawberry.type(description="The referral is complete: the invite converted, rewards credited.")
class CompleteReferralSuccess:
    """What `completeReferral` answers."""

    invite: ReferralInvite = strawberry.field(description="The converted invite.")
    referrer: Member = strawberry.field(description="The referrer as they are now.")
    invitee: Member = strawberry.field(description="The invitee as they are now.")
    referrer_entry: LedgerEntry = strawberry.field(description="What the referrer was credited.")
    invitee_entry: LedgerEntry | None = strawberry.field(
        description="What the invitee was credited; null where only the referrer is rewarded."
    )
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, conversion: Conversion) -> Self:
        """Returns the conversion as it is served."""
        welcome = conversion.invitee_entry
        return cls(
            invite=ReferralInvite.of(conversion.invite),
            referrer=Member.of(conversion.referrer),
            invitee=Member.of(conversion.invitee),
            referrer_entry=LedgerEntry.of(conversion.referrer_entry),
            invitee_entry=LedgerEntry.of(welcome) if welcome else None,
            replayed=conversion.replayed,
        )


CompleteReferralResult = Annotated[
    CompleteReferralSuccess
    | ReferralCodeNotFound
    | InviteExpired
    | InviteCancelled
    | InviteAlreadyConverted
    | UserNotFound
    | SelfReferral
    | InviteeAlreadyReferred
    | InviteeNotNew
    | PointsLimitExceeded
    | IdempotencyKeyReused
    | InvalidInput,
    strawberry.union(
        "CompleteReferralResult", description="CompleteReferralSuccess, or why nothing was done."
    ),
]


@strawberry.type(description="The points were credited.")
class EarnPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


EarnPointsResult = Annotated[
    EarnPointsSuccess | UserNotFound | PointsLimitExceeded | IdempotencyKeyReused | InvalidInput,
    strawberry.union("EarnPointsResult", description="EarnPointsSuccess, or why nothing was done."),
]


@strawberry.type(description="The points were taken.")
class RedeemPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


RedeemPointsResult = Annotated[
    RedeemPointsSuccess | UserNotFound | InsufficientPoints | IdempotencyKeyReused | InvalidInput,
    strawberry.union(
        "RedeemPointsResult", description="RedeemPointsSuccess, or why nothing was done."
    ),
]


@strawberry.type(description="The balance was corrected.")
class AdjustPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


AdjustPointsResult = Annotated[
    AdjustPointsSuccess
    | UserNotFound
    | InsufficientPoints
    | PointsLimitExceeded
    | IdempotencyKeyReused
    | InvalidInput,
    strawberry.union(
        "AdjustPointsResult", description="AdjustPointsSuccess, or why nothing was done."
    ),
]


@strawberry.type(description="The entry was undone.")
class ReverseLedgerEntrySuccess(PointsSuccess):
    """See `PointsSuccess`."""


ReverseLedgerEntryResult = Annotated[
    ReverseLedgerEntrySuccess
    | LedgerEntryNotFound
    | EntryAlreadyReversed
    | EntryNotReversible
    | InsufficientPoints
    | PointsLimitExceeded
    | IdempotencyKeyReused
    | InvalidInput,
    strawberry.union(
        "ReverseLedgerEntryResult",
        description="ReverseLedgerEntrySuccess, or why nothing was done.",
    ),
]


@strawberry.type(description="The event is due once more; its outcome will be recorded anew.")
class ReplayNotificationSuccess:
    """What `replayNotification` answers."""

    notification: Notification = strawberry.field(description="The record as it is until then.")
    replayed: bool = strawberry.field(description=_REPLAYED)

    @classmethod
    def of(cls, replay: NotificationReplay) -> Self:
        """Returns the replay as it is served."""
        return cls(notification=Notification.of(replay.notification), replayed=replay.replayed)


ReplayNotificationResult = Annotated[
    ReplayNotificationSuccess
    | NotificationNotFound
    | NotificationAlreadySent
    | NotificationTooOld
    | IdempotencyKeyReused
    | InvalidInput,
    strawberry.union(
        "ReplayNotificationResult",
        description="ReplayNotificationSuccess, or why nothing was done.",
    ),
]
