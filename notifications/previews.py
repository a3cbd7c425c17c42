"""An example of each mail with made-up people, for authors of templates."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from domain.entities import Member, ReferralInvite, Tier, User
from domain.enums import InviteSource, InviteStatus
from domain.tiering import progress
from notifications.templates import (
    Rendered,
    render_loyalty_tier_upgrade,
    render_referral_invite,
)

_WHEN = datetime(2030, 1, 31, tzinfo=UTC)
_ADA = User("ada", "ada@example.com", "Ada", _WHEN, marketing_messages=True)


def _tier(slug: str, point_threshold: int, *benefits: str) -> Tier:
    return Tier(
        id=UUID(int=point_threshold),
        slug=slug,
        name=slug.title(),
        point_threshold=point_threshold,
        benefits=list(benefits),
        is_active=True,
        created_at=_WHEN,
        updated_at=_WHEN,
    )


def _loyalty_tier_upgrade() -> Rendered:
    silver = _tier("silver", 1_000, "5% off every order", "Priority support")
    active_tiers = [silver, _tier("gold", 5_000)]
    member = Member(
        user_id=_ADA.id,
        referral_code="ADA00001",
        points_balance=1_300,
        lifetime_points=1_800,
        tier_id=silver.id,
        tier_since=_WHEN,
        ledger_seq=2,
        created_at=_WHEN,
    )
    link = "https://shop.example/unsubscribe"
    steps = progress(member.lifetime_points, active_tiers)
    return render_loyalty_tier_upgrade(_ADA, member, silver, steps, link)


def _referral_invite() -> Rendered:
    invite = ReferralInvite(
        referrer_id=_ADA.id,
        id=UUID(int=1),
        code="D2M761RMST",
        source=InviteSource.ISSUED,
        status=InviteStatus.SENT,
        invitee_email="grace@example.com",
        reward_points=500,
        invitee_reward_points=100,
        metadata={},
        expires_at=_WHEN,
        invitee_id=None,
        completed_at=None,
        cancelled_at=None,
        created_at=_WHEN,
    )
    return render_referral_invite(_ADA, invite)


PREVIEWS: Mapping[str, Callable[[], Rendered]] = {
    "loyalty_tier_upgrade": _loyalty_tier_upgrade,
    "referral_invite": _referral_invite,
}
