"""What the mutations of a balance answer."""

from typing import Annotated, Self

import strawberry

from resolvers.points import PointsChange
from schema.results import REPLAYED
from schema.results.refusals import (
    EntryAlreadyReversed,
    EntryNotReversible,
    IdempotencyKeyReused,
    InsufficientPoints,
    InvalidInput,
    LedgerEntryNotFound,
    PointsLimitExceeded,
    UserNotFound,
)
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
