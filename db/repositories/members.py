"""Memberships: looked up, created on first sight, locked, and listed."""

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

from db import models
from db.rows import MEMBER, shown_to_viewer
from db.session import Reader, Writer
from domain.codes import DRAWS_MAX, MEMBER_CODE_LENGTH, CodeGenerator
from domain.entities import Member
from domain.enums import MemberOrder
from domain.errors import CodeSpaceExhausted
from domain.ledger import Totals

_BY_IDS = select(*MEMBER).where(
    models.Member.user_id == any_(bindparam("ids", type_=ARRAY(String))),
    shown_to_viewer(models.Member.user_id),
)
_LOCK = _BY_IDS.order_by(models.Member.user_id).with_for_update()
_USER_EXISTS = select(models.User.id).where(
    models.User.id == bindparam("user_id"), shown_to_viewer(models.User.id)
)
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
          AND (CAST(:viewer AS text) IS NULL OR users.id = CAST(:viewer AS text))
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
    return await reader.all(Member, _BY_IDS, {"ids": user_ids, "viewer": reader.viewer})


async def by_id(reader: Reader, user_id: str) -> Member | None:
    """Returns the member, or None if the user has no membership yet."""
    return await reader.first(Member, _BY_IDS, {"ids": [user_id], "viewer": reader.viewer})


async def provision(writer: Writer, user_id: str, new_code: CodeGenerator) -> bool:
    """Makes the membership of a known user, unless there is one; returns whether there is one now.

    The caller holds the ladder. False means that no such user is known.

    Raises:
        CodeSpaceExhausted: eight codes that were drawn were all taken.
    """
    which = {"user_id": user_id, "viewer": writer.viewer}
    for _ in range(DRAWS_MAX):
        await writer.execute(_PROVISION, which | {"code": new_code(MEMBER_CODE_LENGTH)})
        if await by_id(writer, user_id) is not None:
            return True
        if await writer.scalar(_USER_EXISTS, which) is None:
            return False
    raise CodeSpaceExhausted(attempts=DRAWS_MAX)


async def lock(writer: Writer, user_ids: Sequence[str], new_code: CodeGenerator) -> list[Member]:
    """Locks the members, made where missing, in the order of their ids; unknown users are left out.

    Raises:
        CodeSpaceExhausted: as for `provision`.
    """
    ordered = sorted(set(user_ids))
    which = {"ids": ordered, "viewer": writer.viewer}
    if len(ordered) == 1 and (locked := await writer.all(Member, _LOCK, which)):
        return locked
    # Locking a row that is not there locks nothing: make what is missing before locking anything,
    # so that no caller ever holds a later member while it waits for an earlier one.
    present = {member.user_id for member in await by_ids(writer, ordered)}
    for user_id in ordered:
        if user_id not in present:
            await provision(writer, user_id, new_code)
    return await writer.all(Member, _LOCK, which)


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
    statement = select(*MEMBER).where(shown_to_viewer(models.Member.user_id)).limit(limit)
    if which.tier_id is not None:
        statement = statement.where(models.Member.tier_id == which.tier_id)
    if which.search is not None:
        statement = statement.join(models.User, models.User.id == models.Member.user_id)
        statement = statement.where(_begins_with(which.search))
    return await reader.all(Member, _ordered(statement, order, after), {"viewer": reader.viewer})


def sort_key(member: Member, order: MemberOrder) -> tuple[Any, ...]:
    """Returns what places `member` in `order`; the user id makes it unique."""
    match order:
        case MemberOrder.NEWEST:
            return (member.created_at, member.user_id)
        case MemberOrder.LIFETIME_POINTS:
            return (member.lifetime_points, member.user_id)
        case MemberOrder.USER_ID:
            return (member.user_id,)


def _ordered(
    statement: Select[Any], order: MemberOrder, after: tuple[Any, ...] | None
) -> Select[Any]:
    user_id = models.Member.user_id
    if order is MemberOrder.USER_ID:
        if after is not None:
            statement = statement.where(user_id > after[0])
        return statement.order_by(user_id)
    first: ColumnElement[Any] = (
        models.Member.created_at.expression
        if order is MemberOrder.NEWEST
        else models.Member.lifetime_points.expression
    )
    if after is not None:
        # Highest first, ties by ascending id. The first condition alone bounds the index scan.
        statement = statement.where(
            first <= after[0], or_(first < after[0], and_(first == after[0], user_id > after[1]))
        )
    return statement.order_by(first.desc(), user_id)


def _begins_with(search: str) -> ColumnElement[bool]:
    prefix = search.lower()
    return or_(
        *(
            func.lower(column).startswith(prefix, autoescape=True)
            for column in (models.User.id, models.User.email, models.User.display_name)
        )
    )
