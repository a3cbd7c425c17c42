"""Rows as the rules see them, each with a sensible default, and the catching of refusals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest

from domain.entities import Attribution, LedgerEntry, Member, ReferralInvite, Tier, User
from domain.enums import InviteSource, InviteStatus, LedgerEntryKind
from domain.errors.base import InvalidInput, LoyaltyError

MAX = 9_007_199_254_740_991
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = UUID("01950000-0000-7000-8000-000000000001")

# NUL, and the first and the last surrogates of either half.
UNSTORABLE_CHARACTERS = "\x00\ud800\udbff\udc00\udfff"
PLACES = [("", ""), ("", "a"), ("a", ""), ("a", "b"), (" ", " ")]
unstorable_texts = pytest.mark.parametrize(
    "value",
    [f"{before}{one}{after}" for one in UNSTORABLE_CHARACTERS for before, after in PLACES],
)

E = TypeVar("E", bound=LoyaltyError)
T = TypeVar("T")


def refusal(error: type[E], call: Callable[..., object], *args: Any, **kwargs: Any) -> E:
    """Returns the error that the call raises: this very one, no relative of it."""
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert type(caught.value) is error
    return caught.value


def outcome(call: Callable[..., T], *args: Any, **kwargs: Any) -> T | InvalidInput:
    """Returns what the call returns, or its refusal of the input."""
    try:
        return call(*args, **kwargs)
    except InvalidInput as error:
        return error


def a_tier(slug: str, point_threshold: int) -> Tier:
    return Tier(
        id=UUID(int=point_threshold),
        slug=slug,
        name=slug.title(),
        point_threshold=point_threshold,
        benefits=[],
        is_active=True,
        created_at=NOW,
        updated_at=NOW,
    )


def a_user(user_id: str, email: str | None = None, created_at: datetime = NOW) -> User:
    return User(
        id=user_id,
        email=email,
        display_name=None,
        created_at=created_at,
        marketing_messages=False,
    )


def a_member(points_balance: int = 0, lifetime_points: int = 0, ledger_seq: int = 0) -> Member:
    return Member(
        user_id="ada",
        referral_code="ABCD2345",
        points_balance=points_balance,
        lifetime_points=lifetime_points,
        tier_id=None,
        tier_since=None,
        ledger_seq=ledger_seq,
        created_at=NOW,
    )


def an_entry(kind: LedgerEntryKind, points: int, **fields: Any) -> LedgerEntry:
    defaults: dict[str, Any] = {
        "member_id": "ada",
        "seq": 1,
        "id": ID,
        "balance_after": max(points, 0),
        "description": None,
        "reference": None,
        "metadata": {},
        "reverses_seq": None,
        "invite_id": None,
        "actor_id": "ops",
        "created_at": NOW,
        "hash": bytes(32),
    }
    return LedgerEntry(kind=kind, points=points, **(defaults | fields))


def an_invite(status: InviteStatus, **fields: Any) -> ReferralInvite:
    defaults: dict[str, Any] = {
        "referrer_id": "ada",
        "id": ID,
        "code": "ABCDE23456",
        "source": InviteSource.ISSUED,
        "invitee_email": None,
        "reward_points": 500,
        "invitee_reward_points": 0,
        "metadata": {},
        "expires_at": None,
        "invitee_id": None,
        "completed_at": None,
        "cancelled_at": None,
        "created_at": NOW,
    }
    return ReferralInvite(status=status, **(defaults | fields))


def an_attribution(invitee_id: str, referrer_id: str) -> Attribution:
    return Attribution(invitee_id=invitee_id, referrer_id=referrer_id, invite_id=ID)
