"""How long the database has kept a request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """How long the statements of one request have taken, with the wait for a connection."""

    seconds: float = 0.0


stopwatch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)
"""Measures the statements of the request that has set it, in all of its tasks."""


@contextmanager
def timed() -> Iterator[None]:
    """Has the stopwatch run, if there is one."""
    started = time.perf_counter()
    try:
        yield
    finally:
        if watch := stopwatch.get():
            watch.seconds += time.perf_counter() - started
