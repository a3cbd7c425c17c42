"""What the mutations of a balance answer."""

from typing import Self

import strawberry

from resolvers.points import PointsChange
from schema.results import REPLAYED
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
