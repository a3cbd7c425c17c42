"""`domain.retries`: waits that double, within bounds, and end."""

import pytest

from domain.retries import (
    DELAY_SECONDS_MAX,
    DELAY_SECONDS_MIN,
    TRIES_MAX,
    is_last_try,
    retry_delay_seconds,
)


def test_the_waits_double_up_to_a_bound() -> None:
    waits = [retry_delay_seconds(attempts, 0.0) for attempts in range(1, 12)]
    assert waits == [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_200, 7_200, 7_200]


@pytest.mark.parametrize("attempts", [1, 5, 10, 10_000])
def test_chance_takes_up_to_half(attempts: int) -> None:
    whole, half = (retry_delay_seconds(attempts, jitter) for jitter in (0.0, 1.0))
    assert half == whole / 2
    assert DELAY_SECONDS_MIN / 2 <= half < whole <= DELAY_SECONDS_MAX


def test_ten_tries_span_two_to_four_hours() -> None:
    longest, shortest = (
        sum(retry_delay_seconds(attempts, jitter) for attempts in range(1, TRIES_MAX))
        for jitter in (0.0, 1.0)
    )
    assert 2 * 3_600 < shortest < longest < 4.2 * 3_600


def test_the_tenth_try_is_the_last() -> None:
    assert [is_last_try(attempts) for attempts in (1, 9, 10, 11)] == [False, False, True, True]
