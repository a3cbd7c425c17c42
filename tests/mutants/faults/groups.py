"""Faults in what calls that come together are to each other: nothing but company."""

from tests.mutants.mutant import Mutant

GROUP = "tests/resolvers/test_group_commit.py::TestAGroup"
AMONG_OTHERS = "tests/resolvers/test_group_commit.py::TestACallAmongOthers"
HELD = "tests/resolvers/test_lock_contention.py"
USE_CASE = "resolvers/group_commit.py"
STATEMENTS = "db/repositories/group_commit.py"

MUTANTS = (
    Mutant(
        "group-of-one-balance",
        "Each entry of a member is worked out from what they had before the group.",
        USE_CASE,
        "members[call.user_id] = after = _after(",
        "after = _after(",
        (
            f"{GROUP}::test_is_one_transaction_for_all",
            f"{GROUP}::test_answers_each_as_the_member_is_with_its_entry",
        ),
        function="_change",
    ),
    Mutant(
        "group-leaves-an-earlier-balance",
        "A member with several entries in a group is left with the totals of one before the last.",
        STATEMENTS,
        "member.ledger_seq == newest_seq",
        "member.ledger_seq == newest_seq - 1",
        (f"{GROUP}::test_is_one_transaction_for_all",),
        function="_posted_row",
    ),
    Mutant(
        "group-announces-nothing",
        "Who moves up in a group is not told.",
        STATEMENTS,
        "json_text([_event_row(upgrade) for upgrade in upgrades])",
        '"[]"',
        (f"{GROUP}::test_announces_the_upgrades_of_all",),
        function="write",
    ),
    Mutant(
        "group-moves-everybody",
        "Every entry makes it seem that its member has just reached their tier.",
        USE_CASE,
        "member.tier_since if tier_id == member.tier_id else moved_at",
        "moved_at",
        (
            "tests/schema/mutations/test_earn_points.py::TestTier::test_staying_on_a_tier_records_nothing_and_keeps_its_date",
        ),
        function="_after",
    ),
    Mutant(
        "group-is-undone-by-a-repeat",
        "A repeat among the calls of a group undoes it for all of them.",
        USE_CASE,
        " or place in held.used",
        "",
        (f"{AMONG_OTHERS}::test_that_repeats_an_earlier_one_is_its_replay",),
        function="_change",
    ),
    Mutant(
        "group-commits-what-was-given-up",
        "What is being written for a caller who is told that it was given up is committed.",
        USE_CASE,
        "_require_all_wait(group)",
        "_waiting(group)",
        (f"{AMONG_OTHERS}::test_that_is_given_up_while_it_is_written_is_undone",),
        function="LedgerWriter._write_group",
    ),
    Mutant(
        "group-parts-from-each-other",
        "Calls for a member whom others hold go one by one, and hold the member up themselves.",
        USE_CASE,
        "self._split_by_member(group, calls)",
        "_answer(group, [None] * len(group))",
        (
            f"{HELD}::TestAHeldMember::test_has_their_calls_written_together_as_soon_as_they_are_free",
        ),
        function="LedgerWriter._write_group",
    ),
    Mutant(
        "group-waits-for-the-held",
        "Everybody waits for a member whom others hold, again and again.",
        USE_CASE,
        "self._enqueue(user_id if user_id in self._queues else None, call)",
        "self._enqueue(None, call)",
        (f"{HELD}::TestAHeldMember::test_is_not_waited_for_again_by_those_who_come_later",),
        function="LedgerWriter.post",
    ),
    Mutant(
        "group-waits-for-keys",
        "A group that has waited for a member waits as long for a key, and its member with it.",
        STATEMENTS,
        ".where(_hurry.is_not(None))",
        "",
        (
            f"{HELD}::TestAKeyThatIsBeingTaken::test_is_not_waited_for_by_those_who_have_waited_for_a_member",
        ),
    ),
    Mutant(
        "group-waits-for-nobody",
        "What waits for a member keeps its connection when all its callers have gone.",
        USE_CASE,
        "(_while_asked_for(group, lock) if is_blocking else lock)",
        "lock",
        (
            "tests/resolvers/test_cancellation.py::test_writers_that_wait_for_a_lock_or_a_connection",
        ),
        function="_change",
    ),
)
