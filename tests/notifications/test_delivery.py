"""Who gets which mail, and what the record says where no mail was sent."""

from typing import Any

import pytest

from domain.enums import NotificationStatus
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.mail import Mailbox, MakeWorker, part

OUTCOMES = "SELECT user_id, kind, status, reason FROM notifications ORDER BY user_id, id"
DONE = "SELECT count(*) FROM outbox_events WHERE delivered_at IS NOT NULL"


@pytest.fixture(autouse=True)
async def active_tiers(make: Make) -> None:
    await make.baseline_tiers()


async def opted_in(make: Make, user_id: str = "ada", **fields: Any) -> None:
    email = f"{user_id}@example.com"
    given = {"email": email, "display_name": "Ada", "marketing_messages": True, **fields}
    await make.member(user_id, **given)


async def upgrades(rows: Rows) -> object:
    return await rows.value("SELECT count(*) FROM outbox_events WHERE kind = 'TIER_UPGRADED'")


class TestTierUpgrade:
    async def test_who_has_agreed_gets_one_mail(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        await make.earned("ada", 1_200)

        worker = make_worker()
        assert [await worker.run_once(), await worker.run_once()] == [1, 0]

        [mail] = mailbox.taken
        event_id = await rows.value("SELECT id FROM outbox_events")
        assert mailbox.recipients == ["ada@example.com"]
        assert mail["To"] == "ada@example.com"
        assert mail["From"] == "Loyalty <loyalty@shop.example>"
        assert mail["Subject"] == "Welcome to Silver"
        assert mail["Message-ID"] == f"<{event_id}@shop.example>"
        assert mail["List-Unsubscribe"] == "<mailto:loyalty@shop.example?subject=unsubscribe>"
        assert part(mail, "plain") == (
            "Hello Ada,\n\n"
            "You have reached Silver with 1,200 points.\n\n"
            "From now on you have:\n\n"
            "  * 5% off every order\n"
            "  * Priority support\n\n"
            "Next is Gold: 3,800 points to go.\n\n"
            "-- \n"
            "You get this message because you agreed to get mails about tiers and offers.\n"
            "To unsubscribe: mailto:loyalty@shop.example?subject=unsubscribe\n"
        )
        assert await rows.all(OUTCOMES) == [
            {"user_id": "ada", "kind": "TIER_UPGRADED", "status": "SENT", "reason": None}
        ]
        assert await rows.value(DONE) == 1

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"marketing_messages": False}, "MARKETING_OPTED_OUT"),
            ({"marketing_messages": None}, "MARKETING_OPTED_OUT"),
            ({"email": None}, "NO_EMAIL"),
            ({"email": None, "display_name": None}, "NO_EMAIL"),
        ],
    )
    async def test_who_may_get_no_mail_gets_none_and_the_record_says_why(
        self,
        make: Make,
        make_worker: MakeWorker,
        mailbox: Mailbox,
        rows: Rows,
        fields: dict[str, Any],
        reason: str,
    ) -> None:
        await opted_in(make, **fields)
        await make.earned("ada", 1_200)

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.all(OUTCOMES) == [
            {"user_id": "ada", "kind": "TIER_UPGRADED", "status": "SKIPPED", "reason": reason}
        ]
        assert await rows.value(DONE) == 1

    async def test_what_counts_is_the_preference_at_the_time_of_sending(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        await make.earned("ada", 1_200)
        await make.user("ada", marketing_messages=False)

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.value("SELECT reason FROM notifications") == "MARKETING_OPTED_OUT"

    async def test_a_jump_over_two_tiers_is_one_mail_of_the_higher(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox
    ) -> None:
        await opted_in(make)
        await make.earned("ada", 7_000)

        await make_worker().run_once()

        assert [mail["Subject"] for mail in mailbox.taken] == ["Welcome to Gold"]

    async def test_of_two_upgrades_that_wait_only_the_one_that_still_holds_is_mailed(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        await make.earned("ada", 1_000)
        await make.earned("ada", 4_000)

        await make_worker().run_once()

        assert [mail["Subject"] for mail in mailbox.taken] == ["Welcome to Gold"]
        reasons = "SELECT reason FROM notifications ORDER BY event_id"
        assert await rows.all(reasons) == [{"reason": "TIER_CHANGED_SINCE"}, {"reason": None}]

    async def test_a_tier_that_was_lost_again_is_not_mailed(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        entry = await make.earned("ada", 1_200)
        await reverse(api, "ada", entry.seq)

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.value("SELECT reason FROM notifications") == "TIER_CHANGED_SINCE"

    async def test_neither_reversal_nor_change_of_tiers_mails_anybody(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        entry = await make.earned("ada", 1_200)
        worker = make_worker()
        await worker.run_once()
        assert (len(mailbox.taken), await upgrades(rows)) == (1, 1)

        lowered = await api.mutate("updateTier", "", slug="gold", pointThreshold=1_100)
        assert lowered["__typename"] == "UpdateTierSuccess"
        await api.mutate("archiveTier", "", slug="gold")
        await reverse(api, "ada", entry.seq)
        while await worker.run_once():
            pass

        assert (len(mailbox.taken), await upgrades(rows)) == (1, 1)

    async def test_a_user_who_is_gone_is_skipped(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        tier = await make.tier("iron", 100)
        await rows.execute(
            "INSERT INTO outbox_events (id, kind, user_id, payload) VALUES "
            "(gen_random_uuid(), 'TIER_UPGRADED', 'gone', "
            "jsonb_build_object('tierId', CAST(:tier AS text)))",
            tier=str(tier.id),
        )

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.value("SELECT reason FROM notifications") == "USER_ERASED"

    async def test_an_address_that_is_two_is_refused(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await opted_in(make)
        await rows.execute("UPDATE users SET email = 'ada@a.example,eve@b.example'")
        await make.earned("ada", 1_200)

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.value("SELECT status FROM notifications") == "FAILED"


class TestReferralInvite:
    async def test_the_invitee_gets_the_code_whatever_the_referrer_has_agreed_to(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await make.member("ada", display_name="Ada", email="ada@example.com")
        invite = await make.invite(
            "ada", invitee_email="grace@example.com", invitee_reward_points=100
        )

        await make_worker().run_once()

        [mail] = mailbox.taken
        assert mailbox.recipients == ["grace@example.com"]
        assert mail["Subject"] == "Ada invites you"
        assert mail["List-Unsubscribe"] is None
        text = part(mail, "plain")
        assert f"\n    {invite.code}\n" in text
        assert "100 points" in text
        assert invite.code in part(mail, "html")
        assert await rows.all(OUTCOMES) == [
            {"user_id": "ada", "kind": "REFERRAL_INVITE_ISSUED", "status": "SENT", "reason": None}
        ]

    async def test_without_an_address_there_is_no_event(self, make: Make, rows: Rows) -> None:
        await make.member("ada")
        await make.invite("ada")

        assert await rows.value("SELECT count(*) FROM outbox_events") == 0

    async def test_the_event_holds_no_address(self, make: Make, rows: Rows) -> None:
        await make.member("ada")
        invite = await make.invite("ada", invitee_email="grace@example.com")

        payload = await rows.value("SELECT payload FROM outbox_events")
        assert payload == {"userId": "ada", "inviteId": str(invite.id)}

    async def test_an_invite_that_is_not_committed_has_no_event(
        self, api: Api, make: Make, rows: Rows, faults: Faults
    ) -> None:
        await make.member("ada")
        issue = (
            'mutation { issueReferralInvite(input: {userId: "ada", idempotencyKey: "k", '
            'inviteeEmail: "grace@example.com"}) { __typename } }'
        )

        async with rows.unchanged(), faults.failing_at_commit("INSERT ON loyalty_referral_invites"):
            answer = await api.graphql(issue)

        assert answer.codes == ["INTERNAL_SERVER_ERROR"]

    async def test_an_invite_that_was_cancelled_meanwhile_is_not_sent(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await make.member("ada")
        invite = await make.invite("ada", invitee_email="grace@example.com")
        await api.mutate("cancelReferralInvite", "", code=invite.code)

        await make_worker().run_once()

        assert mailbox.taken == []
        assert await rows.value("SELECT reason FROM notifications") == "INVITE_NOT_OPEN"

    async def test_a_repeat_of_the_call_sends_nothing_again(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.member("ada")
        fields: dict[str, Any] = {
            "userId": "ada",
            "inviteeEmail": "grace@example.com",
            "idempotencyKey": "k",
        }
        for _ in range(2):
            await api.mutate("issueReferralInvite", "", **fields)

        assert await rows.value("SELECT count(*) FROM outbox_events") == 1


class TestService:
    async def test_it_can_be_called_with_a_member_and_a_tier_alone(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox
    ) -> None:
        member = await make.member("ada", email="ada@example.com", marketing_messages=True)
        tier = await make.tier("iron", 100)

        outcome = await make_worker.service().send_loyalty_tier_upgrade(member, tier)

        assert outcome.status is NotificationStatus.SENT
        assert mailbox.taken[0]["Subject"] == "Welcome to Iron"


async def reverse(api: Api, user_id: str, seq: int) -> None:
    query = "query($id: ID!) { member(userId: $id) { ledger { edges { node { id seq } } } } }"
    found = await api.ask(query, {"id": user_id})
    [entry_id] = [
        edge["node"]["id"]
        for edge in found["member"]["ledger"]["edges"]
        if edge["node"]["seq"] == seq
    ]
    result = await api.mutate(
        "reverseLedgerEntry", "", entryId=entry_id, reason="mistake", idempotencyKey="r"
    )
    assert result["__typename"] == "ReverseLedgerEntrySuccess", result
