"""The LedgerEntry type."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from db.object_types import LEDGER_ENTRY
from domain import entities
from resolvers import ledger
from schema.permissions import Info, is_admin
from schema.types.enums import LedgerEntryKind
from schema.types.node import Node, id_of
from schema.types.scalars import Points
from schema.types.served import served


@strawberry.type(description="One change of one balance. An entry never changes.")
class LedgerEntry(Node):
    """A ledger entry, as GraphQL shows it."""

    seq: Points = strawberry.field(
        description="The entry's number in the member's ledger: 1, 2, 3… without gaps."
    )
    kind: LedgerEntryKind = strawberry.field(description="Why the balance changed.")
    points: Points = strawberry.field(
        description="The change: positive for a credit, negative for a debit, never 0."
    )
    balance_after: Points = strawberry.field(description="The balance after this entry.")
    description: str | None = strawberry.field(
        description="The purpose, as free text of at most 500 characters."
    )
    reference: str | None = strawberry.field(
        description="The order, ticket or referral code that it belongs to."
    )
    metadata: JSON = strawberry.field(
        description="A JSON object of at most 8,192 bytes, stored unchanged. No personal data."
    )
    created_at: datetime = strawberry.field(description="When the entry was written.")
    hash: str = strawberry.field(
        description=(
            "SHA-256, in 64 hexadecimal digits, of the entry's content and of the `hash` of the "
            "entry before it. A later change of any entry shows in it."
        )
    )

    member_id: strawberry.Private[str]
    reverses_seq: strawberry.Private[int | None]
    written_by: strawberry.Private[str]

    @strawberry.field(description="The entry that this one reverses; null if it is no reversal.")
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
        """Returns the subject of the token."""
        return strawberry.ID(self.written_by)

    @classmethod
    def of(cls, entry: entities.LedgerEntry) -> "LedgerEntry":
        """Returns a ledger entry, as GraphQL shows it."""
        return served(
            cls,
            entry,
            id=id_of(LEDGER_ENTRY, entry),
            hash=entry.hash.hex(),
            written_by=entry.actor_id,
        )
