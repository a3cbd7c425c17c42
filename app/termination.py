"""What SIGTERM does to a command: it ends in order, with what is open closed."""

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
    """Returns what comes of `work` in an event loop; SIGTERM cancels it, as Ctrl-C does.

    An exit out of the signal's handler would come up wherever the loop is at that moment, also in
    the middle of what drops exceptions: the command would go on.
    """

    async def cancellable() -> ResultT:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "a coroutine that runs is a task's"
        before = signal.signal(
            signal.SIGTERM, lambda _number, _frame: loop.call_soon_threadsafe(task.cancel)
        )
        try:
            return await work
        finally:
            signal.signal(signal.SIGTERM, before)

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        _exit()


def _exit(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
