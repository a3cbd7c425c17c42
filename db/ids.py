"""Row ids: UUIDv7 (RFC 9562), made here so that every PostgreSQL from 15 on will do."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Returns an id that sorts after those made before it, to the millisecond."""
    return uuid7()


def first_id(at: datetime) -> UUID:
    """Returns the id that no id made at that time or later sorts before, to the millisecond."""
    return UUID(int=int(at.timestamp() * 1_000) << 80)


def made_at(id: UUID) -> datetime:  # noqa: A002  (what else is it)
    """Returns when an id was made, to the millisecond below."""
    return datetime.fromtimestamp((id.int >> 80) / 1_000, UTC)
