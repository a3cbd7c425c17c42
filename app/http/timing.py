"""Where a request's time went, for developers of clients."""

from time import perf_counter

from db.engine.stopwatch import Stopwatch, stopwatch
from resolvers.context import Context

HEADER = "Server-Timing"


class Timing:
    """The times of one request, from now on."""

    def __init__(self) -> None:
        self._started = perf_counter()
        self._database = Stopwatch()
        stopwatch.set(self._database)

    def header(self, context: Context) -> str:
        """Returns the header's value: https://www.w3.org/TR/server-timing/, in milliseconds.

        `execution` says which of the two executions answered: `compiled` or `resolvers`.
        """
        total_seconds = perf_counter() - self._started
        execution = "compiled" if context.is_compiled else "resolvers"
        return (
            f"db;dur={self._database.seconds * 1_000:.1f}, "
            f'total;dur={total_seconds * 1_000:.1f}, execution;desc="{execution}"'
        )
