"""`domain.commands`: a request is known again by its fingerprint, and no other is taken for it."""

from typing import Any
from uuid import UUID

import pytest

from domain.commands import UNSET, EarnPoints, RedeemPoints, UpsertUser
from tests.domain.builders import MAX
from tests.domain.good_commands import GIVEN, CommandType, every_command

# For each field of a good command, other values that are as good.
OTHER: dict[str, list[Any]] = {
    "slug": ["silver"],
    "name": ["Silver", "gold"],
    "point_threshold": [6, 0],
    "benefits": [[], ["b", "a"], ["a", "b", None], ["a", ["b"]]],
    "is_active": [False, None],
    "user_id": ["bob", "ADA"],
    "email": ["eve@example.com", "ADA@example.com", None, UNSET],
    "display_name": ["Bob", None, UNSET],
    "marketing_messages": [False, None],
    "invitee_email": ["eve@example.com", None],
    "reward_points": [6, None],
    "invitee_reward_points": [5, 0, None],
    "expires_in_days": [8, None, UNSET],
    "metadata": [{}, {"a": 2}, {"b": 1}, {"a": "1"}, {"a": True}, {"a": None}, {"a": 1, "b": 1}],
    "code": ["ABCD2345"],
    "invitee_id": ["eve"],
    "points": [6, 1, MAX],
    "reference": ["order-2", None],
    "description": ["Another", None],
    "reason": ["Another"],
    "seq": [8],
    "notification_id": [UUID(int=2)],
}


class TestFingerprint:
    @every_command
    def test_it_is_a_sha256_digest(self, command_type: CommandType) -> None:
        fingerprint = command_type(**GIVEN[command_type]).fingerprint()
        assert isinstance(fingerprint, bytes)
        assert len(fingerprint) == 32

    def test_it_stays_the_same(self) -> None:
        """A request under a key from before an update is known again after it."""
        earned = EarnPoints(user_id="ada", points=5, metadata={"é": [1, 2.5, None], "a": {}})
        assert (
            earned.fingerprint().hex()
            == "9de9acd9585eaf8d5245c4ce40ab247acd75f9a2b2b63fc83d47a65ffcc6f5aa"
        )
        changed = UpsertUser(user_id="ada", display_name=None)
        assert (
            changed.fingerprint().hex()
            == "1aa8c30a298e828aef5c3e3e8a2bd8583cb1311e36a816f2c56adf0ba7bfaeb6"
        )

    @every_command
    @pytest.mark.parametrize("key", [None, "key-1", "key-2"])
    def test_equal_requests_have_equal_ones_whatever_their_key(
        self, command_type: CommandType, key: str | None
    ) -> None:
        first = command_type(**GIVEN[command_type], idempotency_key="key-1")
        again = command_type(**GIVEN[command_type], idempotency_key=key)
        assert again.fingerprint() == first.fingerprint()

    @pytest.mark.parametrize(
        ("command_type", "name"),
        [(command, name) for command, given in GIVEN.items() for name in given],
    )
    def test_no_two_values_of_a_field_have_the_same(
        self, command_type: CommandType, name: str
    ) -> None:
        given = GIVEN[command_type]
        requests = [command_type(**given | {name: other}) for other in OTHER[name]]
        prints = {request.fingerprint() for request in [command_type(**given), *requests]}
        assert len(prints) == len(OTHER[name]) + 1

    def test_another_operation_with_the_same_fields_has_another(self) -> None:
        given = GIVEN[EarnPoints]
        assert EarnPoints(**given).fingerprint() != RedeemPoints(**given).fingerprint()

    def test_a_value_in_another_field_is_another_request(self) -> None:
        one = EarnPoints(user_id="ada", points=1, reference="same")
        other = EarnPoints(user_id="ada", points=1, description="same")
        assert one.fingerprint() != other.fingerprint()

    def test_the_order_of_keys_does_not_matter(self) -> None:
        one = EarnPoints(user_id="ada", points=1, metadata={"a": {"x": 1, "y": 2}, "b": 3})
        other = EarnPoints(user_id="ada", points=1, metadata={"b": 3, "a": {"y": 2, "x": 1}})
        assert one.fingerprint() == other.fingerprint()

    def test_the_white_space_that_is_dropped_does_not_matter(self) -> None:
        one = EarnPoints(user_id="ada", points=1, description="An order")
        other = EarnPoints(user_id="ada", points=1, description=" An order ")
        assert one.fingerprint() == other.fingerprint()

    def test_any_text_that_can_be_stored_has_one(self) -> None:
        assert UpsertUser(user_id="ädä🙂", display_name="Ädä 🙂").fingerprint()
        assert EarnPoints(user_id="ada", points=1, description="\u2028\x01").fingerprint()

    def test_a_value_that_reads_like_one_left_out_is_another_request(self) -> None:
        left_out = UpsertUser(user_id="ada")
        given = UpsertUser(user_id="ada", display_name="Unset.UNSET")
        assert left_out.fingerprint() != given.fingerprint()
