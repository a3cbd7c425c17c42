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

# The fingerprints are stored with the keys. They follow from the names of commands and fields.
PINNED = {
    "AdjustPoints": "d54331e0116d47c5399df51f1e4b2284745f45a559d4c37a2eea2da5605d7168",
    "ArchiveTier": "edaf640363e5ab1c592409713a551e07787707a14d2dcfa9526de5ef60c30ce1",
    "CancelReferralInvite": "325f5c206fd0a2da701dae60add81215074c949992d381233eb534b765dbdac2",
    "CompleteReferral": "d187f26919747d1ea34f7e74dce04cff8037c782de8c81b8f390884c320dffac",
    "CreateTier": "dc1a1bdb5e9897cf18691252494baee45b47c6d00b5f8982e5d83b9d4b133519",
    "EarnPoints": "e13dea22084d03509051e7b2432451357d4574fe1a2dbdd365ad1b440b974b4b",
    "EraseUser": "d3601008230fa9fbc48d3926d78da037e4fdb6c2d27c349ede61f1cdddb03875",
    "IssueReferralInvite": "8dec476017a08bfa611695117015ff32c8d8d690b779781f620196d5b55ea193",
    "RedeemPoints": "e383220f453f889690d993b9c8e24fbc5e61d7565edb9b94a544abb6a5da0f08",
    "ReplayNotification": "1aa1f013cfac2d2b3e0ea39da4e4f03019914960c6fb6b0a02cdbbee63fd7d46",
    "ReverseLedgerEntry": "6cbda11057224c1b30e24dfa19c38f0aa34ec2ab236456901ca41f3bc564c8e1",
    "UpdateTier": "a4dd01e1dd644308ce0a394e3a701b66451edc55f7fef67b21ecbc504e74e955",
    "UpsertUser": "5aa399e0a7e0f2987c0a0d984ff940af7a408650431d0322e2cf5e9ac6a944ae",
}


class TestFingerprint:
    @every_command
    def test_it_is_a_sha256_digest(self, command_type: CommandType) -> None:
        fingerprint = command_type(**GIVEN[command_type]).fingerprint()
        assert isinstance(fingerprint, bytes)
        assert len(fingerprint) == 32

    @every_command
    def test_it_stays_the_same(self, command_type: CommandType) -> None:
        """A request under a key from before an update is known again after it."""
        fingerprint = command_type(**GIVEN[command_type]).fingerprint()
        assert fingerprint.hex() == PINNED[command_type.__name__]

    def test_it_stays_the_same_where_a_value_was_removed_or_left_out(self) -> None:
        changed = UpsertUser(user_id="ada", display_name=None)
        assert (
            changed.fingerprint().hex()
            == "1aa8c30a298e828aef5c3e3e8a2bd8583cb1311e36a816f2c56adf0ba7bfaeb6"
        )

    def test_it_stays_the_same_for_any_json(self) -> None:
        earned = EarnPoints(user_id="ada", points=5, metadata={"é": [1, 2.5, None], "a": {}})
        assert (
            earned.fingerprint().hex()
            == "9de9acd9585eaf8d5245c4ce40ab247acd75f9a2b2b63fc83d47a65ffcc6f5aa"
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
