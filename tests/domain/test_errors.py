"""`domain.errors`: every refusal has its base class, its code and its numbers."""

import inspect
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import pytest

from domain.enums import LedgerEntryKind
from domain.errors import base, conflicts, not_found
from domain.errors.base import LoyaltyError, refusals
from tests.domain.builders import NOW

TIME = NOW.isoformat()

# One of each that can be raised, with its code and what its message must say. No number occurs
# twice in an error, so that no two can be confused.
REFUSALS: list[tuple[LoyaltyError, str, str]] = [
    (base.InvalidInput("points", "is wrong."), "BAD_USER_INPUT", "points: is wrong."),
    (base.Unauthenticated(), "UNAUTHENTICATED", "'Authorization: Bearer <token>'"),
    (base.Forbidden(), "FORBIDDEN", "the admin role, or your own user id"),
    (not_found.UserNotFound("ada"), "USER_NOT_FOUND", "No user has the id 'ada'"),
    (not_found.TierNotFound("gold"), "TIER_NOT_FOUND", "No tier has the slug 'gold'"),
    (
        not_found.ReferralCodeNotFound("ABCD2345"),
        "REFERRAL_CODE_NOT_FOUND",
        "No referral code 'ABCD2345'",
    ),
    (
        not_found.LedgerEntryNotFound("ada", 7),
        "LEDGER_ENTRY_NOT_FOUND",
        "'ada' has no ledger entry 7",
    ),
    (conflicts.UserErased("ada", NOW), "USER_ERASED", f"'ada' was erased at {TIME}, for good"),
    (conflicts.TierSlugTaken("gold"), "TIER_SLUG_TAKEN", "A tier with the slug 'gold' exists"),
    (conflicts.TierThresholdTaken(1_000), "TIER_THRESHOLD_TAKEN", "begins at 1000 points"),
    (
        conflicts.InsufficientPoints(balance=30, requested=45),
        "INSUFFICIENT_POINTS",
        "The balance is 30 points; 45 were to be taken",
    ),
    (
        conflicts.PointsLimitExceeded(total=98, requested=6, limit=100),
        "POINTS_LIMIT_EXCEEDED",
        "6 points on top of 98 would exceed the limit of 100 points",
    ),
    (
        conflicts.EntryAlreadyReversed(seq=3, reversed_by_seq=5),
        "ENTRY_ALREADY_REVERSED",
        "Entry 3 was reversed before, by entry 5",
    ),
    (
        conflicts.EntryNotReversible(LedgerEntryKind.REVERSAL),
        "ENTRY_NOT_REVERSIBLE",
        "of kind REVERSAL cannot be reversed",
    ),
    (conflicts.InviteExpired(NOW), "INVITE_EXPIRED", f"expired at {TIME}"),
    (conflicts.InviteCancelled(NOW), "INVITE_CANCELLED", f"cancelled at {TIME}"),
    (conflicts.InviteAlreadyConverted(NOW), "INVITE_ALREADY_CONVERTED", f"converted at {TIME}"),
    (conflicts.SelfReferral("ada"), "SELF_REFERRAL", "'ada' cannot refer themselves"),
    (
        conflicts.InviteeAlreadyReferred("bob"),
        "INVITEE_ALREADY_REFERRED",
        "'bob' was referred before",
    ),
    (
        conflicts.InviteeNotNew(age_days=44, limit_days=30),
        "INVITEE_NOT_NEW",
        "became a user 44 days ago; a referral counts only until 30 days have passed",
    ),
    (
        not_found.NotificationNotFound("n-1"),
        "NOTIFICATION_NOT_FOUND",
        "No notification has the id 'n-1'",
    ),
    (
        conflicts.NotificationAlreadySent(NOW),
        "NOTIFICATION_ALREADY_SENT",
        "sent at 2026-03-01T12:00:00+00:00",
    ),
    (
        conflicts.NotificationTooOld(NOW),
        "NOTIFICATION_TOO_OLD",
        "recorded at 2026-03-01T12:00:00+00:00, and the event has been removed",
    ),
    (conflicts.LedgerTooLarge(), "LEDGER_TOO_LARGE", "'loyalty checkpoint' takes one"),
    (conflicts.IdempotencyKeyReused("k-1"), "IDEMPOTENCY_KEY_REUSED", "The idempotency key 'k-1'"),
    (base.Unavailable(), "UNAVAILABLE", "Try again"),
    (base.CodeSpaceExhausted(attempts=8), "CODE_SPACE_EXHAUSTED", "in 8 draws"),
]

every_refusal = pytest.mark.parametrize(
    ("error", "code", "says"), REFUSALS, ids=[type(error).__name__ for error, _, _ in REFUSALS]
)

# Those of this package: other layers may have refusals of their own.
CLASSES = {
    name: each
    for module in (base, not_found, conflicts)
    for name, each in vars(module).items()
    if inspect.isclass(each) and issubclass(each, LoyaltyError)
}
GROUPS = {"LoyaltyError", "AccessDenied", "NotFound", "Conflict"}


class TestClasses:
    def test_every_error_that_can_be_raised_is_tried_here(self) -> None:
        assert {type(error).__name__ for error, _, _ in REFUSALS} == set(CLASSES) - GROUPS

    @pytest.mark.parametrize("name", sorted(GROUPS))
    def test_a_group_has_neither_code_nor_message(self, name: str) -> None:
        group = CLASSES[name]()
        assert not hasattr(group, "code")
        with pytest.raises(NotImplementedError):
            str(group)


class TestCode:
    @every_refusal
    def test_it_is_the_one_of_the_contract(self, error: LoyaltyError, code: str, says: str) -> None:
        assert error.code == code

    def test_no_two_errors_share_one(self) -> None:
        codes = [error.code for error, _, _ in REFUSALS]
        assert len(set(codes)) == len(codes)

    def test_every_code_belongs_to_an_error(self) -> None:
        assert {error.code for error, _, _ in REFUSALS} == {each.code for each in refusals()}

    def test_a_class_without_a_message_is_no_refusal(self) -> None:
        assert {each.__name__ for each in refusals()} == set(CLASSES) - GROUPS


class TestMessage:
    @every_refusal
    def test_it_says_what_was_wrong(self, error: LoyaltyError, code: str, says: str) -> None:
        assert says in error.message

    @every_refusal
    def test_it_contains_every_number_behind_it(
        self, error: LoyaltyError, code: str, says: str
    ) -> None:
        for value in numbers(error).values():
            assert (value.isoformat() if isinstance(value, datetime) else str(value)) in says

    @every_refusal
    def test_it_is_a_sentence_and_the_text_of_the_error(
        self, error: LoyaltyError, code: str, says: str
    ) -> None:
        assert str(error) == error.message
        assert error.message.endswith(".")
        assert error.message == error.message.strip()

    @every_refusal
    def test_an_error_can_be_raised_and_differs_from_others(
        self, error: LoyaltyError, code: str, says: str
    ) -> None:
        twin = type(error)(**numbers(error))
        assert {error, twin} == {twin, error}
        assert len({error, twin}) == 2
        with pytest.raises(type(error), match=re.escape(says)):
            raise twin


def numbers(error: LoyaltyError) -> dict[str, Any]:
    """Returns what the error says of itself, by attribute."""
    if not is_dataclass(error):
        return {}
    return {field.name: getattr(error, field.name) for field in fields(error)}
