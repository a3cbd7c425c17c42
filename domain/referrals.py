"""Who may refer whom, for how much and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import points, values
from domain.commands import UNSET, IssueReferralInvite
from domain.entities import Attribution, ReferralInvite, User
from domain.enums import InviteStatus
from domain.errors.conflicts import (
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    SelfReferral,
)


@dataclass(frozen=True, slots=True)
class ReferralPolicy:
    """What the operator has set: rewards in points, times in days, None for "without limit"."""

    reward_points: int = 500
    invitee_reward_points: int = 0
    reward_points_max: int = 100_000
    invite_ttl_days: int | None = 30
    onboarding_days: int | None = 30


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invite promises: rewards in points, and the time from which it is void."""

    reward_points: int
    invitee_reward_points: int
    expires_at: datetime | None


def terms(command: IssueReferralInvite, policy: ReferralPolicy, now: datetime) -> Terms:
    """Returns what the invite promises, with the operator's defaults for what was left out.

    Raises:
        InvalidInput: a reward is out of the operator's bounds.
    """
    most = policy.reward_points_max
    reward = policy.reward_points if command.reward_points is None else command.reward_points
    welcome = (
        policy.invitee_reward_points
        if command.invitee_reward_points is None
        else command.invitee_reward_points
    )
    ttl_days = (
        policy.invite_ttl_days if command.expires_in_days is UNSET else command.expires_in_days
    )
    return Terms(
        reward_points=points.reward("rewardPoints", reward, least=1, most=most),
        invitee_reward_points=points.reward("inviteeRewardPoints", welcome, least=0, most=most),
        expires_at=None if ttl_days is None else now + timedelta(days=ttl_days),
    )


def require_not_own_email(referrer: User, invitee_email: str | None) -> None:
    """Checks that a member does not invite themselves.

    Raises:
        SelfReferral: the address is the referrer's own.
    """
    if values.same_email(referrer.email, invitee_email):
        raise SelfReferral(referrer.id)


def is_replay(invite: ReferralInvite, invitee_id: str) -> bool:
    """Whether the invite was converted by this very invitee, so that the answer stands already."""
    return invite.status is InviteStatus.CONVERTED and invite.invitee_id == invitee_id


def require_open(invite: ReferralInvite) -> None:
    """Checks that an invite can still be converted or cancelled.

    Raises:
        InviteExpired: its time is up.
        InviteCancelled: it was withdrawn.
        InviteAlreadyConverted: it has been used.
    """
    match invite.status:
        case InviteStatus.SENT:
            return
        case InviteStatus.EXPIRED:
            raise InviteExpired(_known(invite.expires_at))
        case InviteStatus.CANCELLED:
            raise InviteCancelled(_known(invite.cancelled_at))
        case InviteStatus.CONVERTED:
            raise InviteAlreadyConverted(_known(invite.completed_at))


def _known(timestamp: datetime | None) -> datetime:
    assert timestamp is not None, "every state but SENT has its timestamp"
    return timestamp


def require_eligible(
    referrer: User,
    invitee: User,
    attribution: Attribution | None,
    policy: ReferralPolicy,
    now: datetime,
) -> None:
    """Checks that `invitee` may be brought in by `referrer`.

    Raises:
        SelfReferral: both are one person, by id or by e-mail address.
        InviteeAlreadyReferred: somebody, perhaps the same referrer, has referred the invitee.
        InviteeNotNew: the invitee has been a user for longer than the operator allows.
    """
    if referrer.id == invitee.id or values.same_email(referrer.email, invitee.email):
        raise SelfReferral(referrer.id)
    if attribution is not None:
        raise InviteeAlreadyReferred(invitee.id)
    if policy.onboarding_days is not None:
        age = now - invitee.created_at
        if age > timedelta(days=policy.onboarding_days):
            raise InviteeNotNew(age_days=age.days, limit_days=policy.onboarding_days)
