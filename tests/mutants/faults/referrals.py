"""Faults in who may refer whom, and in which tier is reached."""

from tests.mutants.mutant import Mutant

FIRST_TABLES = "migrations/versions/2026_11_22_first_tables.py"
CONSTRAINTS = "tests/db/test_constraints.py::test_it_is_refused"
COMPLETE = "tests/schema/mutations/test_complete_referral.py"
RACES = "tests/resolvers/test_concurrency_referrals.py"
REFUSALS = "tests/schema/mutations/test_complete_referral_refusals.py"
RULES = "tests/domain/test_referrals.py"
TIERING = "tests/domain/test_tiering.py"

MUTANTS = (
    Mutant(
        "invitee-referred-twice",
        "Nobody looks whether somebody has referred the invitee before.",
        "domain/referrals.py",
        "if attribution is not None:",
        "if attribution is None and invitee is None:",
        (f"{REFUSALS}::TestInvitee::test_referred_by_somebody_else",),
        function="require_eligible",
    ),
    Mutant(
        "invitee-referred-twice-in-the-database",
        "The database takes a second referrer of one invitee.",
        FIRST_TABLES,
        'sa.PrimaryKeyConstraint("invitee_id", name="pk_loyalty_referral_attributions"),',
        "",
        (CONSTRAINTS,),
        function="upgrade",
    ),
    Mutant(
        "invite-completed-twice",
        "An invite that somebody has used converts for somebody else as well.",
        "domain/referrals.py",
        "raise InviteAlreadyConverted(",
        "return InviteAlreadyConverted(",
        (
            f"{REFUSALS}::TestCode::test_of_an_invite_that_somebody_else_has_used",
            f"{RACES}::test_one_invite_converts_for_one_of_many_invitees",
        ),
        function="require_open",
    ),
    Mutant(
        "completion-is-no-replay",
        "The same code with the same invitee again is not known as a repeat.",
        "domain/referrals.py",
        "invite.status is InviteStatus.CONVERTED and invite.invitee_id == invitee_id",
        "False",
        (
            "tests/schema/mutations/test_complete_referral_replay.py"
            "::TestReplay::test_without_a_key_writes_nothing_again",
        ),
        function="is_replay",
    ),
    Mutant(
        "credited-twice-in-the-database",
        "The database takes a second credit of one side of a referral.",
        FIRST_TABLES,
        'sa.text("invite_id IS NOT NULL")',
        'sa.text("seq < 0")',
        (CONSTRAINTS,),
        function="upgrade",
    ),
    Mutant(
        "self-referral-by-second-account",
        "Members may refer themselves under another id with the same e-mail address.",
        "domain/referrals.py",
        "referrer.id == invitee.id or values.same_email(referrer.email, invitee.email)",
        "referrer.id == invitee.id",
        (
            f"{REFUSALS}::TestSelfReferral::test_by_the_same_address_in_another_letter_case",
            f"{RULES}::TestRequireEligible",
        ),
        function="require_eligible",
    ),
    Mutant(
        "new-user-window-off-by-one",
        "A user counts as new for a day longer than the operator allows.",
        "domain/referrals.py",
        "if age > timedelta(days=policy.onboarding_days):",
        "if age.days > policy.onboarding_days:",
        (f"{RULES}::TestRequireEligible",),
        function="require_eligible",
    ),
    Mutant(
        "invite-expires-late",
        "An invite can still be used at the very moment at which it expires.",
        "db/rows.py",
        "invite.expires_at <= func.now()",
        "invite.expires_at < func.now()",
        ("tests/db/repositories/test_invites.py::TestLists::test_it_expires_at_its_very_moment",),
        function="effective_status",
    ),
    Mutant(
        "reward-of-another-invite",
        "The referrer gets the points that were meant for the invitee.",
        "resolvers/referrals.py",
        "LedgerEntryKind.REFERRAL_BONUS, invite.reward_points, invite",
        "LedgerEntryKind.REFERRAL_BONUS, invite.invitee_reward_points or 1, invite",
        (f"{COMPLETE}::TestByInviteCode::test_two_sided_credits_both",),
        function="_convert",
    ),
    Mutant(
        "tier-begins-a-point-late",
        "Who has exactly a tier's threshold is still below it.",
        "domain/tiering.py",
        "tier.point_threshold <= lifetime_points",
        "tier.point_threshold < lifetime_points",
        (f"{TIERING}::TestTierReached::test_a_tier_begins_exactly_at_its_threshold",),
        function="tier_reached",
    ),
    Mutant(
        "reassessed-a-point-late",
        "When the tiers change, a member with exactly the threshold of a tier is put below it.",
        "db/repositories/tiers.py",
        "WHERE is_active AND point_threshold <= lifetime_points",
        "WHERE is_active AND point_threshold < lifetime_points",
        (
            "tests/schema/mutations/test_update_tier.py"
            "::TestMembers::test_a_lower_threshold_takes_more_in_and_mails_nobody",
        ),
    ),
    Mutant(
        "downgrade-is-mailed",
        "A member who falls to a lower tier gets a mail about an upgrade.",
        "domain/tiering.py",
        "after.point_threshold > before.point_threshold",
        "after.point_threshold != before.point_threshold",
        (
            f"{TIERING}::TestIsUpgrade::test_only_a_move_up_is_one",
            "tests/schema/mutations/test_reverse_ledger_entry.py::TestTier"
            "::test_the_way_down_is_silent_and_the_way_up_again_is_mailed_once",
        ),
        function="is_upgrade",
    ),
    Mutant(
        "every-entry-is-an-upgrade",
        "Every entry of a member who is on a tier records an upgrade.",
        "domain/ledger.py",
        "if after is None or not tiering.is_upgrade(before, after):",
        "if after is None:",
        (
            "tests/schema/mutations/test_earn_points.py"
            "::TestTier::test_staying_on_a_tier_records_nothing_and_keeps_its_date",
        ),
        function="_upgrade",
    ),
    Mutant(
        "forgotten-meanwhile",
        "A user may be erased while an invite is issued in their name.",
        "db/repositories/referrals.py",
        ".with_for_update(read=True, of=models.User)",
        "",
        (
            "tests/schema/mutations/test_erase_user.py::TestForGood::test_a_write_that_was_under_way_does_not",
        ),
    ),
    Mutant(
        "tiers-changed-under-an-entry",
        "The tiers may change while a member's tier is worked out.",
        "db/repositories/tiers.py",
        "func.pg_advisory_xact_lock(TIER_LOCK)",
        "func.pg_advisory_xact_lock_shared(TIER_LOCK)",
        ("tests/resolvers/test_concurrency_tiers.py::test_of_equal_tiers_created_at_once_one_is",),
    ),
)
