"""The LedgerEntry type."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain import entities
from domain.errors import InvalidInput
from domain.points import POINTS_MAX
from resolvers import ledger
from schema.permissions import Info, is_admin
from schema.types.enums import LedgerEntryKind
from schema.types.node import Node, global_id, key_of
from schema.types.scalars import Points


@strawberry.type(description="One change of one balance. It is never changed afterwards.")
class LedgerEntry(Node):
    """An entry as it is served."""

    seq: Points = strawberry.field(
        description="The entry's number in the member's ledger: 1, 2, 3… without gaps."
    )
    kind: LedgerEntryKind = strawberry.field(description="Why the balance changed.")
    points: Points = strawberry.field(
        description="By how much: positive for a credit, negative for a debit, never 0."
    )
    balance_after: Points = strawberry.field(description="The balance with this entry.")
    description: str | None = strawberry.field(
        description="What it was for, in words. At most 500 characters."
    )
    reference: str | None = strawberry.field(
        description="What it belongs to: an order, a ticket, a referral code."
    )
    metadata: JSON = strawberry.field(
        description="A JSON object of at most 8,192 bytes, kept as it was given. No personal data."
    )
    created_at: datetime = strawberry.field(description="When the entry was written.")
    hash: str = strawberry.field(
        description=(
            "SHA-256, in 64 hexadecimal digits, of what the entry says and of the `hash` of the "
            "entry before it: a past that was rewritten shows."
        )
    )

    member_id: strawberry.Private[str]
    reverses_seq: strawberry.Private[int | None]
    written_by: strawberry.Private[str]

    @strawberry.field(description="The entry that this one undoes, if it is a reversal.")
    async def reverses(self, info: Info) -> "LedgerEntry | None":
        """Returns the reversed entry."""
        if self.reverses_seq is None:
            return None
        entry = await ledger.get_entry(info.context, (self.member_id, self.reverses_seq))
        return LedgerEntry.of(entry) if entry else None

    @strawberry.field(
        extensions=is_admin(), description="The subject of the token that wrote the entry."
    )
    def actor_id(self) -> strawberry.ID | None:
        """Returns who wrote the entry."""
        return strawberry.ID(self.written_by)

    @classmethod
    def of(cls, entry: entities.LedgerEntry) -> "LedgerEntry":
        """Returns the entry as it is served."""
        return cls(
            id=global_id("LedgerEntry", entry.seq, entry.member_id),
            seq=entry.seq,
            kind=entry.kind,
            points=entry.points,
            balance_after=entry.balance_after,
            description=entry.description,
            reference=entry.reference,
            metadata=JSON(entry.metadata),
            created_at=entry.created_at,
            hash=entry.hash.hex(),
            member_id=entry.member_id,
            reverses_seq=entry.reverses_seq,
            written_by=entry.actor_id,
        )


def entry_key(field: str, value: str) -> tuple[str, int]:
    """Returns the member and the number of the ledger entry with this global id.

    Raises:
        InvalidInput: it is not the id of a ledger entry.
    """
    type_name, seq, user_id = key_of(field, value, parts=2)
    if type_name != "LedgerEntry" or not seq.isascii() or not seq.isdigit():
        raise InvalidInput(field, "is not the id of a ledger entry.")
    if int(seq) > POINTS_MAX:
        raise InvalidInput(field, "is not the id of a ledger entry.")
    return user_id, int(seq)
