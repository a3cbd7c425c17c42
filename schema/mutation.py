"""What may be changed: by admins, in one transaction a field."""

import strawberry

from resolvers import notifications, points, referrals, tiers, users
from schema.inputs import (
    AdjustPointsInput,
    ArchiveTierInput,
    CancelReferralInviteInput,
    CompleteReferralInput,
    CreateTierInput,
    EarnPointsInput,
    EraseUserInput,
    IssueReferralInviteInput,
    RedeemPointsInput,
    ReplayNotificationInput,
    ReverseLedgerEntryInput,
    UpdateTierInput,
    UpsertUserInput,
)
from schema.permissions import Info, is_admin
from schema.results.notifications import ReplayNotificationResult, ReplayNotificationSuccess
from schema.results.points import (
    AdjustPointsResult,
    AdjustPointsSuccess,
    EarnPointsResult,
    EarnPointsSuccess,
    RedeemPointsResult,
    RedeemPointsSuccess,
    ReverseLedgerEntryResult,
    ReverseLedgerEntrySuccess,
)
from schema.results.referrals import (
    CancelReferralInviteResult,
    CancelReferralInviteSuccess,
    CompleteReferralResult,
    CompleteReferralSuccess,
    IssueReferralInviteResult,
    IssueReferralInviteSuccess,
)
from schema.results.tiers import (
    ArchiveTierResult,
    ArchiveTierSuccess,
    CreateTierResult,
    CreateTierSuccess,
    UpdateTierResult,
    UpdateTierSuccess,
)
from schema.results.users import (
    EraseUserResult,
    EraseUserSuccess,
    UpsertUserResult,
    UpsertUserSuccess,
)


@strawberry.type(
    description="What may be changed. Each field is one transaction, committed before it answers."
)
class Mutation:
    """The root of all mutations."""

    @strawberry.mutation(
        extensions=is_admin(),
        description="Adds a tier, and puts every member on the tier that they now reach.",
    )
    async def create_tier(self, info: Info, input: CreateTierInput) -> CreateTierResult:
        """See `resolvers.tiers.create_tier`."""
        return CreateTierSuccess.of(await tiers.create_tier(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description="Changes a tier, and puts every member on the tier that they now reach.",
    )
    async def update_tier(self, info: Info, input: UpdateTierInput) -> UpdateTierResult:
        """See `resolvers.tiers.update_tier`."""
        return UpdateTierSuccess.of(await tiers.update_tier(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description="Takes a tier out of the ladder, and puts its members on the one below.",
    )
    async def archive_tier(self, info: Info, input: ArchiveTierInput) -> ArchiveTierResult:
        """See `resolvers.tiers.archive_tier`."""
        return ArchiveTierSuccess.of(await tiers.archive_tier(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description="Makes a user known, or changes what is known of them.",
    )
    async def upsert_user(self, info: Info, input: UpsertUserInput) -> UpsertUserResult:
        """See `resolvers.users.upsert_user`."""
        return UpsertUserSuccess.of(await users.upsert_user(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description=(
            "Forgets who a user is, for good: their e-mail address and name, what they agreed to, "
            "the addresses in their invites and in invites to them, and the mail server's words. "
            "The ledger, the totals and the user id stay, and nobody is mailed in their name."
        ),
    )
    async def erase_user(self, info: Info, input: EraseUserInput) -> EraseUserResult:
        """See `resolvers.users.erase_user`."""
        return EraseUserSuccess.of(await users.erase_user(info.context, input.to_command()))

    @strawberry.mutation(extensions=is_admin(), description="Issues an invite in a member's name.")
    async def issue_referral_invite(
        self, info: Info, input: IssueReferralInviteInput
    ) -> IssueReferralInviteResult:
        """See `resolvers.referrals.issue_referral_invite`."""
        return IssueReferralInviteSuccess.of(
            await referrals.issue_referral_invite(info.context, input.to_command())
        )

    @strawberry.mutation(
        extensions=is_admin(), description="Withdraws an invite that nobody has used."
    )
    async def cancel_referral_invite(
        self, info: Info, input: CancelReferralInviteInput
    ) -> CancelReferralInviteResult:
        """See `resolvers.referrals.cancel_referral_invite`."""
        return CancelReferralInviteSuccess.of(
            await referrals.cancel_referral_invite(info.context, input.to_command())
        )

    @strawberry.mutation(
        extensions=is_admin(),
        description=(
            "Credits a member, and the invitee where the invite says so, for a new user who came "
            "by a code. The same code with the same invitee again is a replay."
        ),
    )
    async def complete_referral(
        self, info: Info, input: CompleteReferralInput
    ) -> CompleteReferralResult:
        """See `resolvers.referrals.complete_referral`."""
        return CompleteReferralSuccess.of(
            await referrals.complete_referral(info.context, input.to_command())
        )

    @strawberry.mutation(
        extensions=is_admin(), description="Gives a member points that count towards a tier."
    )
    async def earn_points(self, info: Info, input: EarnPointsInput) -> EarnPointsResult:
        """See `resolvers.points.earn_points`."""
        return EarnPointsSuccess.of(await points.earn_points(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(), description="Takes points from a balance that covers them."
    )
    async def redeem_points(self, info: Info, input: RedeemPointsInput) -> RedeemPointsResult:
        """See `resolvers.points.redeem_points`."""
        return RedeemPointsSuccess.of(await points.redeem_points(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description="Corrects a balance by hand, either way, without touching the tier.",
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustPointsResult:
        """See `resolvers.points.adjust_points`."""
        return AdjustPointsSuccess.of(await points.adjust_points(info.context, input.to_command()))

    @strawberry.mutation(
        extensions=is_admin(),
        description="Undoes a ledger entry, once, with what it counted towards a tier.",
    )
    async def reverse_ledger_entry(
        self, info: Info, input: ReverseLedgerEntryInput
    ) -> ReverseLedgerEntryResult:
        """See `resolvers.points.reverse_ledger_entry`."""
        return ReverseLedgerEntrySuccess.of(
            await points.reverse_ledger_entry(info.context, input.to_command())
        )

    @strawberry.mutation(
        extensions=is_admin(),
        description="Tries once more to tell somebody, after whatever stood in the way is gone.",
    )
    async def replay_notification(
        self, info: Info, input: ReplayNotificationInput
    ) -> ReplayNotificationResult:
        """See `resolvers.notifications.replay_notification`."""
        return ReplayNotificationSuccess.of(
            await notifications.replay_notification(info.context, input.to_command())
        )
