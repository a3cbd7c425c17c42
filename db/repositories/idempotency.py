"""What a caller's idempotency key stands for: claimed first, filled in before the commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from db import models
from db.engine.sessions import Writer
from db.engine.statements import Compiled

_IS_CLAIMED = (
    models.IdempotencyKey.actor_id == bindparam("claim_actor_id"),
    models.IdempotencyKey.key == bindparam("claim_key"),
)
_TAKE = Compiled(
    insert(models.IdempotencyKey)
    .values(
        actor_id=bindparam("claim_actor_id"),
        key=bindparam("claim_key"),
        operation=bindparam("claim_operation"),
        request_hash=bindparam("claim_request_hash"),
    )
    .on_conflict_do_nothing()
    .returning(true().label("is_taken"))
)
_FILL_IN = Compiled(
    update(models.IdempotencyKey)
    .where(*_IS_CLAIMED)
    .values(result=bindparam("claim_result", type_=models.IdempotencyKey.result.type))
)
_EARLIER = Compiled(
    select(
        models.IdempotencyKey.operation,
        models.IdempotencyKey.request_hash,
        models.IdempotencyKey.result,
    ).where(*_IS_CLAIMED)
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
class Claim:
    """The use of a caller's key for one request, which its digest identifies."""

    actor_id: str
    key: str
    operation: str
    request_hash: bytes

    @property
    def owned_key(self) -> tuple[str, str]:
        """The key with its actor: equal keys of different actors are different keys."""
        return self.actor_id, self.key


@dataclass(frozen=True, slots=True)
class Use:
    """An earlier use of a key: what was asked, and what to read for the same answer."""

    operation: str
    request_hash: bytes
    result: dict[str, Any]


async def take(writer: Writer, claim: Claim) -> bool:
    """Takes a key for this transaction; returns False where somebody has it.

    While another transaction holds the key, this waits for it to end: a key that was claimed by
    work that failed is free again.
    """
    taken = {"claim_operation": claim.operation, "claim_request_hash": claim.request_hash}
    return await writer.scalar(_TAKE, _named(claim) | taken) is not None


async def earlier_use(writer: Writer, claim: Claim) -> Use:
    """Returns what the key of a claim that came too late was used for.

    It takes a statement of its own: the one that waited for the other transaction does not see
    what that has written.
    """
    return await writer.one(Use, _EARLIER, _named(claim))


async def fill_in(writer: Writer, claim: Claim, result: dict[str, Any]) -> None:
    """Stores what to read for the same answer under a key that this transaction has claimed."""
    await writer.execute(_FILL_IN, _named(claim) | {"claim_result": result})


async def remove(
    writer: Writer, *, after: datetime, before: datetime, limit: int
) -> list[datetime]:
    """Removes the first `limit` keys used from `after` to `before`; returns when they were used.

    A call that is repeated with such a key acts again.
    """
    bounds = {"after": after, "before": before, "limit": limit}
    return await writer.all(lambda used_at: used_at, _REMOVE, bounds)


def _named(claim: Claim) -> dict[str, Any]:
    return {"claim_actor_id": claim.actor_id, "claim_key": claim.key}
