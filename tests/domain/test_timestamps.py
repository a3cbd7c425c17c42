"""How moments are written."""

from datetime import UTC, datetime

import pytest

from domain.timestamps import serialized


@pytest.mark.parametrize(
    ("microsecond", "fraction"),
    [(0, ""), (1, ".000001"), (120_000, ".12"), (123_456, ".123456"), (100, ".0001")],
)
def test_a_fraction_has_no_zeros_at_its_end(microsecond: int, fraction: str) -> None:
    moment = datetime(2026, 11, 24, 12, 0, 10, microsecond, UTC)
    assert serialized(moment) == f"2026-11-24T12:00:10{fraction}+00:00"
    assert datetime.fromisoformat(serialized(moment)) == moment
