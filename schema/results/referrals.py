"""What the mutations of an invite answer."""

from typing import Self

import strawberry

from resolvers.referrals import Conversion, InviteChange
from schema.results import REPLAYED
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
