"""Faults in what the ledger promises: in the rules, in the statements, and in the database."""

from tests.mutants.mutant import Mutant

FIRST_TABLES = "migrations/versions/2026_11_22_first_tables.py"
LEDGER_CHAIN = "migrations/versions/2026_11_24_ledger_chain.py"
CONSTRAINTS = "tests/db/test_constraints.py::test_it_is_refused"
IMMUTABLE = "tests/db/verification/test_ledger_immutable.py::TestTampering"
MEMBERS = "tests/db/repositories/test_members.py"
POINTS = "tests/resolvers/test_concurrency_points.py"
VERIFICATION = "tests/db/verification/test_ledger.py"
RULES = "tests/domain/test_ledger.py"

MUTANTS = (
    Mutant(
        "member-not-locked",
        "Two entries of a member are worked out from the same balance at the same time.",
        "db/repositories/members.py",
        ".with_for_update(of=models.Member)",
        "",
        (
            f"{MEMBERS}::TestLock::test_others_wait_for_each_of_them",
            f"{POINTS}::test_20_entries_of_a_member_are_reversed_at_once",
        ),
        function="locking",
    ),
    Mutant(
        "another-lock-order",
        "Members are locked in another order than made: two referrals can wait for each other.",
        "db/repositories/members.py",
        ".order_by(models.Member.user_id)",
        ".order_by(func.md5(models.Member.user_id))",
        (f"{MEMBERS}::TestLock::test_who_waits_for_one_has_those_before_and_none_after",),
        function="locking",
    ),
    Mutant(
        "ledger-can-be-updated",
        "The trigger that refuses UPDATE and DELETE refuses only DELETE.",
        FIRST_TABLES,
        "BEFORE UPDATE OR DELETE ON",
        "BEFORE DELETE ON",
        (
            f"{IMMUTABLE}::test_the_owner_is_refused[update-ordinary]",
            f"{IMMUTABLE}::test_a_role_with_all_privileges_is_refused[update-ordinary]",
        ),
    ),
    Mutant(
        "ledger-can-be-deleted",
        "The trigger that refuses UPDATE and DELETE refuses only UPDATE.",
        FIRST_TABLES,
        "BEFORE UPDATE OR DELETE ON",
        "BEFORE UPDATE ON",
        (f"{IMMUTABLE}::test_the_owner_is_refused[delete-ordinary]",),
    ),
    Mutant(
        "ledger-can-be-truncated",
        "The trigger that refuses TRUNCATE is not made.",
        FIRST_TABLES,
        '("refuse_truncate", REFUSE_TRUNCATE),',
        "",
        (f"{IMMUTABLE}::test_the_owner_is_refused[truncate-ordinary]",),
        function="upgrade",
    ),
    Mutant(
        "ledger-open-to-replication",
        "Who pretends to be logical replication gets past the triggers.",
        FIRST_TABLES,
        "ENABLE ALWAYS TRIGGER",
        "ENABLE TRIGGER",
        (f"{IMMUTABLE}::test_the_owner_is_refused[truncate-replica]",),
        function="upgrade",
    ),
    Mutant(
        "ledger-granted-to-the-service",
        "The service's own database role may update ledger entries.",
        "migrations/service_role.sql",
        "('loyalty_ledger_entries', 'SELECT, INSERT'),",
        "('loyalty_ledger_entries', 'SELECT, INSERT, UPDATE'),",
        ("tests/db/test_service_role.py::test_it_may_do_this_with_each_table_and_nothing_else",),
    ),
    Mutant(
        "service-has-the-logins-rights",
        "The service works with all the rights of its login instead of with its own role.",
        "db/engine/database.py",
        '{"role": role}',
        "{}",
        (
            "tests/db/test_service_role.py::test_both_pools_of_the_service_have_it",
            "tests/db/test_service_role.py::test_it_cannot_alter_the_ledger",
        ),
        function="Database.__init__",
    ),
    Mutant(
        "balance-check-dropped",
        "The database takes a balance below zero, or one that JavaScript cannot hold.",
        FIRST_TABLES,
        '"points_balance BETWEEN 0 AND 9007199254740991"',
        '"true"',
        (CONSTRAINTS,),
        function="upgrade",
    ),
    Mutant(
        "one-point-overdrawn",
        "A balance may be overdrawn by one point.",
        "domain/ledger.py",
        "member.points_balance + posting.points < 0",
        "member.points_balance + posting.points < -1",
        (f"{RULES}::TestAppend::test_below_zero_it_is_refused_with_its_numbers",),
        function="append",
    ),
    Mutant(
        "lifetime-points-spent",
        "Who has spent their points may spend them again, as long as they once earned them.",
        "domain/ledger.py",
        "member.points_balance + posting.points < 0",
        "member.lifetime_points + posting.points < 0",
        (
            "tests/schema/mutations/test_redeem_points.py"
            "::TestRefusals::test_the_lifetime_points_are_not_to_be_spent",
        ),
        function="append",
    ),
    Mutant(
        "points-limit-off-by-one",
        "A total may be one more than JavaScript can hold.",
        "domain/points.py",
        "current + points > POINTS_MAX",
        "current + points > POINTS_MAX + 1",
        (
            f"{RULES}::TestAppend::test_the_balance_does_not_pass_the_limit",
            f"{RULES}::TestAppend::test_the_lifetime_points_do_not_pass_the_limit_either",
        ),
        function="total",
    ),
    Mutant(
        "reversal-keeps-lifetime-points",
        "An entry that is taken back goes on counting towards a tier.",
        "domain/ledger.py",
        "lifetime_points=-entry.points if",
        "lifetime_points=0 if",
        (
            f"{RULES}::TestReversal"
            "::test_it_takes_back_the_points_and_the_lifetime_points_that_they_gave",
            "tests/schema/mutations/test_reverse_ledger_entry.py"
            "::TestEachKind::test_an_earned_entry_takes_back_its_lifetime_points",
        ),
        function="reversal",
    ),
    Mutant(
        "reversed-again",
        "Nobody looks whether an entry has been reversed before.",
        "resolvers/points.py",
        "raise EntryAlreadyReversed(",
        "EntryAlreadyReversed(",
        (
            "tests/schema/mutations/test_reverse_ledger_entry_refusals.py::TestRefusals::test_a_second_time",
            f"{POINTS}::test_an_entry_is_reversed_once",
        ),
        function="reverse_ledger_entry.perform",
    ),
    Mutant(
        "reversed-again-in-the-database",
        "The database takes a second reversal of an entry.",
        FIRST_TABLES,
        'sa.text("reverses_seq IS NOT NULL")',
        'sa.text("reverses_seq < 0")',
        (CONSTRAINTS,),
        function="upgrade",
    ),
    Mutant(
        "predecessor-not-hashed",
        "Entries are hashed each for itself: one can be changed without touching the next.",
        LEDGER_CHAIN,
        "NEW.hash := ledger_entry_hash(previous, NEW);",
        "NEW.hash := ledger_entry_hash(NULL, NEW);",
        ("tests/db/verification/test_ledger_chain.py::test_anybody_can_recompute_it",),
    ),
    Mutant(
        "amount-not-hashed",
        "The hash of an entry does not depend on its points.",
        LEDGER_CHAIN,
        "entry.points, entry.balance_after,",
        "0, entry.balance_after,",
        ("tests/db/verification/test_ledger_chain.py::test_anybody_can_recompute_it",),
    ),
    Mutant(
        "verify-ledger-skips-reversals",
        "`loyalty verify-ledger` does not look at reversals.",
        "db/verification/ledger.py",
        "_QUESTIONS = (_CHAIN, _MEMBERS, _REVERSALS,",
        "_QUESTIONS = (_CHAIN, _MEMBERS,",
        (f"{VERIFICATION}::TestFaults::test_the_first_is_named[a second reversal]",),
    ),
    Mutant(
        "verify-ledger-skips-hashes",
        "`loyalty verify-ledger` adds up, and takes hashes as they are.",
        "db/verification/ledger.py",
        "OR balance_after < 0 OR hash <> expected_hash",
        "OR balance_after < 0",
        ("tests/db/verification/test_ledger.py::TestFaults::test_the_first_is_named[a hash]",),
    ),
    Mutant(
        "verify-ledger-stops-early",
        "`loyalty verify-ledger` ends after its first full range of members.",
        "db/verification/ledger.py",
        "found.members < MEMBERS_A_RANGE",
        "found.members <= MEMBERS_A_RANGE",
        ("tests/db/verification/test_ledger.py::test_no_range_is_left_out",),
        function="ranges",
    ),
)
