"""The mutations of an invite, and what they answer."""

from typing import Self

import strawberry

from domain.errors.conflicts import (
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    PointsLimitExceeded,
    SelfReferral,
    UserErased,
)
from domain.errors.not_found import ReferralCodeNotFound, UserNotFound
from resolvers import referrals
from resolvers.referrals import Conversion, InviteChange
from schema.inputs.cancel_referral_invite import CancelReferralInviteInput
from schema.inputs.complete_referral import CompleteReferralInput
from schema.inputs.issue_referral_invite import IssueReferralInviteInput
from schema.permissions import Info
from schema.results import REPLAYED
from schema.results.declaration import mutation
from schema.types.ledger_entry import LedgerEntry
from schema.types.member import Member
from schema.types.referral_invite import ReferralInvite


@strawberry.type
class InviteSuccess:
    """What the mutations of an invite answer."""

    invite: ReferralInvite = strawberry.field(description="The invite as it is now.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, change: InviteChange) -> Self:
        """Returns the change as it is served."""
        return cls(invite=ReferralInvite.of(change.invite), replayed=change.replayed)


@strawberry.type(description="The invite was issued.")
class IssueReferralInviteSuccess(InviteSuccess):
    """See `InviteSuccess`."""


@strawberry.type(description="The invite is cancelled.")
class CancelReferralInviteSuccess(InviteSuccess):
    """See `InviteSuccess`."""


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
    replayed: bool = strawberry.field(description=REPLAYED)

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


@strawberry.type
class ReferralMutations:
    """The fields of Mutation of this subject."""

    @mutation(
        "Issues an invite in a member's name.",
        UserNotFound,
        UserErased,
        SelfReferral,
    )
    async def issue_referral_invite(
        self, info: Info, input: IssueReferralInviteInput
    ) -> IssueReferralInviteSuccess:
        """See `resolvers.referrals.issue_referral_invite`."""
        return IssueReferralInviteSuccess.of(
            await referrals.issue_referral_invite(info.context, input.to_command())
        )

    @mutation(
        "Cancels an open invite.",
        ReferralCodeNotFound,
        InviteExpired,
        InviteAlreadyConverted,
    )
    async def cancel_referral_invite(
        self, info: Info, input: CancelReferralInviteInput
    ) -> CancelReferralInviteSuccess:
        """See `resolvers.referrals.cancel_referral_invite`."""
        return CancelReferralInviteSuccess.of(
            await referrals.cancel_referral_invite(info.context, input.to_command())
        )

    @mutation(
        (
            "Credits a member for a new user who used a code, and the invitee too if the invite "
            "rewards both. The same code with the same invitee again is a replay."
        ),
        ReferralCodeNotFound,
        InviteExpired,
        InviteCancelled,
        InviteAlreadyConverted,
        UserNotFound,
        SelfReferral,
        InviteeAlreadyReferred,
        InviteeNotNew,
        PointsLimitExceeded,
    )
    async def complete_referral(
        self, info: Info, input: CompleteReferralInput
    ) -> CompleteReferralSuccess:
        """See `resolvers.referrals.complete_referral`."""
        return CompleteReferralSuccess.of(
            await referrals.complete_referral(info.context, input.to_command())
        )
