"""What a caller's idempotency key stands for: claimed first, filled in before the commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db import models
from db.session import Writer

_BY_KEY = select(
    models.IdempotencyKey.operation,
    models.IdempotencyKey.request_hash,
    models.IdempotencyKey.result,
).where(
    models.IdempotencyKey.actor_id == bindparam("actor_id"),
    models.IdempotencyKey.key == bindparam("key"),
)
_REMOVE = text(
    """
    DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency_keys WHERE created_at >= :after AND created_at < :before
        ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )) RETURNING created_at
    """
)


@dataclass(frozen=True, slots=True)
class Use:
    """An earlier use of a key: what was asked, and what to read for the same answer."""

    operation: str
    request_hash: bytes
    result: dict[str, Any]


async def claim(
    writer: Writer, actor_id: str, key: str, *, operation: str, request_hash: bytes
) -> Use | None:
    """Takes a key for this transaction; returns the earlier use if it is taken.

    While another transaction holds the key, this waits for it to end: a key that was claimed by
    work that failed is free again.
    """
    statement = (
        insert(models.IdempotencyKey)
        .values(actor_id=actor_id, key=key, operation=operation, request_hash=request_hash)
        .on_conflict_do_nothing()
        .returning(models.IdempotencyKey.key)
    )
    if await writer.scalar(statement) is not None:
        return None
    return await writer.one(Use, _BY_KEY, {"actor_id": actor_id, "key": key})


async def fill_in(writer: Writer, actor_id: str, key: str, result: dict[str, Any]) -> None:
    """Stores what to read for the same answer under a key that this transaction has claimed."""
    await writer.execute(
        update(models.IdempotencyKey)
        .where(models.IdempotencyKey.actor_id == actor_id, models.IdempotencyKey.key == key)
        .values(result=result)
    )


async def remove(
    writer: Writer, *, after: datetime, before: datetime, limit: int
) -> list[datetime]:
    """Removes the first `limit` keys used from `after` to `before`; returns when they were used.

    A call that is repeated with such a key acts again.
    """
    bounds = {"after": after, "before": before, "limit": limit}
    return await writer.all(lambda used_at: used_at, _REMOVE, bounds)
