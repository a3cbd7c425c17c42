"""Single flight: what is the same for everybody is asked once for all who ask at the same time.

It is no cache. A statement answers those who came before it began, and nobody else: so that callers
always find what they have written themselves.
"""

import asyncio
from contextvars import Context as ContextVariables
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import driver
from db.engine.pools import Connections
from db.engine.sessions import Reader
from db.engine.stopwatch import timed

HELD_UP_SECONDS_MAX = 0.1
"""For so long a statement waits for the one before it, which would otherwise hold up everybody."""

_Question: TypeAlias = tuple[str, tuple[Any, ...]]
_Answer: TypeAlias = asyncio.Task[str | None]


@dataclass(eq=False, slots=True)
class _Flight:
    """A statement that is asked for by several callers."""

    callers: int = 0
    answer: _Answer = field(init=False)


class SingleFlight:
    """Asks for the calls of one process.

    While a statement runs, callers of the same statement share the next one. A caller must hold no
    connection: it could be the last one, for which the statement waits.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._next: dict[_Question, _Flight] = {}  # those that have not begun
        self._latest: dict[_Question, _Answer] = {}  # the last to have begun, until it ends
        self._answers: set[_Answer] = set()

    @property
    def waiting(self) -> int:
        """How many calls wait for a statement that has not begun."""
        return sum(flight.callers for flight in self._next.values())

    async def text(self, sql: str, parameters: tuple[Any, ...]) -> str | None:
        """Returns what `Reader.text` does, and fails as it does."""
        question = (sql, parameters)
        flight = self._next.get(question) or self._prepared(question)
        flight.callers += 1
        try:
            with timed():
                # Who gives up does so for themselves.
                return await asyncio.shield(flight.answer)
        finally:
            flight.callers -= 1
            if not flight.callers and flight.answer.cancel():
                self._close(question, flight)

    async def aclose(self) -> None:
        """Waits for what is being read."""
        if self._answers:
            await asyncio.wait(self._answers)

    def _prepared(self, question: _Question) -> _Flight:
        flight = self._next[question] = _Flight()
        # It works for everybody, whose request has made it or not.
        flight.answer = asyncio.get_running_loop().create_task(
            self._ask(question, flight), context=ContextVariables()
        )
        self._answers.add(flight.answer)
        flight.answer.add_done_callback(self._end)
        return flight

    async def _ask(self, question: _Question, flight: _Flight) -> str | None:
        if before := self._latest.get(question):
            await asyncio.wait([before], timeout=HELD_UP_SECONDS_MAX)

        async def fetch(connection: AsyncConnection) -> str | None:
            # Who came while a connection was waited for goes along.
            self._close(question, flight)
            self._latest[question] = flight.answer
            text: str | None = await driver.fetch_value(connection, *question)
            return text

        reader = Reader(self._connections)
        try:
            return await reader.ask(fetch)
        finally:
            self._close(question, flight)
            if self._latest.get(question) is flight.answer:
                del self._latest[question]
            await reader.aclose()

    def _end(self, answer: _Answer) -> None:
        self._answers.discard(answer)
        if not answer.cancelled():
            # What goes wrong when all have given up is nobody's to know.
            answer.exception()

    def _close(self, question: _Question, flight: _Flight) -> None:
        """Lets nobody else in."""
        if self._next.get(question) is flight:
            del self._next[question]
