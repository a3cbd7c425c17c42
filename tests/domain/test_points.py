"""`domain.points`: whole numbers that JavaScript holds exactly, and their sums."""

import math
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import points
from domain.errors.base import InvalidInput
from domain.errors.conflicts import PointsLimitExceeded
from tests.domain.builders import MAX, refusal


class Five(IntEnum):
    FIVE = 5


not_whole_numbers = pytest.mark.parametrize(
    "value",
    [True, False, 1.0, 0.5, -0.0, math.nan, math.inf, "1", b"1", None, [], Decimal(1), Five.FIVE],
)

POINTS = st.integers(min_value=-MAX, max_value=MAX)


def test_the_limit_is_the_largest_integer_that_javascript_holds_exactly() -> None:
    assert points.POINTS_MAX == 2**53 - 1


class TestAmount:
    @pytest.mark.parametrize("value", [1, 2, MAX - 1, MAX])
    def test_from_one_to_the_limit_it_is_returned(self, value: int) -> None:
        assert points.amount("points", value) == value

    @pytest.mark.parametrize("value", [0, -1, -MAX, MAX + 1, MAX * MAX])
    def test_out_of_bounds_it_is_refused_with_the_bounds(self, value: int) -> None:
        error = refusal(InvalidInput, points.amount, "prize", value)
        assert error.field == "prize"
        assert error.problem == (f"must be a whole number from 1 to 9007199254740991, not {value}.")

    @not_whole_numbers
    def test_what_is_no_int_is_refused(self, value: Any) -> None:
        error = refusal(InvalidInput, points.amount, "points", value)
        assert error.message == "points: must be a whole number of points."


class TestDelta:
    @pytest.mark.parametrize("value", [1, -1, MAX, -MAX])
    def test_either_sign_up_to_the_limit_is_returned(self, value: int) -> None:
        assert points.delta("points", value) == value

    def test_zero_is_refused_because_an_entry_changes_the_balance(self) -> None:
        error = refusal(InvalidInput, points.delta, "points", 0)
        assert error.message == "points: must not be 0: an entry changes the balance."

    @pytest.mark.parametrize("value", [MAX + 1, -MAX - 1])
    def test_out_of_bounds_it_is_refused_with_the_bounds(self, value: int) -> None:
        assert refusal(InvalidInput, points.delta, "points", value).message == (
            f"points: must be a whole number from -9007199254740991 to 9007199254740991, "
            f"not {value}."
        )

    @not_whole_numbers
    def test_what_is_no_int_is_refused(self, value: Any) -> None:
        error = refusal(InvalidInput, points.delta, "points", value)
        assert error.message == "points: must be a whole number of points."


class TestThreshold:
    @pytest.mark.parametrize("value", [0, 1, MAX])
    def test_from_zero_to_the_limit_it_is_returned(self, value: int) -> None:
        assert points.threshold("pointThreshold", value) == value

    @pytest.mark.parametrize("value", [-1, MAX + 1])
    def test_out_of_bounds_it_is_refused_with_the_bounds(self, value: int) -> None:
        assert refusal(InvalidInput, points.threshold, "pointThreshold", value).message == (
            f"pointThreshold: must be a whole number from 0 to 9007199254740991, not {value}."
        )

    @not_whole_numbers
    def test_what_is_no_int_is_refused(self, value: Any) -> None:
        error = refusal(InvalidInput, points.threshold, "pointThreshold", value)
        assert error.message == "pointThreshold: must be a whole number of points."


class TestReward:
    @pytest.mark.parametrize("value", [7, 8, 9])
    def test_within_the_given_bounds_it_is_returned(self, value: int) -> None:
        assert points.reward("rewardPoints", value, least=7, most=9) == value

    @pytest.mark.parametrize("value", [6, 10])
    def test_one_beyond_them_it_is_refused_with_the_bounds(self, value: int) -> None:
        error = refusal(InvalidInput, points.reward, "rewardPoints", value, least=7, most=9)
        assert error.message == f"rewardPoints: must be a whole number from 7 to 9, not {value}."

    @not_whole_numbers
    def test_what_is_no_int_is_refused(self, value: Any) -> None:
        error = refusal(InvalidInput, points.reward, "rewardPoints", value, least=0, most=9)
        assert error.message == "rewardPoints: must be a whole number of points."


class TestTotal:
    @pytest.mark.parametrize(
        ("current", "change", "expected"),
        [(0, 0, 0), (2, 3, 5), (5, -5, 0), (0, MAX, MAX), (MAX, 0, MAX), (MAX, -MAX, 0)],
    )
    def test_it_is_the_sum(self, current: int, change: int, expected: int) -> None:
        assert points.total(current, change) == expected

    @pytest.mark.parametrize(("current", "change"), [(MAX, 1), (1, MAX), (MAX, MAX)])
    def test_above_the_limit_it_is_refused_with_its_numbers(
        self, current: int, change: int
    ) -> None:
        error = refusal(PointsLimitExceeded, points.total, current, change)
        assert (error.total, error.requested, error.limit) == (current, change, MAX)

    @given(current=st.integers(0, MAX), change=POINTS)
    def test_it_is_exact_or_refused(self, current: int, change: int) -> None:
        if current + change > MAX:
            refusal(PointsLimitExceeded, points.total, current, change)
        else:
            assert points.total(current, change) - change == current
