"""The mutations of a balance, and what they answer."""

from typing import Self

import strawberry

from domain.errors.conflicts import (
    EntryAlreadyReversed,
    EntryNotReversible,
    InsufficientPoints,
    PointsLimitExceeded,
)
from domain.errors.not_found import LedgerEntryNotFound, UserNotFound
from resolvers import points
from resolvers.points import PointsChange
from schema.inputs.adjust_points import AdjustPointsInput
from schema.inputs.earn_points import EarnPointsInput
from schema.inputs.redeem_points import RedeemPointsInput
from schema.inputs.reverse_ledger_entry import ReverseLedgerEntryInput
from schema.permissions import Info
from schema.results import REPLAYED
from schema.results.declaration import mutation
from schema.types.ledger_entry import LedgerEntry
from schema.types.member import Member


@strawberry.type
class PointsSuccess:
    """What the mutations of a balance answer."""

    entry: LedgerEntry = strawberry.field(description="The entry that was written.")
    member: Member = strawberry.field(description="The member as they are now.")
    replayed: bool = strawberry.field(description=REPLAYED)

    @classmethod
    def of(cls, change: PointsChange) -> Self:
        """Returns the change as it is served."""
        return cls(
            entry=LedgerEntry.of(change.entry),
            member=Member.of(change.member),
            replayed=change.replayed,
        )


@strawberry.type(description="The points were credited.")
class EarnPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


@strawberry.type(description="The points were taken.")
class RedeemPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


@strawberry.type(description="The balance was corrected.")
class AdjustPointsSuccess(PointsSuccess):
    """See `PointsSuccess`."""


@strawberry.type(description="The entry was undone.")
class ReverseLedgerEntrySuccess(PointsSuccess):
    """See `PointsSuccess`."""


@strawberry.type
class PointsMutations:
    """The fields of Mutation of this subject."""

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
