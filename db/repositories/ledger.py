"""Ledger entries: appended under the lock on their member, and read in pages, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    String,
    any_,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    true,
    tuple_,
    update,
)

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.ids import new_id
from db.repositories import outbox
from db.rows import ENTRY, MEMBER, in_owner_scope, new, parts
from domain.entities import LedgerEntry, Member
from domain.enums import LedgerEntryKind
from domain.events import Event
from domain.ledger import Posting, Totals

EntryKey = tuple[str, int]
"""A member's id and the number of one of their entries."""

_SEQ_MAX = 2**63 - 1
_KEY = tuple_(models.LedgerEntry.member_id, models.LedgerEntry.seq)
_BY_KEYS = select(*ENTRY).where(
    _KEY.in_(bindparam("keys", expanding=True)), in_owner_scope(models.LedgerEntry.member_id)
)
_BY_KEY = Compiled(
    select(*ENTRY).where(
        models.LedgerEntry.member_id == bindparam("member_id"),
        models.LedgerEntry.seq == bindparam("seq"),
        in_owner_scope(models.LedgerEntry.member_id),
    )
)
_REVERSAL_OF = Compiled(
    select(*ENTRY).where(
        models.LedgerEntry.member_id == bindparam("member_id"),
        models.LedgerEntry.reverses_seq == bindparam("seq"),
    )
)
_CREDITS_OF_INVITE = Compiled(
    select(*ENTRY).where(
        models.LedgerEntry.member_id == any_(bindparam("member_ids", type_=ARRAY(String))),
        models.LedgerEntry.invite_id == bindparam("invite_id"),
    )
)
_newest = (
    select(*ENTRY)
    .where(
        models.LedgerEntry.member_id == models.Member.user_id,
        models.LedgerEntry.seq < bindparam("before_seq"),
        models.LedgerEntry.kind
        == any_(bindparam("kinds", type_=ARRAY(models.LedgerEntry.kind.type))),
    )
    .order_by(models.LedgerEntry.seq.desc())
    .limit(bindparam("limit"))
    .correlate(models.Member)
    .lateral("entry")
)
# Joined to the members' own rows, and not to a list of ids, so that it runs where the member lives.
_PAGES = Compiled(
    select(*_newest.c)
    .select_from(models.Member)
    .join(_newest, true())
    .where(
        models.Member.user_id == any_(bindparam("ids", type_=ARRAY(String))),
        in_owner_scope(models.Member.user_id),
    )
    .order_by(_newest.c.member_id, _newest.c.seq.desc())
)

APPENDED = (
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
"""The columns that are written; the database makes the time and the hash."""

_tier_id = new(models.Member.tier_id)
_entry = (
    insert(models.LedgerEntry)
    .values({column: new(column) for column in APPENDED})
    .returning(*ENTRY)
    .cte("entry")
)
_member = (
    update(models.Member)
    .where(models.Member.user_id == new(models.LedgerEntry.member_id))
    .values(
        ledger_seq=new(models.LedgerEntry.seq),
        points_balance=new(models.LedgerEntry.balance_after),
        lifetime_points=new(models.Member.lifetime_points),
        tier_id=_tier_id,
        tier_since=case(
            (models.Member.tier_id.is_not_distinct_from(_tier_id), models.Member.tier_since),
            (_tier_id.is_(null()), null()),
            else_=func.now(),
        ),
    )
    .returning(*MEMBER)
    .cte("member")
)
# The parts of one statement see the tables as they were before it, and not each other's rows: what
# one needs of another is bound, or read from what that one returns.
APPENDING = (
    select(*_member.c, *_entry.c)
    .join_from(_member, _entry, true())
    .add_cte(outbox.RECORD.cte("event"))
)
"""Writes an entry, and all that is written with it."""

_APPEND = Compiled(APPENDING)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that is to be written, with the totals and the tier at which its member arrives."""

    member_id: str
    posting: Posting
    totals: Totals
    tier_id: UUID | None
    actor_id: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Which entries to list: at most `limit`, older than `before_seq`, of `kinds` (None: all)."""

    limit: int
    before_seq: int | None = None
    kinds: frozenset[LedgerEntryKind] | None = None


async def append(
    writer: Writer, entry: NewEntry, *, event: Event | None = None
) -> tuple[Member, LedgerEntry]:
    """Writes an entry, and all that is written with it, in one statement.

    That is: the totals and the tier of the member, whom the caller has locked, and the event that
    the entry causes.
    """
    member, appended = await writer.one(
        lambda *row: parts(row, Member, LedgerEntry), _APPEND, appending(entry, event)
    )
    return member, appended


def result_reference(member_id: str, seq: int) -> dict[str, Any]:
    """Returns what to keep so that an entry can be read again."""
    return {"member_id": member_id, "seq": seq}


def appending(entry: NewEntry, event: Event | None) -> dict[str, Any]:
    """Returns what `APPENDING` binds."""
    posting, totals = entry.posting, entry.totals
    return {
        "new_member_id": entry.member_id,
        "new_seq": totals.seq,
        "new_id": new_id(),
        "new_kind": posting.kind,
        "new_points": posting.points,
        "new_balance_after": totals.points_balance,
        "new_lifetime_points": totals.lifetime_points,
        "new_tier_id": entry.tier_id,
        "new_description": posting.description,
        "new_reference": posting.reference,
        "new_metadata_": posting.metadata,
        "new_reverses_seq": posting.reverses_seq,
        "new_invite_id": posting.invite_id,
        "new_actor_id": entry.actor_id,
        **outbox.recording(event),
    }


async def by_keys(reader: Reader, keys: Sequence[EntryKey]) -> list[LedgerEntry]:
    """Returns the entries that have one of `keys`, in any order."""
    return await reader.all(
        LedgerEntry, _BY_KEYS, {"keys": list(keys), "owner_scope": reader.owner_scope}
    )


async def by_key(reader: Reader, key: EntryKey) -> LedgerEntry | None:
    """Returns the entry, or None if the member has no such entry."""
    return await reader.first(
        LedgerEntry,
        _BY_KEY,
        {"member_id": key[0], "seq": key[1], "owner_scope": reader.owner_scope},
    )


async def reversal_of(reader: Reader, key: EntryKey) -> LedgerEntry | None:
    """Returns the entry that reverses the one with `key`, if any does."""
    return await reader.first(LedgerEntry, _REVERSAL_OF, {"member_id": key[0], "seq": key[1]})


async def credits_of_invite(
    reader: Reader, invite_id: UUID, member_ids: Sequence[str]
) -> list[LedgerEntry]:
    """Returns what a converted invite gave to these members, in any order."""
    return await reader.all(
        LedgerEntry, _CREDITS_OF_INVITE, {"invite_id": invite_id, "member_ids": member_ids}
    )


async def newest(reader: Reader, member_ids: Sequence[str], page: LedgerPage) -> list[LedgerEntry]:
    """Returns one page of entries for each of `member_ids`, newest first within each."""
    return await reader.all(
        LedgerEntry,
        _PAGES,
        {
            "ids": member_ids,
            "owner_scope": reader.owner_scope,
            "limit": page.limit,
            "before_seq": _SEQ_MAX if page.before_seq is None else page.before_seq,
            "kinds": list(LedgerEntryKind if page.kinds is None else page.kinds),
        },
    )
