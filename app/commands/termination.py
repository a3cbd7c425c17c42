"""SIGTERM and Ctrl-C: they end a command in order, after it has closed its resources."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

ResultT = TypeVar("ResultT")


def exit_on_sigterm() -> None:
    """Makes SIGTERM raise SystemExit, which leaves every `with` block; the default does not."""
    signal.signal(signal.SIGTERM, _exit)


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Returns the result of `work` in an event loop; a signal cancels it at its next await.

    A signal handler that raises could raise anywhere in the loop, also in code that drops
    exceptions; and a loop that is about to wait would notice the signal only when it wakes. The
    loop's own signal handlers avoid both.

    Raises:
        KeyboardInterrupt: SIGINT has cancelled it.
        SystemExit: SIGTERM has cancelled it.
    """
    received: list[signal.Signals] = []

    async def cancellable() -> ResultT:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "asyncio.run makes a task"

        def stop(number: signal.Signals) -> None:
            received.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        return await work

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        if signal.SIGTERM in received:
            _exit()
        raise KeyboardInterrupt from None
    finally:
        # The loop has restored the default handlers.
        exit_on_sigterm()


def _exit(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
