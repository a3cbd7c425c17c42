"""The checker finds what it is for."""

import pytest

from tests.stress.history import Operation, anomalies

SOUND = [
    Operation(began=0, ended=2, seq=1, balance=5, points=5),
    Operation(began=1, ended=4, seq=2, balance=3, points=-2),
    Operation(began=1, ended=3, seq=1, balance=5, points=0),
    Operation(began=5, ended=6, seq=2, balance=3, points=0),
]


def test_a_sound_history_has_no_anomaly() -> None:
    assert anomalies(SOUND) == []


@pytest.mark.parametrize(
    "impossible",
    [
        Operation(began=5, ended=6, seq=1, balance=5, points=0),  # a look at what was over
        Operation(began=5, ended=6, seq=2, balance=4, points=0),  # another balance
        Operation(began=5, ended=6, seq=4, balance=4, points=1),  # an entry is missing
        Operation(began=5, ended=6, seq=2, balance=3, points=-2),  # one entry for two changes
        Operation(began=-2, ended=-1, seq=1, balance=5, points=0),  # a look at what is to come
    ],
)
def test_an_impossible_one_has(impossible: Operation) -> None:
    assert anomalies([*SOUND, impossible])
