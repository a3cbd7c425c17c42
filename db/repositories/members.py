"""Memberships: looked up, created on first sight, locked, and listed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased

from db import models
from db.rows import MEMBER
from db.session import Reader, Writer
from domain.codes import DRAWS_MAX, MEMBER_CODE_LENGTH, CodeGenerator
from domain.entities import Member
from domain.enums import MemberOrder
from domain.errors import CodeSpaceExhausted
from domain.ledger import Totals

_BY_IDS = select(*MEMBER).where(
    models.Member.user_id == any_(bindparam("ids", type_=ARRAY(String)))
)
_LOCK = _BY_IDS.order_by(models.Member.user_id).with_for_update()
_USER_EXISTS = select(models.User.id).where(models.User.id == bindparam("user_id"))
# One statement, so that of any number of concurrent callers one makes the row and the others find
# it. A code that is taken makes no row; the caller then draws another.
_PROVISION = text(
    """
    WITH joined AS (
        INSERT INTO loyalty_members (user_id, referral_code, tier_id, tier_since)
        SELECT users.id, :code, entry_tier.id, CASE WHEN entry_tier.id IS NOT NULL THEN now() END
        FROM users
        LEFT JOIN (
            SELECT id FROM loyalty_tiers WHERE is_active AND point_threshold = 0
        ) AS entry_tier ON true
        WHERE users.id = :user_id
          AND NOT EXISTS (SELECT FROM loyalty_referral_codes WHERE code = :code)
        ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id, referral_code
    )
    INSERT INTO loyalty_referral_codes (code, owner_id)
    SELECT referral_code, user_id FROM joined
    """
)


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list: `search` is the beginning of an id, e-mail address or name."""

    search: str | None = None
    tier_id: UUID | None = None


async def by_ids(reader: Reader, user_ids: Sequence[str]) -> list[Member]:
    """Returns the members among `user_ids`, in any order."""
    return await reader.all(Member, _BY_IDS, {"ids": user_ids})


async def by_id(reader: Reader, user_id: str) -> Member | None:
    """Returns the member, or None if the user has no membership yet."""
    return await reader.first(Member, _BY_IDS, {"ids": [user_id]})


async def provision(writer: Writer, user_id: str, new_code: CodeGenerator) -> bool:
    """Makes the membership of a known user, unless there is one; returns whether there is one now.

    The caller holds the ladder. False means that no such user is known.

    Raises:
        CodeSpaceExhausted: eight codes that were drawn were all taken.
    """
    for _ in range(DRAWS_MAX):
        code = new_code(MEMBER_CODE_LENGTH)
        await writer.execute(_PROVISION, {"user_id": user_id, "code": code})
        if await by_id(writer, user_id) is not None:
            return True
        if await writer.scalar(_USER_EXISTS, {"user_id": user_id}) is None:
            return False
    raise CodeSpaceExhausted(attempts=DRAWS_MAX)


async def lock(writer: Writer, user_ids: Sequence[str], new_code: CodeGenerator) -> list[Member]:
    """Locks the members, made where missing, in the order of their ids; unknown users are left out.

    Raises:
        CodeSpaceExhausted: as for `provision`.
    """
    ordered = sorted(set(user_ids))
    if len(ordered) == 1 and (locked := await writer.all(Member, _LOCK, {"ids": ordered})):
        return locked
    # Locking a row that is not there locks nothing: make what is missing before locking anything,
    # so that no caller ever holds a later member while it waits for an earlier one.
    present = {member.user_id for member in await by_ids(writer, ordered)}
    for user_id in ordered:
        if user_id not in present:
            await provision(writer, user_id, new_code)
    return await writer.all(Member, _LOCK, {"ids": ordered})


async def change(writer: Writer, member: Member, totals: Totals, tier_id: UUID | None) -> Member:
    """Writes what an entry made of a member that the caller has locked."""
    values: dict[str, Any] = {
        "ledger_seq": totals.seq,
        "points_balance": totals.points_balance,
        "lifetime_points": totals.lifetime_points,
    }
    if tier_id != member.tier_id:
        values |= {"tier_id": tier_id, "tier_since": None if tier_id is None else func.now()}
    statement = (
        update(models.Member)
        .where(models.Member.user_id == member.user_id)
        .values(**values)
        .returning(*MEMBER)
    )
    return await writer.one(Member, statement)


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
    statement = select(*MEMBER).limit(limit).order_by(*ordering(member, order))
    if which.tier_id is not None:
        statement = statement.where(member.tier_id == which.tier_id)
    if which.search is not None:
        statement = beginning_with(statement, member, prefix_pattern(which.search))
    if after is not None:
        statement = statement.where(comes_after(member, order, after))
    return await reader.all(Member, statement)


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
