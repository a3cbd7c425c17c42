"""Row ids: UUIDv7 (RFC 9562), made here so that every PostgreSQL from 15 on will do."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Returns an id that sorts after those made before it, to the millisecond."""
    return uuid7()
