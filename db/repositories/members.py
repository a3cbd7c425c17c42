"""Memberships: looked up, created on first sight, locked, and listed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.repositories import tiers
from db.rows import MEMBER, in_owner_scope
from domain.codes import DRAWS_MAX, MEMBER_CODE_LENGTH, CodeGenerator
from domain.entities import Member, Tier
from domain.enums import MemberOrder
from domain.errors.base import CodeSpaceExhausted

_shown = select(*MEMBER).where(in_owner_scope(models.Member.user_id))
_BY_IDS = Compiled(
    _shown.where(models.Member.user_id == any_(bindparam("ids", type_=ARRAY(String))))
)
_BY_ID = Compiled(_shown.where(models.Member.user_id == bindparam("id")))
_USER_EXISTS = Compiled(
    select(models.User.id).where(
        models.User.id == bindparam("user_id"), in_owner_scope(models.User.id)
    )
)
# One statement, so that of any number of concurrent callers one makes the row and the others find
# it. A code that is taken makes no row; the caller then draws another.
_PROVISION = Compiled(
    text(
        """
    WITH joined AS (
        INSERT INTO loyalty_members (user_id, referral_code, tier_id, tier_since)
        SELECT users.id, :code, entry_tier.id, CASE WHEN entry_tier.id IS NOT NULL THEN now() END
        FROM users
        LEFT JOIN (
            SELECT id FROM loyalty_tiers WHERE is_active AND point_threshold = 0
        ) AS entry_tier ON true
        WHERE users.id = :user_id
          AND (CAST(:owner_scope AS text) IS NULL OR users.id = CAST(:owner_scope AS text))
          AND NOT EXISTS (SELECT FROM loyalty_referral_codes WHERE code = :code)
        ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id, referral_code
    )
    INSERT INTO loyalty_referral_codes (code, owner_id)
    SELECT referral_code, user_id FROM joined
    RETURNING owner_id
    """
    )
)


def locking(opening: CTE, is_asked_for: ColumnElement[bool], *also: Any) -> Select[Any]:
    """Returns the statement that, after `opening`, takes the tier lock and then locks members.

    Its rows are the columns `also`, the time of the transaction, the tiers, and each member, by
    ascending id: `parse_locked` reads them. The whole statement sees one snapshot, which may be
    older than its last wait. That is right all the same:
    a row that `FOR UPDATE` waits for is read again as it is then; `hold_ladder` reads by a snapshot
    of its own; and a member who joined meanwhile counts as missing, which the caller looks into.
    """
    active_tiers = (
        select(cast(func.hold_ladder(tiers.TIER_LOCK), Text).label("tiers"))
        .select_from(opening)
        .cte("tiers")
    )
    locked = (
        select(*MEMBER)
        .select_from(active_tiers)
        .join(models.Member, is_asked_for)
        .order_by(models.Member.user_id)
        .with_for_update(of=models.Member)
        .cte("locked")
    )
    return select(*also, func.now(), active_tiers.c.tiers, *locked.c).select_from(
        active_tiers.outerjoin(locked, true())
    )


_open = select(true().label("is_open")).cte("opening")
_ids = bindparam("ids", type_=ARRAY(String))
_is_asked_for = and_(models.Member.user_id == any_(_ids), in_owner_scope(models.Member.user_id))
_present = select(func.count()).where(_is_asked_for).scalar_subquery()
# Where one of the members is missing, none is locked: what is missing is made first.
_LOCK = Compiled(locking(_open, and_(_is_asked_for, _present == func.cardinality(_ids))))
_LOCK_ONE = Compiled(
    locking(
        _open,
        and_(models.Member.user_id == bindparam("id"), in_owner_scope(models.Member.user_id)),
    )
)


@dataclass(frozen=True, slots=True)
class Locked:
    """What a transaction that began at `now` has locked: the active tiers, and members by id."""

    now: datetime
    active_tiers: Sequence[Tier]
    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list: `search` is the beginning of an id, e-mail address or name."""

    search: str | None = None
    tier_id: UUID | None = None


async def by_ids(reader: Reader, user_ids: Sequence[str]) -> list[Member]:
    """Returns the members among `user_ids`, in any order."""
    return await reader.all(Member, _BY_IDS, {"ids": user_ids, "owner_scope": reader.owner_scope})


async def by_id(reader: Reader, user_id: str) -> Member | None:
    """Returns the member, or None if the user has no membership yet."""
    return await reader.first(Member, _BY_ID, {"id": user_id, "owner_scope": reader.owner_scope})


async def provision(writer: Writer, user_id: str, new_code: CodeGenerator) -> bool:
    """Makes the membership of a known user, unless there is one; returns whether there is one now.

    The caller holds the tier lock. False means that no such user is known.

    Raises:
        CodeSpaceExhausted: eight codes that were drawn were all taken.
    """
    which = {"user_id": user_id, "owner_scope": writer.owner_scope}
    for _ in range(DRAWS_MAX):
        drawn = {"code": new_code(MEMBER_CODE_LENGTH)}
        if await writer.scalar(_PROVISION, which | drawn) is not None:
            return True
        if await by_id(writer, user_id) is not None:
            return True
        if await writer.scalar(_USER_EXISTS, which) is None:
            return False
    raise CodeSpaceExhausted(attempts=DRAWS_MAX)


async def lock(writer: Writer, user_ids: Sequence[str], new_code: CodeGenerator) -> Locked:
    """Takes the tier lock and locks the members, created if missing; unknown users are left out.

    Raises:
        CodeSpaceExhausted: as for `provision`.
    """
    ordered = sorted(set(user_ids))
    rows = await _locked_rows(writer, ordered)
    locked = parse_locked(rows)
    return locked if locked.members else await make_and_lock(writer, ordered, new_code)


async def make_and_lock(writer: Writer, user_ids: Sequence[str], new_code: CodeGenerator) -> Locked:
    """As `lock`, where somebody is missing; `user_ids` are ascending.

    Locking a row that is not there locks nothing: what is missing is made before anything is
    locked, so that no caller ever holds a later member while it waits for an earlier one.

    Raises:
        CodeSpaceExhausted: as for `provision`.
    """
    present = {member.user_id for member in await by_ids(writer, user_ids)}
    known = [
        each for each in user_ids if each in present or await provision(writer, each, new_code)
    ]
    return parse_locked(await _locked_rows(writer, known))


def parse_locked(rows: Sequence[Sequence[Any]], skip: int = 0) -> Locked:
    """Returns what the rows of a `locking` statement say; `skip` columns of its own come first."""
    now, active_tiers = rows[0][skip : skip + 2]
    found = (Member(*row[skip + 2 :]) for row in rows if row[skip + 2] is not None)
    return Locked(
        now=now,
        active_tiers=tiers.parse_tiers(active_tiers),
        members={member.user_id: member for member in found},
    )


async def _locked_rows(writer: Writer, user_ids: list[str]) -> list[tuple[Any, ...]]:
    one = len(user_ids) == 1
    statement, which = (_LOCK_ONE, {"id": user_ids[0]}) if one else (_LOCK, {"ids": user_ids})
    scope = {"owner_scope": writer.owner_scope}
    return await writer.all(lambda *columns: columns, statement, which | scope)


async def page(
    reader: Reader,
    which: MemberFilter,
    order: MemberOrder,
    *,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[Member]:
    """Returns at most `limit` members that come after the sort key `after` in `order`."""
    member = models.Member
    statement = select(*MEMBER).where(in_owner_scope(member.user_id)).limit(limit)
    statement = statement.order_by(*ordering(member, order))
    if which.tier_id is not None:
        statement = statement.where(member.tier_id == which.tier_id)
    if which.search is not None:
        statement = beginning_with(statement, member, prefix_pattern(which.search))
    if after is not None:
        statement = statement.where(comes_after(member, order, after))
    return await reader.all(Member, statement, {"owner_scope": reader.owner_scope})


def sort_key(member: Any, order: MemberOrder) -> tuple[Any, ...]:
    """Returns what places a member, or a row of the table, in `order`; the user id is unique."""
    match order:
        case MemberOrder.NEWEST:
            return (member.created_at, member.user_id)
        case MemberOrder.LIFETIME_POINTS:
            return (member.lifetime_points, member.user_id)
        case MemberOrder.USER_ID:
            return (member.user_id,)


def ordering(member: type[models.Member], order: MemberOrder) -> tuple[ColumnElement[Any], ...]:
    """Returns what to sort rows by: highest or newest first, ties by ascending user id."""
    *first, user_id = sort_key(member, order)
    return (*(column.desc() for column in first), user_id)


def comes_after(
    member: type[models.Member], order: MemberOrder, after: tuple[Any, ...]
) -> ColumnElement[bool]:
    """Returns the condition that a row comes after the sort key `after` in `order`."""
    if order is MemberOrder.USER_ID:
        is_after: ColumnElement[bool] = member.user_id > after[0]
        return is_after
    first, user_id = sort_key(member, order)
    # The first condition alone bounds the index scan.
    return and_(
        first <= after[0], or_(first < after[0], and_(first == after[0], user_id > after[1]))
    )


def prefix_pattern(search: str) -> str:
    """Returns `search` as `beginning_with` takes it: in lower case, without wildcards."""
    return re.sub("[/%_]", r"/\g<0>", search.lower())


def beginning_with(
    statement: Select[Any],
    member: type[models.Member],
    pattern: str | ColumnElement[str],
) -> Select[Any]:
    """Returns the statement for those whose id, e-mail address or name begins with a pattern."""
    user = aliased(models.User)
    begins = (
        func.lower(column).startswith(pattern, escape="/")
        for column in (user.id, user.email, user.display_name)
    )
    return statement.join(user, user.id == member.user_id).where(or_(*begins))
