"""What admins may change: each field commits its change before it answers."""

import strawberry

from domain.errors.conflicts import (
    EntryAlreadyReversed,
    EntryNotReversible,
    InsufficientPoints,
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    NotificationAlreadySent,
    NotificationTooOld,
    PointsLimitExceeded,
    SelfReferral,
    TierSlugTaken,
    TierThresholdTaken,
    UserErased,
)
from domain.errors.not_found import (
    LedgerEntryNotFound,
    NotificationNotFound,
    ReferralCodeNotFound,
    TierNotFound,
    UserNotFound,
)
from resolvers import notifications, points, referrals, tiers, users
from schema.inputs.adjust_points import AdjustPointsInput
from schema.inputs.archive_tier import ArchiveTierInput
from schema.inputs.cancel_referral_invite import CancelReferralInviteInput
from schema.inputs.complete_referral import CompleteReferralInput
from schema.inputs.create_tier import CreateTierInput
from schema.inputs.earn_points import EarnPointsInput
from schema.inputs.erase_user import EraseUserInput
from schema.inputs.issue_referral_invite import IssueReferralInviteInput
from schema.inputs.redeem_points import RedeemPointsInput
from schema.inputs.replay_notification import ReplayNotificationInput
from schema.inputs.reverse_ledger_entry import ReverseLedgerEntryInput
from schema.inputs.update_tier import UpdateTierInput
from schema.inputs.upsert_user import UpsertUserInput
from schema.permissions import Info
from schema.results.declaration import mutation
from schema.results.notifications import ReplayNotificationSuccess
from schema.results.points import (
    AdjustPointsSuccess,
    EarnPointsSuccess,
    RedeemPointsSuccess,
    ReverseLedgerEntrySuccess,
)
from schema.results.referrals import (
    CancelReferralInviteSuccess,
    CompleteReferralSuccess,
    IssueReferralInviteSuccess,
)
from schema.results.tiers import (
    ArchiveTierSuccess,
    CreateTierSuccess,
    UpdateTierSuccess,
)
from schema.results.users import EraseUserSuccess, UpsertUserSuccess


@strawberry.type(
    description="What may be changed. Each field is one transaction, committed before it answers."
)
class Mutation:
    """The root of all mutations."""

    @mutation(
        "Adds a tier, and puts every member on the tier that they now reach.",
        TierSlugTaken,
        TierThresholdTaken,
    )
    async def create_tier(self, info: Info, input: CreateTierInput) -> CreateTierSuccess:
        """See `resolvers.tiers.create_tier`."""
        return CreateTierSuccess.of(await tiers.create_tier(info.context, input.to_command()))

    @mutation(
        "Changes a tier, and puts every member on the tier that they now reach.",
        TierNotFound,
        TierThresholdTaken,
    )
    async def update_tier(self, info: Info, input: UpdateTierInput) -> UpdateTierSuccess:
        """See `resolvers.tiers.update_tier`."""
        return UpdateTierSuccess.of(await tiers.update_tier(info.context, input.to_command()))

    @mutation(
        "Archives a tier, and puts its members on the tier below.",
        TierNotFound,
    )
    async def archive_tier(self, info: Info, input: ArchiveTierInput) -> ArchiveTierSuccess:
        """See `resolvers.tiers.archive_tier`."""
        return ArchiveTierSuccess.of(await tiers.archive_tier(info.context, input.to_command()))

    @mutation(
        "Makes a user known, or changes what is known of them.",
        UserErased,
    )
    async def upsert_user(self, info: Info, input: UpsertUserInput) -> UpsertUserSuccess:
        """See `resolvers.users.upsert_user`."""
        return UpsertUserSuccess.of(await users.upsert_user(info.context, input.to_command()))

    @mutation(
        (
            "Forgets who a user is, for good: their e-mail address and name, what they agreed to, "
            "the addresses in their invites and in invites to them, and the mail server's words. "
            "The ledger, the totals and the user id stay, and nobody is mailed in their name."
        ),
        UserNotFound,
    )
    async def erase_user(self, info: Info, input: EraseUserInput) -> EraseUserSuccess:
        """See `resolvers.users.erase_user`."""
        return EraseUserSuccess.of(await users.erase_user(info.context, input.to_command()))

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
        "Withdraws an invite that nobody has used.",
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
            "Credits a member, and the invitee where the invite says so, for a new user who came "
            "by a code. The same code with the same invitee again is a replay."
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

    @mutation(
        "Gives a member points that count towards a tier.",
        UserNotFound,
        PointsLimitExceeded,
    )
    async def earn_points(self, info: Info, input: EarnPointsInput) -> EarnPointsSuccess:
        """See `resolvers.points.earn_points`."""
        return EarnPointsSuccess.of(await points.earn_points(info.context, input.to_command()))

    @mutation(
        "Takes points from a balance that covers them.",
        UserNotFound,
        InsufficientPoints,
    )
    async def redeem_points(self, info: Info, input: RedeemPointsInput) -> RedeemPointsSuccess:
        """See `resolvers.points.redeem_points`."""
        return RedeemPointsSuccess.of(await points.redeem_points(info.context, input.to_command()))

    @mutation(
        "Corrects a balance by hand, either way, without touching the tier.",
        UserNotFound,
        InsufficientPoints,
        PointsLimitExceeded,
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustPointsSuccess:
        """See `resolvers.points.adjust_points`."""
        return AdjustPointsSuccess.of(await points.adjust_points(info.context, input.to_command()))

    @mutation(
        "Undoes a ledger entry, once, with what it counted towards a tier.",
        LedgerEntryNotFound,
        EntryAlreadyReversed,
        EntryNotReversible,
        InsufficientPoints,
        PointsLimitExceeded,
    )
    async def reverse_ledger_entry(
        self, info: Info, input: ReverseLedgerEntryInput
    ) -> ReverseLedgerEntrySuccess:
        """See `resolvers.points.reverse_ledger_entry`."""
        return ReverseLedgerEntrySuccess.of(
            await points.reverse_ledger_entry(info.context, input.to_command())
        )

    @mutation(
        "Tries once more to tell somebody, after whatever stood in the way is gone.",
        NotificationNotFound,
        NotificationAlreadySent,
        NotificationTooOld,
    )
    async def replay_notification(
        self, info: Info, input: ReplayNotificationInput
    ) -> ReplayNotificationSuccess:
        """See `resolvers.notifications.replay_notification`."""
        return ReplayNotificationSuccess.of(
            await notifications.replay_notification(info.context, input.to_command())
        )
