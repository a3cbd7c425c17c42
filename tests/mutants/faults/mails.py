"""Faults in the outbox, in consent to mails, and in erasure."""

from tests.mutants.mutant import Mutant

DELIVERY = "tests/notifications/test_delivery.py"
WORKER = "tests/notifications/test_worker.py"

MUTANTS = (
    Mutant(
        "upgrade-not-recorded",
        "An entry that reaches a tier is committed without its event.",
        "resolvers/ledger.py",
        "Append(posting, posted, ",
        "Append(posting, rules.Posted(posted.member, None), ",
        (
            "tests/schema/mutations/test_complete_referral.py::TestTiers::test_an_upgrade_is_recorded_on_both_sides",
        ),
        function="post",
    ),
    Mutant(
        "event-commits-alone",
        "The event of an invite is committed by itself: its mail goes out, the invite may not.",
        "resolvers/referrals.py",
        "await outbox.record(writer, ",
        "async with context.database.unit_of_work() as alone:\n"
        "                await outbox.record(alone, ",
        (f"{DELIVERY}::TestReferralInvite::test_an_invite_that_is_not_committed_has_no_event",),
        function="issue_referral_invite.perform",
    ),
    Mutant(
        "workers-wait-for-each-other",
        "A worker waits for the events that another one is claiming, instead of passing them over.",
        "db/repositories/outbox.py",
        ".with_for_update(skip_locked=True)",
        ".with_for_update()",
        (f"{WORKER}::TestClaims::test_what_somebody_holds_is_passed_over",),
    ),
    Mutant(
        "delivered-before-sent",
        "An event counts as delivered once it is claimed: a killed worker loses its mails.",
        "db/repositories/outbox.py",
        "attempts=models.OutboxEvent.attempts + 1,",
        "attempts=models.OutboxEvent.attempts + 1, delivered_at=func.now(),",
        (f"{WORKER}::TestClaims::test_an_event_is_due_again_when_the_lease_is_up",),
    ),
    Mutant(
        "lease-too-long",
        "What a killed worker had claimed is due again after an hour, not after a minute.",
        "db/repositories/outbox.py",
        'bindparam("lease_seconds")',
        'bindparam("lease_seconds") * 60',
        (f"{WORKER}::TestClaims::test_a_claim_lasts_as_long_as_its_lease",),
    ),
    Mutant(
        "sent-twice",
        "Nobody looks whether the mail of an event has gone out already.",
        "notifications/service.py",
        "if await notifications.was_sent(reader, event):",
        "if await notifications.was_sent(reader, event) and False:",
        (f"{WORKER}::TestClaims::test_what_was_sent_is_not_sent_again",),
        function="NotificationService.deliver",
    ),
    Mutant(
        "mailed-without-asking",
        "Who has never been asked counts as having agreed to marketing mails.",
        "db/repositories/users.py",
        "models.NotificationPreference.marketing_messages, false()",
        "models.NotificationPreference.marketing_messages, ~false()",
        (
            f"{DELIVERY}::TestTierUpgrade::test_who_may_get_no_mail_gets_none_and_the_record_says_why",
        ),
    ),
    Mutant(
        "mailed-against-their-will",
        "The preference is not looked at when a mail is sent.",
        "notifications/mails.py",
        "not self.user.marketing_messages",
        "self.user.marketing_messages is None",
        (
            f"{DELIVERY}::TestTierUpgrade::test_who_may_get_no_mail_gets_none_and_the_record_says_why",
            f"{DELIVERY}::TestTierUpgrade::test_what_counts_is_the_preference_at_the_time_of_sending",
        ),
        function="Mail.require_allowed",
    ),
    Mutant(
        "address-survives-erasure",
        "Erasing a user leaves their address in invites that somebody else sent them.",
        "db/verification/personal_data.py",
        "OR lower(invitee_email) = lower(CAST(:email AS text))",
        "",
        (
            "tests/schema/mutations/test_erase_user.py::TestErasure::test_no_table_tells_of_them_any_more",
        ),
    ),
)
