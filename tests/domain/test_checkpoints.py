"""`domain.checkpoints`: what is signed can be read back, and nothing else can."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.checkpoints import Checkpoint, read_statement
from domain.errors.base import InvalidInput
from tests.domain.builders import refusal

CHECKPOINT = Checkpoint(
    as_of=datetime(2026, 3, 1, 12, 0, 0, 7, UTC), members=2, entries=300, digest=bytes(range(32))
)


def test_the_text_is_written_down() -> None:
    assert CHECKPOINT.statement() == (
        "loyalty ledger checkpoint 1\n"
        "as of 2026-03-01T12:00:00.000007Z\n"
        "2 members, 300 entries\n"
        "SHA-256 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    )


def test_what_is_written_can_be_read() -> None:
    assert read_statement(CHECKPOINT.statement()) == CHECKPOINT


def test_the_time_is_that_of_utc() -> None:
    elsewhere = CHECKPOINT.as_of.astimezone(timezone(timedelta(hours=5)))
    there = Checkpoint(elsewhere, 2, 300, CHECKPOINT.digest)
    assert there.statement() == CHECKPOINT.statement()


@pytest.mark.parametrize(
    "changed",
    [
        "",
        CHECKPOINT.statement() + "\n",
        CHECKPOINT.statement().replace("checkpoint 1", "checkpoint 2"),
        CHECKPOINT.statement().replace("2026-03", "2026-13"),
        CHECKPOINT.statement().replace("300", "-300"),
        CHECKPOINT.statement().replace("000102", "00010"),
    ],
)
def test_another_text_is_refused(changed: str) -> None:
    assert refusal(InvalidInput, read_statement, changed).field == "statement"
