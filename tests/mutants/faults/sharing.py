"""Faults in what is asked once for all: who may share an answer, and how old it may be."""

from tests.mutants.mutant import Mutant

ASKED_ONCE = "tests/db/engine/test_single_flight.py"
SHARED = "tests/schema/queries/test_shared_reads.py"
SINGLE_FLIGHT = "db/engine/single_flight.py"

MUTANTS = (
    Mutant(
        "answers-older-than-the-question",
        "Who asks while a statement is under way gets its answer, without what was written since.",
        SINGLE_FLIGHT,
        "            self._close(question, flight)\n            self._latest[question]",
        "            self._latest[question]",
        (f"{ASKED_ONCE}::TestWhoShares::test_not_those_who_come_later",),
        function="SingleFlight._ask.fetch",
    ),
    Mutant(
        "answers-to-another-question",
        "Who asks for one tier gets the one that somebody else has asked for.",
        SINGLE_FLIGHT,
        "self._next.get(question) or self._prepared(question)",
        "next(iter(self._next.values()), None) or self._prepared(question)",
        (
            f"{ASKED_ONCE}::TestWhoShares::test_not_those_who_ask_something_else",
            f"{SHARED}::test_each_tier_is_read_once_for_those_who_ask_for_it",
        ),
        function="SingleFlight.text",
    ),
    Mutant(
        "one-gives-up-for-all",
        "Whoever shares a statement with a caller that gives up is given up as well.",
        SINGLE_FLIGHT,
        "await asyncio.shield(flight.answer)",
        "await flight.answer",
        (f"{ASKED_ONCE}::TestWhoGivesUp::test_leaves_the_others",),
        function="SingleFlight.text",
    ),
    Mutant(
        "given-up-by-all-and-still-joined",
        "Who asks just after all others have given up is given up with them.",
        SINGLE_FLIGHT,
        "                self._close(question, flight)\n\n    async def aclose",
        "                pass\n\n    async def aclose",
        (f"{ASKED_ONCE}::TestWhoGivesUp::test_is_followed_by_others",),
        function="SingleFlight",
    ),
    Mutant(
        "statements-that-nobody-waits-for",
        "A statement goes on, and keeps its connection, when all who asked have given up.",
        SINGLE_FLIGHT,
        "if not flight.callers and flight.answer.cancel():",
        "if not flight.callers and flight.answer.done():",
        (f"{ASKED_ONCE}::TestWhoGivesUp::test_has_the_statement_stopped_if_nobody_is_left",),
        function="SingleFlight.text",
    ),
    Mutant(
        "held-up-by-the-one-before",
        "One statement that is held up holds up all who ask the same.",
        SINGLE_FLIGHT,
        "await asyncio.wait([before], timeout=HELD_UP_SECONDS_MAX)",
        "await asyncio.wait([before])",
        (f"{ASKED_ONCE}::TestWhoShares::test_not_those_who_come_later",),
        function="SingleFlight._ask",
    ),
    Mutant(
        "waits-without-a-connection",
        "A request that keeps a connection waits for a statement that may have to wait for it.",
        "schema/compiled/operation.py",
        "if is_alone and binding.is_public",
        "if binding.is_public",
        (f"{SHARED}::test_with_other_fields_the_tiers_are_read_on_the_connection_of_the_request",),
        function="_read",
    ),
    Mutant(
        "members-are-shared",
        "What belongs to a member is read once for all, as if it were public.",
        "schema/compiled/operation.py",
        "if is_alone and binding.is_public",
        "if is_alone",
        (f"{SHARED}::test_members_are_read_for_each_caller",),
        function="_read",
    ),
    Mutant(
        "waits-twice",
        "Who is the first to ask has the database's time counted twice.",
        SINGLE_FLIGHT,
        "self._ask(question, flight), context=ContextVariables()",
        "self._ask(question, flight)",
        (f"{ASKED_ONCE}::test_each_caller_has_waited_for_the_database",),
        function="SingleFlight._prepared",
    ),
)
