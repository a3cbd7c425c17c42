"""Referral invites, the codes that lead to them, and who was brought in by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    String,
    any_,
    bindparam,
    func,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db import models
from db.engine.sessions import Reader, Writer
from db.engine.statements import Compiled
from db.ids import new_id
from db.rows import EFFECTIVE_STATUS, INVITE, in_owner_scope, new
from domain.codes import DRAWS_MAX, INVITE_CODE_LENGTH, CodeGenerator
from domain.entities import Member, ReferralInvite
from domain.enums import InviteSource, InviteStatus
from domain.errors.base import CodeSpaceExhausted
from domain.referrals import Terms

InviteKey = tuple[str, UUID]
"""The referrer's id and the invite's."""

_KEY = tuple_(models.ReferralInvite.referrer_id, models.ReferralInvite.id)
_BY_KEYS = select(*INVITE).where(
    _KEY.in_(bindparam("keys", expanding=True)), in_owner_scope(models.ReferralInvite.referrer_id)
)
_IS_THE_ONE = (
    models.ReferralInvite.referrer_id == bindparam("referrer_id"),
    models.ReferralInvite.id == bindparam("id"),
)
_BY_KEY = Compiled(
    select(*INVITE).where(*_IS_THE_ONE, in_owner_scope(models.ReferralInvite.referrer_id))
)
_LOCK = Compiled(select(*INVITE).where(*_IS_THE_ONE).with_for_update())
_CLAIM = Compiled(
    select(models.ReferralCode.owner_id, models.ReferralCode.invite_id).where(
        models.ReferralCode.code == bindparam("code"), in_owner_scope(models.ReferralCode.owner_id)
    )
)
# A code that is taken makes no invite; the caller then draws another.
_claimed = (
    insert(models.ReferralCode)
    .values(
        code=new(models.ReferralInvite.code),
        owner_id=new(models.ReferralInvite.referrer_id),
        invite_id=new(models.ReferralInvite.id),
    )
    .on_conflict_do_nothing()
    .returning(models.ReferralCode.code)
    .cte("claimed")
)
_issued = {
    column: new(column)
    for column in (
        models.ReferralInvite.referrer_id,
        models.ReferralInvite.id,
        models.ReferralInvite.code,
        models.ReferralInvite.source,
        models.ReferralInvite.status,
        models.ReferralInvite.invitee_email,
        models.ReferralInvite.reward_points,
        models.ReferralInvite.invitee_reward_points,
        models.ReferralInvite.metadata_,
        models.ReferralInvite.expires_at,
    )
}
_ISSUE = Compiled(
    insert(models.ReferralInvite)
    .from_select(list(_issued), select(*_issued.values()).select_from(_claimed))
    .returning(*INVITE)
)
_CANCEL = Compiled(
    update(models.ReferralInvite)
    .where(*_IS_THE_ONE)
    .values(status=InviteStatus.CANCELLED, cancelled_at=func.now())
    .returning(*INVITE)
)


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """Whose code it is: a member's own share code where `invite_id` is None."""

    owner_id: str
    invite_id: UUID | None


@dataclass(frozen=True, slots=True)
class InvitePage:
    """Which invites to list: at most `limit`, older than `before_id`, in `statuses` (None: all)."""

    limit: int
    before_id: UUID | None = None
    statuses: frozenset[InviteStatus] | None = None


async def claim_of(reader: Reader, code: str) -> CodeClaim | None:
    """Returns whose code the normalized `code` is, or None if it is nobody's."""
    return await reader.first(CodeClaim, _CLAIM, {"code": code, "owner_scope": reader.owner_scope})


async def by_keys(reader: Reader, keys: Sequence[InviteKey]) -> list[ReferralInvite]:
    """Returns the invites that have one of `keys`, in any order."""
    return await reader.all(
        ReferralInvite, _BY_KEYS, {"keys": list(keys), "owner_scope": reader.owner_scope}
    )


async def by_key(reader: Reader, key: InviteKey) -> ReferralInvite | None:
    """Returns the invite, or None if the referrer has no such invite."""
    return await reader.first(
        ReferralInvite, _BY_KEY, _one(key) | {"owner_scope": reader.owner_scope}
    )


async def lock(writer: Writer, key: InviteKey) -> ReferralInvite:
    """Locks an invite that a claimed code leads to; its members must have been locked before."""
    return await writer.one(ReferralInvite, _LOCK, _one(key))


async def issue(
    writer: Writer,
    referrer: Member,
    terms: Terms,
    source: InviteSource,
    new_code: CodeGenerator,
    *,
    invitee_email: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> ReferralInvite:
    """Inserts an invite under a code of its own.

    Raises:
        CodeSpaceExhausted: eight codes that were drawn were all taken.
    """
    written = {
        "new_referrer_id": referrer.user_id,
        "new_id": new_id(),
        "new_source": source,
        "new_status": InviteStatus.SENT,
        "new_invitee_email": invitee_email,
        "new_reward_points": terms.reward_points,
        "new_invitee_reward_points": terms.invitee_reward_points,
        "new_metadata_": metadata or {},
        "new_expires_at": terms.expires_at,
    }
    for _ in range(DRAWS_MAX):
        drawn = {"new_code": new_code(INVITE_CODE_LENGTH)}
        invite = await writer.first(ReferralInvite, _ISSUE, written | drawn)
        if invite is not None:
            return invite
    raise CodeSpaceExhausted(attempts=DRAWS_MAX)


async def cancel(writer: Writer, invite: ReferralInvite) -> ReferralInvite:
    """Marks a locked invite as cancelled."""
    return await writer.one(ReferralInvite, _CANCEL, _one((invite.referrer_id, invite.id)))


async def newest(
    reader: Reader, referrer_ids: Sequence[str], page: InvitePage
) -> list[ReferralInvite]:
    """Returns one page of invites for each of `referrer_ids`, newest first within each."""
    newest_of_one = (
        _page(page)
        .where(models.ReferralInvite.referrer_id == models.Member.user_id)
        .correlate(models.Member)
        .lateral("invite")
    )
    statement = (
        select(*newest_of_one.c)
        .select_from(models.Member)
        .join(newest_of_one, true())
        .where(models.Member.user_id == any_(bindparam("ids", type_=ARRAY(String))))
        .order_by(newest_of_one.c.referrer_id, newest_of_one.c.id.desc())
    )
    return await reader.all(
        ReferralInvite, statement, {"ids": referrer_ids, "owner_scope": reader.owner_scope}
    )


async def newest_of_all(reader: Reader, page: InvitePage) -> list[ReferralInvite]:
    """Returns one page of everybody's invites, newest first."""
    return await reader.all(ReferralInvite, _page(page), {"owner_scope": reader.owner_scope})


def _page(page: InvitePage) -> Select[Any]:
    # Ids are in the order of their making: the newest has the greatest.
    statement = (
        select(*INVITE)
        .where(in_owner_scope(models.ReferralInvite.referrer_id))
        .order_by(models.ReferralInvite.id.desc())
        .limit(page.limit)
    )
    if page.before_id is not None:
        statement = statement.where(models.ReferralInvite.id < page.before_id)
    if page.statuses is not None:
        statement = statement.where(EFFECTIVE_STATUS.element.in_(page.statuses))
    return statement


def _one(key: InviteKey) -> dict[str, Any]:
    return {"referrer_id": key[0], "id": key[1]}
