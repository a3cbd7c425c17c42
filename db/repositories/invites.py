"""Referral invites, the codes that lead to them, and who was brought in by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
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
from db.ids import new_id
from db.rows import ATTRIBUTION, EFFECTIVE_STATUS, INVITE, shown_to_viewer
from db.session import Reader, Writer
from domain.codes import DRAWS_MAX, INVITE_CODE_LENGTH, CodeGenerator
from domain.entities import Attribution, Member, ReferralInvite
from domain.enums import InviteSource, InviteStatus
from domain.errors import CodeSpaceExhausted
from domain.referrals import Terms

InviteKey = tuple[str, UUID]
"""The referrer's id and the invite's."""

_KEY = tuple_(models.ReferralInvite.referrer_id, models.ReferralInvite.id)
_BY_KEYS = select(*INVITE).where(
    _KEY.in_(bindparam("keys", expanding=True)), shown_to_viewer(models.ReferralInvite.referrer_id)
)
_LOCK = (
    select(*INVITE)
    .where(
        models.ReferralInvite.referrer_id == bindparam("referrer_id"),
        models.ReferralInvite.id == bindparam("id"),
    )
    .with_for_update()
)
_CLAIM = select(models.ReferralCode.owner_id, models.ReferralCode.invite_id).where(
    models.ReferralCode.code == bindparam("code"), shown_to_viewer(models.ReferralCode.owner_id)
)
_ATTRIBUTION = select(*ATTRIBUTION).where(
    models.ReferralAttribution.invitee_id == bindparam("invitee_id")
)
_NOW = select(func.now())


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


async def now(reader: Reader) -> datetime:
    """Returns the moment at which invites are judged expired: the transaction's start."""
    moment: datetime = await reader.scalar(_NOW)
    return moment


async def claim_of(reader: Reader, code: str) -> CodeClaim | None:
    """Returns whose code the normalized `code` is, or None if it is nobody's."""
    return await reader.first(CodeClaim, _CLAIM, {"code": code, "viewer": reader.viewer})


async def by_keys(reader: Reader, keys: Sequence[InviteKey]) -> list[ReferralInvite]:
    """Returns the invites that have one of `keys`, in any order."""
    return await reader.all(ReferralInvite, _BY_KEYS, {"keys": list(keys), "viewer": reader.viewer})


async def by_key(reader: Reader, key: InviteKey) -> ReferralInvite | None:
    """Returns the invite, or None if the referrer has no such invite."""
    return await reader.first(ReferralInvite, _BY_KEYS, {"keys": [key], "viewer": reader.viewer})


async def lock(writer: Writer, key: InviteKey) -> ReferralInvite:
    """Locks an invite that a claimed code leads to; its members must have been locked before."""
    return await writer.one(ReferralInvite, _LOCK, {"referrer_id": key[0], "id": key[1]})


async def attribution_of(reader: Reader, invitee_id: str) -> Attribution | None:
    """Returns who brought the user in, if anybody did."""
    return await reader.first(Attribution, _ATTRIBUTION, {"invitee_id": invitee_id})


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
    invite_id = new_id()
    statement = insert(models.ReferralInvite).values(
        referrer_id=referrer.user_id,
        id=invite_id,
        code=await _claim_code(writer, referrer.user_id, invite_id, new_code),
        source=source,
        status=InviteStatus.SENT,
        invitee_email=invitee_email,
        reward_points=terms.reward_points,
        invitee_reward_points=terms.invitee_reward_points,
        metadata_=metadata or {},
        expires_at=terms.expires_at,
    )
    return await writer.one(ReferralInvite, statement.returning(*INVITE))


async def convert(writer: Writer, invite: ReferralInvite, invitee_id: str) -> ReferralInvite:
    """Marks a locked invite as converted by `invitee_id`, and remembers who brought them in."""
    await writer.execute(
        insert(models.ReferralAttribution).values(
            invitee_id=invitee_id, referrer_id=invite.referrer_id, invite_id=invite.id
        )
    )
    return await _change(
        writer,
        invite,
        status=InviteStatus.CONVERTED,
        invitee_id=invitee_id,
        completed_at=func.now(),
    )


async def cancel(writer: Writer, invite: ReferralInvite) -> ReferralInvite:
    """Marks a locked invite as cancelled."""
    return await _change(writer, invite, status=InviteStatus.CANCELLED, cancelled_at=func.now())


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
        ReferralInvite, statement, {"ids": referrer_ids, "viewer": reader.viewer}
    )


async def newest_of_all(reader: Reader, page: InvitePage) -> list[ReferralInvite]:
    """Returns one page of everybody's invites, newest first."""
    return await reader.all(ReferralInvite, _page(page), {"viewer": reader.viewer})


def _page(page: InvitePage) -> Select[Any]:
    # Ids are in the order of their making: the newest has the greatest.
    statement = (
        select(*INVITE)
        .where(shown_to_viewer(models.ReferralInvite.referrer_id))
        .order_by(models.ReferralInvite.id.desc())
        .limit(page.limit)
    )
    if page.before_id is not None:
        statement = statement.where(models.ReferralInvite.id < page.before_id)
    if page.statuses is not None:
        statement = statement.where(EFFECTIVE_STATUS.element.in_(page.statuses))
    return statement


async def _claim_code(
    writer: Writer, owner_id: str, invite_id: UUID, new_code: CodeGenerator
) -> str:
    for _ in range(DRAWS_MAX):
        statement = (
            insert(models.ReferralCode)
            .values(code=new_code(INVITE_CODE_LENGTH), owner_id=owner_id, invite_id=invite_id)
            .on_conflict_do_nothing()
            .returning(models.ReferralCode.code)
        )
        if (code := await writer.scalar(statement)) is not None:
            return str(code)
    raise CodeSpaceExhausted(attempts=DRAWS_MAX)


async def _change(
    writer: Writer, invite: ReferralInvite, **values: str | ColumnElement[Any]
) -> ReferralInvite:
    statement = (
        update(models.ReferralInvite)
        .where(
            models.ReferralInvite.referrer_id == invite.referrer_id,
            models.ReferralInvite.id == invite.id,
        )
        .values(**values)
    )
    return await writer.one(ReferralInvite, statement.returning(*INVITE))
