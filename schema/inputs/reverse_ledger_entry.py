"""The input of `reverseLedgerEntry`."""

import strawberry

from db.object_types import LEDGER_ENTRY
from domain.commands import ReverseLedgerEntry
from schema.inputs.base import KEY, of_plain_values
from schema.types.node import key_of


@of_plain_values
@strawberry.input(description="An entry to undo, by another entry.")
class ReverseLedgerEntryInput:
    """See `domain.commands.ReverseLedgerEntry`."""

    entry_id: strawberry.ID = strawberry.field(description="The entry's `id`.")
    reason: str = strawberry.field(description="Why, in words. At most 500 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> ReverseLedgerEntry:
        """Returns the command. Raises InvalidInput."""
        key = key_of(LEDGER_ENTRY, "entryId", self.entry_id)
        return ReverseLedgerEntry(
            user_id=key["member_id"],
            seq=key["seq"],
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )
