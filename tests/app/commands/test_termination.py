"""SIGTERM and Ctrl-C end a command in order, wherever they find it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app.commands import termination

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


@pytest.mark.parametrize(
    ("number", "end"),
    [(signal.SIGTERM, SystemExit(TERMINATED)), (signal.SIGINT, KeyboardInterrupt())],
)
def test_in_an_event_loop_where_exceptions_are_dropped(
    number: signal.Signals, end: BaseException
) -> None:
    closed = []

    async def work() -> None:
        with suppress(BaseException):
            signal.raise_signal(number)
        try:
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        finally:
            closed.append("what was open")

    with pytest.raises(type(end)) as ended:
        termination.run(work())

    assert closed
    assert ended.value.args == end.args


def test_after_the_event_loop_it_exits_again() -> None:
    async def work() -> str:
        return "done"

    assert termination.run(work()) == "done"
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
