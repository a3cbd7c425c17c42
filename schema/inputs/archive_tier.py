"""The input of `archiveTier`."""

import strawberry

from domain.commands import ArchiveTier
from schema.inputs.base import KEY, given, of_plain_values


@of_plain_values
@strawberry.input(description="A tier to archive.")
class ArchiveTierInput:
    """See `domain.commands.ArchiveTier`."""

    slug: str = strawberry.field(description="The tier's slug.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def to_command(self) -> ArchiveTier:
        """Returns the command. Raises InvalidInput."""
        return ArchiveTier(**given(self))
