"""SIGTERM ends a command in order, wherever it finds it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app import termination

TERMINATED = 128 + signal.SIGTERM


@pytest.fixture(autouse=True)
def _sigterm_exits() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    termination.exit_on_sigterm()
    yield
    signal.signal(signal.SIGTERM, before)


def test_outside_of_an_event_loop() -> None:
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGTERM)

    assert ended.value.code == TERMINATED


def test_in_an_event_loop_where_exceptions_are_dropped() -> None:
    closed = []

    async def work() -> None:
        with suppress(BaseException):
            signal.raise_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        finally:
            closed.append("what was open")

    with pytest.raises(SystemExit) as ended:
        termination.run(work())

    assert ended.value.code == TERMINATED
    assert closed


def test_after_the_event_loop_it_exits_again() -> None:
    async def work() -> str:
        return "done"

    assert termination.run(work()) == "done"
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
