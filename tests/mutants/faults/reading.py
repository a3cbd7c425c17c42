"""Faults in lists and in JSON queries: what is shown, in which order, and how much of it."""

from tests.mutants.mutant import Mutant

CONNECTIONS = "tests/schema/queries/test_connections.py"
CHANGES = "tests/schema/compiled/test_mutations.py"
ALL_MEMBERS = "tests/schema/queries/test_members.py::TestMembersOrder"

MUTANTS = (
    Mutant(
        "ties-are-lost",
        "Of members with equal points, those that come after a page's end are left out.",
        "db/repositories/members.py",
        "and_(first == after[0], user_id > after[1])",
        "and_(first == after[0], user_id < after[1])",
        (f"{ALL_MEMBERS}::test_all_pages_show_each_member_once_in_order_with_ties",),
        function="comes_after",
    ),
    Mutant(
        "ties-the-other-way-round",
        "Members with equal points are sorted against the direction of their cursors.",
        "db/repositories/members.py",
        "return (*(column.desc() for column in first), user_id)",
        "return (*(column.desc() for column in first), user_id.desc())",
        (f"{ALL_MEMBERS}::test_all_pages_show_each_member_once_in_order_with_ties",),
        function="ordering",
    ),
    Mutant(
        "pages-overlap",
        "Each page of a ledger begins with the last entry of the page before it.",
        "db/json_queries/mapping.py",
        'entry.seq < bind("after_0", BigInteger)',
        'entry.seq <= bind("after_0", BigInteger)',
        (f"{CONNECTIONS}::TestLedger::test_all_pages_show_each_entry_once_newest_first",),
    ),
    Mutant(
        "pages-overlap-in-the-resolvers",
        "The same, where the resolvers answer.",
        "db/repositories/ledger.py",
        'models.LedgerEntry.seq < bindparam("before_seq")',
        'models.LedgerEntry.seq <= bindparam("before_seq")',
        ("tests/db/test_loaders.py::test_ledger_pages",),
    ),
    Mutant(
        "oldest-first",
        "A ledger is listed from its beginning.",
        "db/json_queries/mapping.py",
        "order_by=lambda entry: (entry.seq.desc(),)",
        "order_by=lambda entry: (entry.seq,)",
        (f"{CONNECTIONS}::TestLedger::test_all_pages_show_each_entry_once_newest_first",),
    ),
    Mutant(
        "a-hundred-and-one",
        "A page may have one item more than the limit.",
        "schema/types/connection.py",
        "if not 1 <= first <= PAGE_SIZE_MAX:",
        "if not 1 <= first <= PAGE_SIZE_MAX + 1:",
        (f"{CONNECTIONS}::TestFirst::test_out_of_bounds",),
        function="page_size",
    ),
    Mutant(
        "wrong-column",
        "JSON queries show the balance for the lifetime points.",
        "db/json_queries/mapping.py",
        "**column_fields(type_.model),",
        '**column_fields(type_.model), "lifetimePoints": value_of("points_balance", plain),',
        ("tests/schema/compiled/test_equal_answers_stored.py::test_whatever_is_stored",),
        function="_entity",
    ),
    Mutant(
        "all-of-the-first",
        "What a payload asks for of several objects is read of the first of them.",
        "db/json_queries/compiler.py",
        "rename=lambda name: argument_of(number, name),",
        "rename=lambda name: argument_of(0, name),",
        (
            "tests/schema/compiled/test_payloads.py::TestWhatIsNotAtHand::test_is_read_of_each_object",
        ),
        function="_Compiler._field_of_object",
    ),
    Mutant(
        "one-more-than-a-page",
        "Lists within objects show the entry that only tells whether they go on.",
        "db/json_queries/expressions.py",
        "items[ONE:count]",
        "items",
        (f"{CONNECTIONS}::TestLedger::test_all_pages_show_each_entry_once_newest_first",),
        function="list_of_first",
    ),
    Mutant(
        "a-change-is-asked-for-again",
        "After a refusal, the executor performs the mutation once more.",
        "schema/compiled/operation.py",
        "return ExecutionResult({field.key: await plan.serialize(payload, context)})",
        "payload = await resolver(None, info, **arguments)",
        (f"{CHANGES}::test_a_refusal_is_not_asked_for_again",),
        function="_perform",
    ),
    Mutant(
        "inputs-lack-what-they-need",
        "A field of an input that is needed may be left out.",
        "schema/compiled/variables.py",
        "elif self.is_required:",
        "elif self.is_required and self.name == 'input':",
        (f"{CHANGES}::test_both_give_the_same_answer[a key left out]",),
        function="_Value.into",
    ),
    Mutant(
        "members-on-any-tier",
        "JSON queries list all members for a list of those on one tier.",
        "db/json_queries/roots.py",
        "within=lambda tier, member: member.tier_id == tier.id",
        "within=lambda tier, member: tier.id == tier.id",
        ("tests/schema/queries/test_members.py::TestMembersFilters::test_tier_slug",),
        function="_on_tier",
    ),
    Mutant(
        "another-invite-of-the-referrer",
        "A code finds every invite of its referrer.",
        "db/json_queries/roots.py",
        "claimed = and_(code.owner_id == invite.referrer_id, code.invite_id == invite.id)",
        "claimed = code.owner_id == invite.referrer_id",
        (
            "tests/schema/queries/test_queries.py"
            "::TestReferralInvite::test_each_code_of_a_referrer_leads_to_its_own_invite",
        ),
        function="_by_code",
    ),
)
