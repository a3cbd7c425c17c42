"""Faults in what a repeat does: idempotency keys, transactions, and work done again."""

from tests.mutants.mutant import Mutant

FIRST_TABLES = "migrations/versions/2026_11_22_first_tables.py"
IDEMPOTENCY = "tests/schema/mutations/test_idempotency.py::TestEveryMutation"
LOST = "tests/db/engine/test_lost_connections.py"
POINTS = "tests/resolvers/test_concurrency_points.py"

MUTANTS = (
    Mutant(
        "key-claimed-by-many",
        "The database lets several calls at once claim one idempotency key.",
        FIRST_TABLES,
        'sa.PrimaryKeyConstraint("actor_id", "key", name="pk_idempotency_keys"),',
        "",
        (f"{POINTS}::test_50_calls_with_one_key_write_one_entry",),
        function="upgrade",
    ),
    Mutant(
        "key-serves-other-input",
        "Another input under a used key is answered as if it were a repeat.",
        "resolvers/context.py",
        "earlier.request_hash != claim.request_hash",
        "earlier.operation != claim.operation",
        (
            f"{POINTS}::test_one_key_for_different_inputs_serves_one_of_them",
            f"{IDEMPOTENCY}::test_with_another_input_the_key_is_refused",
        ),
        function="_repeat",
    ),
    Mutant(
        "key-shared-by-all-callers",
        "The key of one caller is taken for the key of every other.",
        "resolvers/context.py",
        "actor_id=actor.id,",
        'actor_id="",',
        (
            f"{POINTS}::test_one_key_of_different_callers_is_a_key_of_each",
            f"{IDEMPOTENCY}::test_the_same_key_of_another_admin_is_another_key",
        ),
        function="claim_of",
    ),
    Mutant(
        "statements-commit-alone",
        "Each statement of a mutation is committed by itself, whatever becomes of the next.",
        "db/engine/database.py",
        ", driver.transaction(connection):",
        ":",
        ("tests/db/engine/test_sessions.py::TestUnitOfWork::test_an_exception_undoes_it",),
        function="Database.unit_of_work",
    ),
    Mutant(
        "no-second-try",
        "Work that a lost connection has undone is not tried again.",
        "db/engine/database.py",
        "attempt < TRIES_MAX",
        "attempt < 1",
        (f"{LOST}::TestRepeats::test_work_that_was_interrupted_is_done_once",),
        function="Database.perform",
    ),
    Mutant(
        "tried-again-when-it-may-be-done",
        "What nobody knows to be undone is done again, and may be done twice.",
        "db/engine/database.py",
        "is_repeatable or not isinstance(error, OutcomeUnknown)",
        "True",
        (f"{LOST}::TestLostCommits::test_nobody_knows_what_became_of_it",),
        function="Database.perform",
    ),
    Mutant(
        "busy-is-our-fault",
        "A deadlock or a lock timeout is reported as an internal error, and not as retryable.",
        "db/engine/failures.py",
        "|55P03|57014|40001|40P01|",
        "|57014|40001|",
        ("tests/resolvers/test_failures.py::test_what_a_retry_may_cure_says_so",),
    ),
    Mutant(
        "lost-connection-handed-out",
        "Who wants to write gets a connection that was closed while nobody used it.",
        "db/engine/database.py",
        "        raise DisconnectionError",
        "        return",
        (f"{LOST}::TestIdleConnections::test_the_next_callers_do_not_notice",),
        function="_require_open",
    ),
)
