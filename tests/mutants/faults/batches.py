"""Faults in batches: calls that are written together must not affect each other."""

from tests.mutants.mutant import Mutant

BATCH = "tests/resolvers/test_ledger_writer.py::TestABatch"
AMONG_OTHERS = "tests/resolvers/test_ledger_writer.py::TestACallAmongOthers"
HELD = "tests/resolvers/test_lock_contention.py"
USE_CASE = "resolvers/ledger_writer.py"
STATEMENTS = "db/repositories/ledger_batches.py"

MUTANTS = (
    Mutant(
        "batch-repeats-without-a-key",
        "A call without a key is written again when nobody knows whether it was committed.",
        USE_CASE,
        "None if call.claim else error",
        "None",
        (f"{AMONG_OTHERS}::test_without_a_key_is_not_repeated_if_nobody_knows_its_outcome",),
        function="_after_failure",
    ),
    Mutant(
        "batch-of-one-balance",
        "Each entry of a member is worked out from what they had before the batch.",
        USE_CASE,
        "members[call.user_id] = posted.member",
        "pass",
        (
            f"{BATCH}::test_is_one_transaction_for_all",
            f"{BATCH}::test_answers_each_as_the_member_is_with_its_entry",
        ),
        function="_change",
    ),
    Mutant(
        "batch-leaves-an-earlier-balance",
        "A member with several entries in a batch is left with the totals of one before the last.",
        STATEMENTS,
        "member.ledger_seq == newest_seq",
        "member.ledger_seq == newest_seq - 1",
        (f"{BATCH}::test_is_one_transaction_for_all",),
        function="_posted_row",
    ),
    Mutant(
        "batch-records-no-events",
        "A member who moves up in a batch gets no mail.",
        STATEMENTS,
        "json_text([_event_row(upgrade) for upgrade in upgrades])",
        '"[]"',
        (f"{BATCH}::test_announces_the_upgrades_of_all",),
        function="writing",
    ),
    Mutant(
        "batch-moves-everybody",
        "Every entry makes it seem that its member has just reached their tier.",
        "domain/ledger.py",
        "member.tier_since if tier_id == member.tier_id else moved_at",
        "moved_at",
        (
            "tests/schema/mutations/test_earn_points.py::TestTier::test_staying_on_a_tier_records_nothing_and_keeps_its_date",
        ),
        function="post",
    ),
    Mutant(
        "batch-is-undone-by-a-repeat",
        "A repeat among the calls of a batch undoes it for all of them.",
        USE_CASE,
        " or place in held.used",
        "",
        (f"{AMONG_OTHERS}::test_that_repeats_an_earlier_one_is_its_replay",),
        function="_change",
    ),
    Mutant(
        "batch-commits-abandoned-calls",
        "A call that is abandoned while it is written is committed.",
        USE_CASE,
        "_require_all_wait(batch)",
        "_waiting(batch)",
        (f"{AMONG_OTHERS}::test_that_is_given_up_while_it_is_written_is_undone",),
        function="LedgerWriter._write_batch",
    ),
    Mutant(
        "batch-breaks-up",
        "Calls for a locked member run one by one, and lock the member themselves.",
        USE_CASE,
        "self._split_by_member(batch, queue)",
        "_answer(batch, [None] * len(batch))",
        (
            f"{HELD}::TestAHeldMember::test_has_their_calls_written_together_as_soon_as_they_are_free",
        ),
        function="LedgerWriter._write_batch",
    ),
    Mutant(
        "batch-waits-for-the-locked",
        "All calls wait for a locked member, again and again.",
        USE_CASE,
        "self._enqueue(user_id if user_id in self._queues else None, call)",
        "self._enqueue(None, call)",
        (f"{HELD}::TestAHeldMember::test_is_not_waited_for_again_by_those_who_come_later",),
        function="LedgerWriter.post",
    ),
    Mutant(
        "batch-waits-for-keys",
        "A batch that has waited for a member waits as long for a key, and its member with it.",
        USE_CASE,
        "lock_timeout_ms=LOCK_TIMEOUT_MS",
        "lock_timeout_ms=None",
        (
            f"{HELD}::TestAKeyThatIsBeingTaken::test_is_not_waited_for_by_those_who_have_waited_for_a_member",
        ),
        function="_change",
    ),
    Mutant(
        "batch-waits-for-nobody",
        "A batch that waits for a member keeps its connection when all its callers have gone.",
        USE_CASE,
        "(_while_asked_for(batch, lock) if is_blocking else lock)",
        "lock",
        (
            "tests/resolvers/test_cancellation.py::test_writers_that_wait_for_a_lock_or_a_connection",
        ),
        function="_change",
    ),
)
