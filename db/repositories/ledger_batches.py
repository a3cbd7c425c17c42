"""Entries of one call or of several, written together: one statement locks, one writes all.

The parts of one statement see the tables as they were before it, and not each other's rows: what
one needs of another is bound, or read from what that one returns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Select,
    String,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from db import models
from db.engine.failures import is_lock_timeout
from db.engine.sessions import Writer
from db.engine.statements import Compiled, json_text
from db.ids import new_id
from db.repositories import outbox
from db.repositories.idempotency import Claim
from db.repositories.ledger import result_reference
from db.repositories.members import Locked, locking, parse_locked
from db.rows import ENTRY
from domain.entities import LedgerEntry
from domain.events import Event
from domain.ledger import Posted, Posting

LOCK_TIMEOUT_MS = 100
"""How long a batch waits for a lock, in milliseconds; a blocking one waits longer for members."""

_text = ARRAY(String)
_claims = (
    func.unnest(bindparam("actor_ids", type_=_text), bindparam("keys", type_=_text))
    .table_valued("actor_id", "key", with_ordinality="place")
    .render_derived(name="claim")
)
_used = (
    select(func.array_agg(_claims.c.place))
    .join(
        models.IdempotencyKey,
        and_(
            models.IdempotencyKey.actor_id == _claims.c.actor_id,
            models.IdempotencyKey.key == _claims.c.key,
        ),
    )
    .scalar_subquery()
)
_lock_timeout = func.set_config(
    "lock_timeout",
    func.coalesce(bindparam("lock_timeout", type_=String), func.current_setting("lock_timeout")),
    True,
).label("lock_timeout")
_LOCK = Compiled(
    locking(
        select(_lock_timeout).cte("opening"),
        models.Member.user_id == any_(bindparam("ids", type_=_text)),
        _used,
    )
)


class LockContention(Exception):
    """Another transaction has held a member, or the tier lock, for longer than the wait."""


def _listed(parameter: str, *columns: InstrumentedAttribute[Any], **more: Any) -> Select[Any]:
    """Returns the rows that a parameter holds as a JSON list of objects."""
    typed = [column(each.name, each.type) for each in columns]
    typed += [column(name, type_) for name, type_ in more.items()]
    listed = func.json_to_recordset(cast(bindparam(parameter, type_=String), JSON))
    return select(listed.table_valued(*typed).render_derived(name="listed", with_types=True))


# The database makes the time and the hash.
_ENTRY = (
    models.LedgerEntry.member_id,
    models.LedgerEntry.seq,
    models.LedgerEntry.id,
    models.LedgerEntry.kind,
    models.LedgerEntry.points,
    models.LedgerEntry.balance_after,
    models.LedgerEntry.description,
    models.LedgerEntry.reference,
    models.LedgerEntry.metadata_,
    models.LedgerEntry.reverses_seq,
    models.LedgerEntry.invite_id,
    models.LedgerEntry.actor_id,
)

_KEY = (
    models.IdempotencyKey.key,
    models.IdempotencyKey.operation,
    models.IdempotencyKey.request_hash,
    models.IdempotencyKey.result,
)
_MEMBER = (
    models.Member.lifetime_points,
    models.Member.tier_id,
    models.Member.tier_since,
)
_EVENT = (
    models.OutboxEvent.id,
    models.OutboxEvent.kind,
    models.OutboxEvent.user_id,
    models.OutboxEvent.payload,
)
_posted = (
    _listed("posted", *_ENTRY, *_KEY, *_MEMBER, is_newest=Boolean)
    .where(select(_lock_timeout).scalar_subquery().is_not(None))
    .cte("posted")
)
_entries = (
    insert(models.LedgerEntry)
    .from_select(
        [each.name for each in _ENTRY],
        # Each is chained to the one before, which has to be there.
        select(*(_posted.c[each.name] for each in _ENTRY)).order_by(_posted.c.seq),
    )
    .returning(*ENTRY)
    .cte("entry")
)
_members = (
    update(models.Member)
    .where(models.Member.user_id == _posted.c.member_id, _posted.c.is_newest)
    .values(
        ledger_seq=_posted.c.seq,
        points_balance=_posted.c.balance_after,
        **{each.name: _posted.c[each.name] for each in _MEMBER},
    )
)
# A key that another transaction takes at the same time makes it fail as a whole.
_keys = insert(models.IdempotencyKey).from_select(
    ["actor_id", *(each.name for each in _KEY)],
    select(_posted.c.actor_id, *(_posted.c[each.name] for each in _KEY)).where(
        _posted.c.key.is_not(None)
    ),
)
_events = (
    insert(models.OutboxEvent)
    .from_select([each.name for each in _EVENT], _listed("upgrades", *_EVENT))
    .returning(func.pg_notify(outbox.CHANNEL, "").label("woken"))
)
WRITING = (
    select(*_entries.c)
    .select_from(_entries)
    .add_cte(_members.cte("member"), _keys.cte("key"), _events.cte("event"))
)
"""Writes entries, and all that is written with them; `writing` returns what it binds."""

_WRITE = Compiled(WRITING)


@dataclass(frozen=True, slots=True)
class LockedBatch:
    """What a batch has locked, and the places (from 0) of claims whose keys were used before."""

    locked: Locked
    used: frozenset[int]


@dataclass(frozen=True, slots=True)
class Append:
    """An entry that is to be written: what it makes of its member, and who appends it.

    A claim is written with the entry; it is None for a call without a key, and for one whose key
    was taken before.
    """

    posting: Posting
    posted: Posted
    actor_id: str
    claim: Claim | None = None


async def lock(
    writer: Writer,
    user_ids: Iterable[str],
    claims: Sequence[Claim | None],
    *,
    is_blocking: bool,
) -> LockedBatch:
    """Takes the tier lock shared, and locks the users who are members by now.

    A blocking call waits as long as any transaction does.

    Raises:
        LockContention: another transaction has held one of them for too long.
    """
    parameters = {
        "lock_timeout": None if is_blocking else str(LOCK_TIMEOUT_MS),
        "ids": list(user_ids),
        "actor_ids": [claim.actor_id if claim else None for claim in claims],
        "keys": [claim.key if claim else None for claim in claims],
    }
    try:
        rows = await writer.all(lambda *columns: columns, _LOCK, parameters)
    except DBAPIError as error:
        if is_lock_timeout(error):
            raise LockContention from error
        raise
    used = frozenset(place - 1 for place in rows[0][0] or ())
    return LockedBatch(parse_locked(rows, skip=1), used)


async def write(
    writer: Writer, appends: Sequence[Append], *, lock_timeout_ms: int | None = None
) -> list[LedgerEntry]:
    """Writes entries, at least one, and all that is written with them; returns them in order.

    That is: the totals and the tiers of the members, whom the caller has locked; the claims, each
    with what to read for the same answer; and the events of those who have moved up. It waits
    `lock_timeout_ms` for a key that is being taken (None: as long as any statement).

    Raises:
        sqlalchemy.exc.DBAPIError: one of the keys was taken meanwhile, or is being taken.
    """
    entries = await writer.all(LedgerEntry, _WRITE, writing(appends, lock_timeout_ms))
    return in_order(appends, entries)


def writing(appends: Sequence[Append], lock_timeout_ms: int | None = None) -> dict[str, Any]:
    """Returns what `WRITING` binds."""
    members = [append.posted.member for append in appends]
    newest = {member.user_id: member.ledger_seq for member in members}
    upgrades = [append.posted.upgrade for append in appends if append.posted.upgrade is not None]
    return {
        "lock_timeout": None if lock_timeout_ms is None else str(lock_timeout_ms),
        "posted": json_text(
            [_posted_row(each, newest[each.posted.member.user_id]) for each in appends]
        ),
        "upgrades": json_text([_event_row(upgrade) for upgrade in upgrades]),
    }


def in_order(appends: Sequence[Append], entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Returns the entries that were written, one for each of `appends`."""
    written = {(entry.member_id, entry.seq): entry for entry in entries}
    members = (append.posted.member for append in appends)
    return [written[member.user_id, member.ledger_seq] for member in members]


def _posted_row(append: Append, newest_seq: int) -> dict[str, Any]:
    posting, member = append.posting, append.posted.member
    return {
        "member_id": member.user_id,
        "seq": member.ledger_seq,
        "id": new_id(),
        "kind": posting.kind,
        "points": posting.points,
        "balance_after": member.points_balance,
        "description": posting.description,
        "reference": posting.reference,
        "metadata": posting.metadata,
        "reverses_seq": posting.reverses_seq,
        "invite_id": posting.invite_id,
        "actor_id": append.actor_id,
        **_claim_row(append.claim),
        "result": result_reference(member.user_id, member.ledger_seq),
        "lifetime_points": member.lifetime_points,
        "tier_id": member.tier_id,
        "tier_since": member.tier_since,
        "is_newest": member.ledger_seq == newest_seq,
    }


def _claim_row(claim: Claim | None) -> dict[str, Any]:
    if claim is None:
        return {"key": None}
    return {
        "key": claim.key,
        "operation": claim.operation,
        "request_hash": f"\\x{claim.request_hash.hex()}",
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": event.kind,
        "user_id": event.user_id,
        "payload": event.payload(),
    }
