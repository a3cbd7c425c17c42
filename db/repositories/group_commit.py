"""Entries of several calls, in one transaction of two statements: one locks, one writes all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from db.repositories import outbox, tiers
from db.repositories.idempotency import Claim
from db.repositories.ledger import APPENDED, EntryKey, result_reference
from db.repositories.members import locking
from db.rows import ENTRY
from domain.entities import LedgerEntry, Member, Tier
from domain.events import Event, TierUpgraded
from domain.ledger import Posting

LOCK_TIMEOUT_MS = 100
"""For so long a group waits for what others hold; a patient one waits longer for members."""

_COMMON = 3
"""So many columns of each row that locks a member are the same in all of them."""

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
_limit = func.coalesce(bindparam("limit", type_=String), func.current_setting("lock_timeout"))
_LOCK = Compiled(
    locking(
        select(func.set_config("lock_timeout", _limit, True).label("limit")).cte("opening"),
        models.Member.user_id == any_(bindparam("ids", type_=_text)),
        func.now(),
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
# Who is making a key may wait for a member of the group: nobody has patience from here on.
_hurry = select(func.set_config("lock_timeout", str(LOCK_TIMEOUT_MS), True)).scalar_subquery()
_posted = (
    _listed("posted", *APPENDED, *_KEY, *_MEMBER, is_newest=Boolean)
    .where(_hurry.is_not(None))
    .cte("posted")
)
_entries = (
    insert(models.LedgerEntry)
    .from_select(
        [each.name for each in APPENDED],
        # Each is chained to the one before, which has to be there.
        select(*(_posted.c[each.name] for each in APPENDED)).order_by(_posted.c.seq),
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
# A key that somebody takes at the same time breaks it, and undoes all of it.
_keys = insert(models.IdempotencyKey).from_select(
    ["actor_id", *(each.name for each in _KEY)],
    select(_posted.c.actor_id, *(_posted.c[each.name] for each in _KEY)),
)
_events = (
    insert(models.OutboxEvent)
    .from_select([each.name for each in _EVENT], _listed("upgrades", *_EVENT))
    .returning(func.pg_notify(outbox.CHANNEL, "").label("woken"))
)
_WRITE = Compiled(
    select(*_entries.c).add_cte(_members.cte("member"), _keys.cte("key"), _events.cte("event"))
)


@dataclass(frozen=True, slots=True)
class Held:
    """What stays as it is until the transaction ends, which has begun at `now`.

    `used` are the places, from 0, of the claims whose keys somebody has used before.
    """

    now: datetime
    used: frozenset[int]
    active_tiers: Sequence[Tier]
    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Append:
    """An entry that is to be written: the member as they are with it, and by whose claim."""

    posting: Posting
    member: Member
    claim: Claim
    upgrade: TierUpgraded | None


async def lock(
    writer: Writer, user_ids: Iterable[str], claims: Sequence[Claim], *, is_blocking: bool
) -> Held:
    """Takes the tier lock shared, and locks the users who are members by now.

    A blocking call waits as long as any transaction does.

    Raises:
        LockContention: somebody else has held one of them for too long.
    """
    parameters = {
        "limit": None if is_blocking else str(LOCK_TIMEOUT_MS),
        "ids": list(user_ids),
        "actor_ids": [claim.actor_id for claim in claims],
        "keys": [claim.key for claim in claims],
    }
    try:
        rows = await writer.all(lambda *columns: columns, _LOCK, parameters)
    except DBAPIError as error:
        if is_lock_timeout(error):
            raise LockContention from error
        raise
    now, used, active_tiers = rows[0][:_COMMON]
    found = (Member(*row[_COMMON:]) for row in rows if row[_COMMON] is not None)
    return Held(
        now=now,
        used=frozenset(place - 1 for place in used or ()),
        active_tiers=tiers.parse_tiers(active_tiers),
        members={member.user_id: member for member in found},
    )


async def write(writer: Writer, appends: Sequence[Append]) -> Mapping[EntryKey, LedgerEntry]:
    """Writes entries, at least one, and all that is written with them; returns them by their keys.

    That is: the totals and the tiers of the members, whom the caller has locked; what to read for
    the same answers; and the events of those who have moved up.

    Raises:
        sqlalchemy.exc.DBAPIError: one of the keys was taken meanwhile, or is being taken.
    """
    newest = {append.member.user_id: append.member.ledger_seq for append in appends}
    upgrades = [append.upgrade for append in appends if append.upgrade is not None]
    parameters = {
        "posted": json_text([_posted_row(each, newest[each.member.user_id]) for each in appends]),
        "upgrades": json_text([_event_row(upgrade) for upgrade in upgrades]),
    }
    entries = await writer.all(LedgerEntry, _WRITE, parameters)
    return {(entry.member_id, entry.seq): entry for entry in entries}


def _posted_row(append: Append, newest_seq: int) -> dict[str, Any]:
    posting, member, claim = append.posting, append.member, append.claim
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
        "actor_id": claim.actor_id,
        "key": claim.key,
        "operation": claim.operation,
        "request_hash": f"\\x{claim.request_hash.hex()}",
        "result": result_reference(member.user_id, member.ledger_seq),
        "lifetime_points": member.lifetime_points,
        "tier_id": member.tier_id,
        "tier_since": member.tier_since,
        "is_newest": member.ledger_seq == newest_seq,
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": event.kind,
        "user_id": event.user_id,
        "payload": event.payload(),
    }
