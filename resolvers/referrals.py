"""Referrals: an invite from its issue to the credit, on one side or on both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from db.engine.sessions import Writer
from db.object_types import REFERRAL_INVITE
from db.pages import Page, cut
from db.repositories import invites, ledger, members, outbox, referrals
from db.repositories.invites import InviteKey, InvitePage
from db.repositories.members import Locked
from domain import ledger as ledger_rules
from domain import referrals as rules
from domain.codes import normalize
from domain.commands import CancelReferralInvite, CompleteReferral, IssueReferralInvite
from domain.entities import LedgerEntry, Member, ReferralInvite, Tier
from domain.enums import InviteSource, InviteStatus, LedgerEntryKind
from domain.errors.conflicts import SelfReferral, UserErased
from domain.errors.not_found import ReferralCodeNotFound, UserNotFound
from domain.events import ReferralInviteIssued
from domain.ledger import Posting
from resolvers.context import Context, run_idempotently
from resolvers.ledger import lock_member, post


@dataclass
class InviteChange:
    """An invite as it is now."""

    invite: ReferralInvite
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"referrer_id": self.invite.referrer_id, "invite_id": str(self.invite.id)}


@dataclass
class Conversion:
    """A converted invite, both members as they are with it, and the entries that credited them.

    `invitee_entry` is None where the invite rewards the referrer alone, `active_tiers` where the
    tiers are not known.
    """

    invite: ReferralInvite
    referrer: Member
    invitee: Member
    referrer_entry: LedgerEntry
    invitee_entry: LedgerEntry | None
    active_tiers: Sequence[Tier] | None = None
    replayed: bool = False

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""
        return {"referrer_id": self.invite.referrer_id, "invite_id": str(self.invite.id)}


async def find_invite(context: Context, typed_code: str) -> ReferralInvite | None:
    """Returns the invite with this code, or None if there is none that the caller may see."""
    code = normalize(typed_code)
    claim = await invites.claim_of(context.reader, code) if code else None
    if claim is None or claim.invite_id is None:
        return None
    return await get_invite(context, (claim.owner_id, claim.invite_id))


async def get_invite(context: Context, key: InviteKey) -> ReferralInvite | None:
    """Returns the invite, or None where there is none or it is not the caller's to see."""
    if not REFERRAL_INVITE.is_visible_to(context.actor, {"referrer_id": key[0]}):
        return None
    return await context.loaders.invite_by_key.load(key)


async def list_invites(
    context: Context, referrer_id: str | None, page: InvitePage
) -> Page[ReferralInvite]:
    """Returns a page of a referrer's invites, or of everybody's (None), newest first."""
    wider = replace(page, limit=page.limit + 1)
    if referrer_id is None:
        return cut(await invites.newest_of_all(context.reader, wider), page.limit)
    found = await context.loaders.invites_by_referrer_id(wider).load(referrer_id)
    return cut(found, page.limit)


async def issue_referral_invite(context: Context, command: IssueReferralInvite) -> InviteChange:
    """Makes an invite in the name of a known user, who becomes a member if they are none.

    Raises:
        InvalidInput: a reward is out of the operator's bounds.
        UserNotFound: no such user is known.
        UserErased: they were: nobody is invited in the name of somebody who is forgotten.
        SelfReferral: the e-mail address is the user's own.
        CodeSpaceExhausted: no free code could be drawn.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> InviteChange:
        known = await referrals.referrer(writer, command.user_id)
        if known is None:
            raise UserNotFound(command.user_id)
        if known.user.erased_at is not None:
            raise UserErased(known.user.id, known.user.erased_at)
        terms = rules.terms(command, context.policy, known.now)
        rules.require_not_own_email(known.user, command.invitee_email)
        member = known.member
        if member is None:
            locked = await lock_member(context, writer, command.user_id)
            member = locked.members[command.user_id]
        invite = await invites.issue(
            writer,
            member,
            terms,
            InviteSource.ISSUED,
            context.new_code,
            invitee_email=command.invitee_email,
            metadata=command.metadata,
        )
        if invite.invitee_email is not None:
            await outbox.record(writer, ReferralInviteIssued(invite.referrer_id, invite.id))
        return InviteChange(invite)

    return await run_idempotently(context, command, perform, _replay_invite)


async def cancel_referral_invite(context: Context, command: CancelReferralInvite) -> InviteChange:
    """Withdraws an invite; one that is cancelled already stays as it is.

    Raises:
        ReferralCodeNotFound: no invite has this code.
        InviteExpired: its time is up.
        InviteAlreadyConverted: it has been used.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> InviteChange:
        code = normalize(command.code)
        claim = await invites.claim_of(writer, code) if code else None
        if claim is None or claim.invite_id is None:
            raise ReferralCodeNotFound(command.code)
        invite = await invites.lock(writer, (claim.owner_id, claim.invite_id))
        if invite.status is InviteStatus.CANCELLED:
            return InviteChange(invite, replayed=True)
        rules.require_open(invite)
        return InviteChange(await invites.cancel(writer, invite))

    return await run_idempotently(context, command, perform, _replay_invite)


async def complete_referral(context: Context, command: CompleteReferral) -> Conversion:
    """Credits a member for bringing in a new user, by an invite's code or by their share code.

    The same code with the same invitee again is answered as before, and credits nobody twice.

    Raises:
        ReferralCodeNotFound: the code is no invite's and no member's.
        InviteExpired: its time is up.
        InviteCancelled: it was withdrawn.
        InviteAlreadyConverted: somebody else has used it.
        UserNotFound: no such invitee is known.
        SelfReferral: referrer and invitee are one person.
        InviteeAlreadyReferred: somebody has referred the invitee before.
        InviteeNotNew: the invitee has been a user for too long.
        PointsLimitExceeded: a total would exceed what points can be.
        IdempotencyKeyReused: see `run_idempotently`.
    """

    async def perform(writer: Writer) -> Conversion:
        invitee_id, code = command.invitee_id, normalize(command.code)
        claimed = await referrals.lock(writer, code, invitee_id, context.new_code) if code else None
        if claimed is None:
            raise ReferralCodeNotFound(command.code)
        if claimed.owner_id == invitee_id:
            raise SelfReferral(invitee_id)
        eligibility_snapshot = await referrals.eligibility_snapshot(writer, claimed, invitee_id)
        invite = eligibility_snapshot.invite
        if invite is not None:
            if rules.is_replay(invite, invitee_id):
                return replace(await _conversion(writer, invite), replayed=True)
            rules.require_open(invite)
        if invitee_id not in claimed.locked.members:
            raise UserNotFound(invitee_id)
        rules.require_eligible(
            eligibility_snapshot.users[claimed.owner_id],
            eligibility_snapshot.users[invitee_id],
            eligibility_snapshot.attribution,
            context.policy,
            claimed.locked.now,
        )
        if invite is None:
            member = claimed.locked.members[claimed.owner_id]
            invite = await _invite_by_share_code(context, writer, member, claimed.locked.now)
        return await _convert(context, writer, invite, invitee_id, claimed.locked)

    conversion = await run_idempotently(context, command, perform, _replay_conversion)
    context.remember(conversion.active_tiers)
    return conversion


async def _invite_by_share_code(
    context: Context, writer: Writer, referrer: Member, now: datetime
) -> ReferralInvite:
    by_default = IssueReferralInvite(user_id=referrer.user_id)
    terms = rules.terms(by_default, context.policy, now)
    return await invites.issue(writer, referrer, terms, InviteSource.SHARE_CODE, context.new_code)


async def _convert(
    context: Context, writer: Writer, invite: ReferralInvite, invitee_id: str, locked: Locked
) -> Conversion:
    bonus = _credit(LedgerEntryKind.REFERRAL_BONUS, invite.reward_points, invite)
    credits_ = [post(context, locked, invite.referrer_id, bonus)]
    if invite.invitee_reward_points > 0:
        welcome = _credit(LedgerEntryKind.REFERRAL_WELCOME, invite.invitee_reward_points, invite)
        credits_.append(post(context, locked, invitee_id, welcome))
    converted, entries = await referrals.convert(writer, invite, invitee_id, credits_)
    members_ = dict(locked.members)
    members_ |= {append.posted.member.user_id: append.posted.member for append in credits_}
    return Conversion(
        invite=converted,
        referrer=members_[invite.referrer_id],
        invitee=members_[invitee_id],
        referrer_entry=entries[0],
        invitee_entry=entries[1] if len(entries) > 1 else None,
        active_tiers=locked.active_tiers,
    )


def _credit(kind: LedgerEntryKind, points: int, invite: ReferralInvite) -> Posting:
    return ledger_rules.credit(kind, points, reference=invite.code, invite_id=invite.id)


async def _replay_invite(writer: Writer, result_reference: dict[str, Any]) -> InviteChange:
    return InviteChange(await _referenced(writer, result_reference))


async def _replay_conversion(writer: Writer, result_reference: dict[str, Any]) -> Conversion:
    return await _conversion(writer, await _referenced(writer, result_reference))


async def _referenced(writer: Writer, result_reference: dict[str, Any]) -> ReferralInvite:
    invite = await invites.by_key(
        writer, (result_reference["referrer_id"], UUID(result_reference["invite_id"]))
    )
    assert invite is not None, "invites are not deleted"
    return invite


async def _conversion(writer: Writer, invite: ReferralInvite) -> Conversion:
    """Reads what a converted invite has brought about."""
    assert invite.invitee_id is not None, "a converted invite names its invitee"
    both = [invite.referrer_id, invite.invitee_id]
    of = {member.user_id: member for member in await members.by_ids(writer, both)}
    entries = await ledger.credits_of_invite(writer, invite.id, both)
    credited = {entry.member_id: entry for entry in entries}
    return Conversion(
        invite=invite,
        referrer=of[invite.referrer_id],
        invitee=of[invite.invitee_id],
        referrer_entry=credited[invite.referrer_id],
        invitee_entry=credited.get(invite.invitee_id),
    )
