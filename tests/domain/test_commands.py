"""`domain.commands`: a command that exists is valid."""

from dataclasses import fields
from typing import Any

import pytest

from domain.commands import (
    UNSET,
    AdjustPoints,
    ArchiveTier,
    CancelReferralInvite,
    ChangePoints,
    Command,
    CompleteReferral,
    CreateTier,
    EarnPoints,
    EraseUser,
    IssueReferralInvite,
    RedeemPoints,
    ReplayNotification,
    ReverseLedgerEntry,
    UpdateTier,
    UpsertUser,
)
from domain.errors.base import InvalidInput
from tests.domain.builders import MAX, refusal
from tests.domain.good_commands import GIVEN, CommandType, every_command

LONG_ID, EMPTY = "must have at most 128 characters, not 129.", "must not be empty."
AN_OBJECT = "must be a JSON object, such as {}."
NOT_FROM_ONE = f"must be a whole number from 1 to {MAX}, not 0."
TTL = "must be from 1 to 3650 days, or null for an invite that never expires, not {}."
BAD_SLUG = "must be lower-case letters and digits, with single hyphens between them."
BAD_EMAIL = "must be an e-mail address such as 'ada@example.com'."


def over(length_max: int) -> str:
    return f"must have at most {length_max} characters, not {length_max + 1}."


# The field as in the API, a value that is refused, and why.
REFUSED: dict[CommandType, list[tuple[str, Any, str]]] = {
    CreateTier: [
        ("slug", "Gold", BAD_SLUG),
        ("slug", "x" * 65, over(64)),
        ("name", " ", EMPTY),
        ("name", "x" * 201, over(200)),
        ("pointThreshold", -1, f"must be a whole number from 0 to {MAX}, not -1."),
        ("pointThreshold", True, "must be a whole number of points."),
        ("benefits", {}, "must be a JSON list, such as []."),
        ("benefits", [None] * 51, "must have at most 50 items, not 51."),
    ],
    UpdateTier: [
        ("slug", "", EMPTY),
        ("name", "", EMPTY),
        ("name", "x" * 201, over(200)),
        ("pointThreshold", MAX + 1, f"must be a whole number from 0 to {MAX}, not {MAX + 1}."),
        ("pointThreshold", False, "must be a whole number of points."),
        ("benefits", {}, "must be a JSON list, such as []."),
    ],
    ArchiveTier: [("slug", "gold ", BAD_SLUG)],
    UpsertUser: [
        ("userId", "x" * 129, LONG_ID),
        ("userId", " ada", "must not begin or end with white space."),
        ("email", "ada", BAD_EMAIL),
        ("displayName", "", EMPTY),
        ("displayName", "x" * 201, over(200)),
    ],
    EraseUser: [("userId", "", EMPTY), ("userId", "x" * 129, LONG_ID)],
    IssueReferralInvite: [
        ("userId", "", EMPTY),
        ("inviteeEmail", "bob", BAD_EMAIL),
        ("expiresInDays", 0, TTL.format(0)),
        ("expiresInDays", -1, TTL.format(-1)),
        ("expiresInDays", 3_651, TTL.format(3_651)),
        ("metadata", [], AN_OBJECT),
    ],
    CancelReferralInvite: [("code", " ", EMPTY), ("code", "A" * 201, over(200))],
    CompleteReferral: [
        ("code", "", EMPTY),
        ("code", "A" * 201, over(200)),
        ("inviteeId", "x" * 129, LONG_ID),
    ],
    EarnPoints: [
        ("userId", "", EMPTY),
        ("points", 0, NOT_FROM_ONE),
        ("points", 1.0, "must be a whole number of points."),
        ("reference", "", EMPTY),
        ("reference", "x" * 201, over(200)),
        ("metadata", [], AN_OBJECT),
        ("description", " ", EMPTY),
        ("description", "x" * 501, over(500)),
    ],
    AdjustPoints: [
        ("userId", "ada ", "must not begin or end with white space."),
        ("points", 0, "must not be 0: an entry changes the balance."),
        ("points", -MAX - 1, f"must be a whole number from -{MAX} to {MAX}, not {-MAX - 1}."),
        ("reference", "x" * 201, over(200)),
        ("metadata", "{}", AN_OBJECT),
        ("reason", "", EMPTY),
        ("reason", "x" * 501, over(500)),
    ],
    ReverseLedgerEntry: [("reason", " ", EMPTY), ("reason", "x" * 501, over(500))],
    ReplayNotification: [],
}
REFUSED[RedeemPoints] = REFUSED[EarnPoints]
# What the types hold (booleans), what the operator's bounds decide later (rewards), and the keys of
# an entry and of a notification, which are taken from their global ids.
NOT_REFUSED_HERE = {
    UpdateTier: {"is_active"},
    UpsertUser: {"marketing_messages"},
    IssueReferralInvite: {"reward_points", "invitee_reward_points"},
    ReverseLedgerEntry: {"user_id", "seq"},
    ReplayNotification: {"user_id", "notification_id"},
}


def python_name(field: str) -> str:
    """Returns the name that the field has in the command."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)


def subclasses(of: CommandType) -> set[CommandType]:
    return {each for direct in of.__subclasses__() for each in {direct, *subclasses(direct)}}


def names(command_type: CommandType) -> set[str]:
    return {field.name for field in fields(command_type)} - {"idempotency_key"}


class TestEveryCommand:
    def test_all_of_them_are_tried_here(self) -> None:
        assert subclasses(Command) - {ChangePoints} == set(GIVEN) == set(REFUSED)

    @every_command
    def test_all_of_their_fields_are_tried_here(self, command_type: CommandType) -> None:
        refused = {python_name(field) for field, _, _ in REFUSED[command_type]}
        assert names(command_type) == set(GIVEN[command_type])
        assert names(command_type) - NOT_REFUSED_HERE.get(command_type, set()) == refused

    @every_command
    def test_it_keeps_what_it_is_given(self, command_type: CommandType) -> None:
        command = command_type(**GIVEN[command_type], idempotency_key="key-1")
        kept = {name: getattr(command, name) for name in names(command_type)}
        assert kept == GIVEN[command_type]
        assert command.idempotency_key == "key-1"

    @pytest.mark.parametrize(
        ("command_type", "field", "value", "problem"),
        [(command, *refused) for command, each in REFUSED.items() for refused in each],
    )
    def test_a_refusal_names_the_field_as_in_the_api(
        self, command_type: CommandType, field: str, value: object, problem: str
    ) -> None:
        given = GIVEN[command_type] | {python_name(field): value}
        error = refusal(InvalidInput, command_type, **given)
        assert (error.field, error.problem) == (field, problem)

    @every_command
    @pytest.mark.parametrize(
        ("key", "problem"), [("", EMPTY), (" ", EMPTY), ("k" * 256, over(255))]
    )
    def test_a_bad_key_is_refused(self, command_type: CommandType, key: str, problem: str) -> None:
        given = GIVEN[command_type] | {"idempotency_key": key}
        error = refusal(InvalidInput, command_type, **given)
        assert (error.field, error.problem) == ("idempotencyKey", problem)

    @every_command
    def test_the_key_is_optional(self, command_type: CommandType) -> None:
        assert command_type(**GIVEN[command_type]).idempotency_key is None


class TestWhatIsStored:
    def test_text_loses_its_surrounding_white_space(self) -> None:
        assert CreateTier(slug="gold", name=" Gold ", point_threshold=0).name == "Gold"
        assert UpdateTier(slug="gold", name=" Gold ").name == "Gold"
        user = UpsertUser(user_id="ada", email=" ada@example.com ", display_name=" Ada ")
        assert (user.email, user.display_name) == ("ada@example.com", "Ada")
        invite = IssueReferralInvite(user_id="ada", invitee_email=" bob@example.com ")
        assert invite.invitee_email == "bob@example.com"
        earned = EarnPoints(user_id="ada", points=1, reference=" r ", description=" d ")
        assert (earned.reference, earned.description) == ("r", "d")
        assert AdjustPoints(user_id="ada", points=1, reason=" why ").reason == "why"
        assert ReverseLedgerEntry(user_id="ada", seq=1, reason=" why ").reason == "why"
        assert CancelReferralInvite(code=" ABCDE-23456 ").code == "ABCDE-23456"
        assert CompleteReferral(code=" ABCD2345 ", invitee_id="bob").code == "ABCD2345"
        assert ArchiveTier(slug="gold", idempotency_key=" k ").idempotency_key == "k"

    def test_what_is_left_out_has_its_default(self) -> None:
        assert CreateTier(slug="gold", name="Gold", point_threshold=0).benefits == []
        update = UpdateTier(slug="gold")
        changes = (update.name, update.point_threshold, update.benefits, update.is_active)
        assert changes == (None, None, None, None)
        user = UpsertUser(user_id="ada")
        assert (user.email, user.display_name) == (UNSET, UNSET)
        assert user.marketing_messages is None
        invite = IssueReferralInvite(user_id="ada")
        rewards = (invite.invitee_email, invite.reward_points, invite.invitee_reward_points)
        assert rewards == (None, None, None)
        assert (invite.expires_in_days, invite.metadata) == (UNSET, {})
        earned = EarnPoints(user_id="ada", points=1)
        assert (earned.reference, earned.description, earned.metadata) == (None, None, {})

    def test_null_removes_and_is_not_left_out(self) -> None:
        user = UpsertUser(user_id="ada", email=None, display_name=None)
        assert (user.email, user.display_name) == (None, None)
        assert IssueReferralInvite(user_id="ada", expires_in_days=None).expires_in_days is None

    @pytest.mark.parametrize("threshold", [0, MAX])
    def test_a_threshold_may_touch_its_bounds(self, threshold: int) -> None:
        assert UpdateTier(slug="gold", point_threshold=threshold).point_threshold == threshold
        created = CreateTier(slug="gold", name="Gold", point_threshold=threshold)
        assert created.point_threshold == threshold

    @pytest.mark.parametrize("days", [1, 3_650])
    def test_the_days_of_an_invite_may_touch_their_bounds(self, days: int) -> None:
        invite = IssueReferralInvite(user_id="ada", expires_in_days=days)
        assert invite.expires_in_days == days

    def test_null_json_is_empty(self) -> None:
        metadata: Any = None
        assert EarnPoints(user_id="ada", points=1, metadata=metadata).metadata == {}
        assert IssueReferralInvite(user_id="ada", metadata=metadata).metadata == {}


class TestOperation:
    @every_command
    def test_it_is_the_commands_name(self, command_type: CommandType) -> None:
        assert command_type(**GIVEN[command_type]).operation == command_type.__name__


class TestReverseLedgerEntry:
    @pytest.mark.parametrize(
        ("user_id", "seq"), [("\x00", 1), (" ada", 1), ("a" * 129, 1), ("ada", 0), ("ada", -4)]
    )
    def test_what_is_the_key_of_no_entry_is_refused(self, user_id: str, seq: int) -> None:
        with pytest.raises(InvalidInput) as refused:
            ReverseLedgerEntry(user_id=user_id, seq=seq, reason="A slip")
        assert refused.value.field == "entryId"


class TestIssueReferralInvite:
    @pytest.mark.parametrize("days", [1.5, -5.0, True, "5"])
    def test_days_that_are_no_whole_number_are_refused(self, days: Any) -> None:
        with pytest.raises(InvalidInput) as refused:
            IssueReferralInvite(user_id="ada", expires_in_days=days)
        assert refused.value.field == "expiresInDays"
