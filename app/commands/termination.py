"""What SIGTERM and Ctrl-C do to a command: it ends in order, with what is open closed."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

ResultT = TypeVar("ResultT")


def exit_on_sigterm() -> None:
    """Has SIGTERM exit: that unwinds what is open, an embedded server too; the default does not."""
    signal.signal(signal.SIGTERM, _exit)


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Returns what comes of `work` in an event loop, which a signal cancels wherever it is.

    An exception out of a signal's handler would come up anywhere in the loop, also in the middle of
    what drops exceptions; and a loop that is about to wait would not hear of the signal before it
    wakes. So the loop itself is told, through its own pipe.

    Raises:
        KeyboardInterrupt: SIGINT has cancelled it.
        SystemExit: SIGTERM has.
    """
    told: list[signal.Signals] = []

    async def cancellable() -> ResultT:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "a coroutine that runs is a task's"

        def stop(number: signal.Signals) -> None:
            told.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        return await work

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        if signal.SIGTERM in told:
            _exit()
        raise KeyboardInterrupt from None
    finally:
        # The loop has left the defaults behind.
        exit_on_sigterm()


def _exit(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
