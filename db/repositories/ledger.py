"""Ledger entries, read by their keys and in pages, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    String,
    any_,
    bindparam,
    select,
    true,
    tuple_,
)

from db import models
from db.engine.sessions import Reader
from db.engine.statements import Compiled
from db.rows import ENTRY, in_owner_scope
from domain.entities import LedgerEntry
from domain.enums import LedgerEntryKind

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


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Which entries to list: at most `limit`, older than `before_seq`, of `kinds` (None: all)."""

    limit: int
    before_seq: int | None = None
    kinds: frozenset[LedgerEntryKind] | None = None


def result_reference(member_id: str, seq: int) -> dict[str, Any]:
    """Returns what to keep so that an entry can be read again."""
    return {"member_id": member_id, "seq": seq}


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
