"""Referrals as a whole: one statement locks both sides, one reads all else, one converts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, or_, select, true, update

from db import models
from db.engine.sessions import Writer
from db.engine.statements import Compiled
from db.repositories import ledger_batches, members, users
from db.repositories.ledger_batches import Append
from db.repositories.members import Locked, locking, parse_locked
from db.rows import ATTRIBUTION, INVITE, MEMBER, in_owner_scope, new, parts
from domain.codes import CodeGenerator
from domain.entities import Attribution, LedgerEntry, Member, ReferralInvite, User
from domain.enums import InviteSource, InviteStatus

# Nobody is forgotten while something is written in their name.
_REFERRER = Compiled(
    users.SHOWN.add_columns(*MEMBER, func.now())
    .outerjoin(models.Member, models.Member.user_id == models.User.id)
    .where(models.User.id == bindparam("id"))
    .with_for_update(read=True, of=models.User)
)

_invitee_id = bindparam("invitee_id", type_=models.UserId)
_claim = (
    select(models.ReferralCode.owner_id, models.ReferralCode.invite_id)
    .where(
        models.ReferralCode.code == bindparam("code"), in_owner_scope(models.ReferralCode.owner_id)
    )
    .cte("opening")
)
# Not a list, for which PostgreSQL would make a plan at every call.
_is_either = and_(
    models.Member.user_id.in_([select(_claim.c.owner_id).scalar_subquery(), _invitee_id]),
    in_owner_scope(models.Member.user_id),
)
_present = select(func.count()).where(_is_either).scalar_subquery()
_LOCK = Compiled(locking(_claim, and_(_is_either, _present == 2), *_claim.c))

_owner_id = bindparam("owner_id", type_=models.UserId)
_attribution = (
    select(*ATTRIBUTION)
    .where(models.ReferralAttribution.invitee_id == _invitee_id)
    .cte("attribution")
)
_brought_in_by_owner = (
    select(_attribution.c.invite_id)
    .where(_attribution.c.referrer_id == _owner_id)
    .scalar_subquery()
)
_invite_id = bindparam("invite_id", type_=models.ReferralInvite.id.type)
_invite = (
    select(*INVITE)
    .where(
        models.ReferralInvite.referrer_id == _owner_id,
        models.ReferralInvite.id == func.coalesce(_invite_id, _brought_in_by_owner),
        or_(_invite_id.is_not(None), models.ReferralInvite.source == InviteSource.SHARE_CODE),
    )
    .with_for_update()
    .cte("invite")
)
_ELIGIBILITY_SNAPSHOT = Compiled(
    users.SHOWN.add_columns(*_attribution.c, *_invite.c)
    .outerjoin(_attribution, true())
    .outerjoin(_invite, true())
    .where(models.User.id.in_([_owner_id, _invitee_id]))
)

_referrer_id, _converted_id = new(models.ReferralInvite.referrer_id), new(models.ReferralInvite.id)
_new_invitee_id = new(models.ReferralInvite.invitee_id)
_attributed = insert(models.ReferralAttribution).values(
    invitee_id=_new_invitee_id, referrer_id=_referrer_id, invite_id=_converted_id
)
_converted = (
    update(models.ReferralInvite)
    .where(
        models.ReferralInvite.referrer_id == _referrer_id, models.ReferralInvite.id == _converted_id
    )
    .values(status=InviteStatus.CONVERTED, invitee_id=_new_invitee_id, completed_at=func.now())
    .returning(*INVITE)
    .cte("converted")
)
_CONVERT = Compiled(
    ledger_batches.WRITING.add_columns(*_converted.c)
    .join(_converted, true())
    .add_cte(_attributed.cte("attributed"))
)


@dataclass(frozen=True, slots=True)
class Referrer:
    """A user in whose name an invite is to be issued at `now`; `member` is None until they are."""

    now: datetime
    user: User
    member: Member | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whose code it is, a share code where `invite_id` is None, and the members it has locked."""

    owner_id: str
    invite_id: UUID | None
    locked: Locked


@dataclass(frozen=True, slots=True)
class EligibilitySnapshot:
    """How a referral stands, with those of its users who are known, by their ids.

    `attribution` says who has brought the invitee in. `invite` is the claimed one or, for a share
    code, the one by which its owner has brought them in.
    """

    users: Mapping[str, User]
    attribution: Attribution | None
    invite: ReferralInvite | None


async def referrer(writer: Writer, user_id: str) -> Referrer | None:
    """Returns what is to be known of a user who invites somebody; None for an unknown one.

    They are not erased before the transaction ends.
    """
    return await writer.first(
        lambda *row: Referrer(row[-1], *parts(row, User, Member)),
        _REFERRER,
        {"id": user_id, "owner_scope": writer.owner_scope},
    )


async def lock(
    writer: Writer, code: str, invitee_id: str, new_code: CodeGenerator
) -> Claimed | None:
    """Finds the owner of the normalized `code`, takes the tier lock, and locks owner and invitee.

    They are made members where they are none; an invitee who is not known is left out. Returns
    None where the code is nobody's.

    Raises:
        CodeSpaceExhausted: no free share code could be drawn for a new member.
    """
    rows = await writer.all(
        lambda *row: row,
        _LOCK,
        {"code": code, "invitee_id": invitee_id, "owner_scope": writer.owner_scope},
    )
    if not rows:
        return None
    owner_id, invite_id = rows[0][:2]
    locked = parse_locked(rows, skip=2)
    if not locked.members:
        locked = await members.make_and_lock(writer, sorted({owner_id, invitee_id}), new_code)
    return Claimed(owner_id, invite_id, locked)


async def eligibility_snapshot(
    writer: Writer, claimed: Claimed, invitee_id: str
) -> EligibilitySnapshot:
    """Locks the invite, after its members, and returns all else that the rules ask for.

    It takes a statement of its own: the one that waited for the members does not see who has
    referred the invitee meanwhile.
    """
    rows = await writer.all(
        lambda *row: tuple(parts(row, User, Attribution, ReferralInvite)),
        _ELIGIBILITY_SNAPSHOT,
        {
            "owner_id": claimed.owner_id,
            "invite_id": claimed.invite_id,
            "invitee_id": invitee_id,
            "owner_scope": writer.owner_scope,
        },
    )
    _, attribution, invite = rows[0]
    return EligibilitySnapshot({user.id: user for user, *_ in rows}, attribution, invite)


async def convert(
    writer: Writer, invite: ReferralInvite, invitee_id: str, credits_: Sequence[Append]
) -> tuple[ReferralInvite, list[LedgerEntry]]:
    """Converts a locked invite and writes its credits, in one statement.

    Returns the invite as it is then, and the entries in the order of `credits_`. Who has brought
    the invitee in is written too, and so are the events that the entries cause.
    """
    rows = await writer.all(
        lambda *row: tuple(parts(row, LedgerEntry, ReferralInvite)),
        _CONVERT,
        ledger_batches.writing(credits_)
        | {
            "new_referrer_id": invite.referrer_id,
            "new_id": invite.id,
            "new_invitee_id": invitee_id,
        },
    )
    entries = ledger_batches.in_order(credits_, (entry for entry, _ in rows))
    return rows[0][1], entries
