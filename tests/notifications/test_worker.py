"""The worker: who gets which event, what survives, and how it starts and stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlalchemy import text

from db.engine.database import Database
from db.engine.failures import is_retryable
from db.repositories import notifications, outbox
from domain.enums import NotificationStatus
from domain.retries import TRIES_MAX
from notifications.worker import Worker
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults, becomes_true
from tests.fixtures.graphql import Api
from tests.fixtures.mail import Mailbox, MakeWorker

OPEN = "SELECT count(*) FROM outbox_events WHERE delivered_at IS NULL"
DUE_NOW = "UPDATE outbox_events SET available_at = now() WHERE delivered_at IS NULL"
LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND query LIKE 'LISTEN%'"
)


@pytest.fixture(autouse=True)
async def active_tiers(make: Make) -> None:
    await make.baseline_tiers()


async def upgraded(make: Make, *user_ids: str) -> None:
    for user_id in user_ids:
        await make.user(user_id, email=f"{user_id}@example.com", marketing_messages=True)
        await make.earned(user_id, 1_000)


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)


async def listening(rows: Rows, count: int = 1) -> None:
    async def enough() -> bool:
        return await rows.value(LISTENERS) == count

    await becomes_true(enough)


async def taken(mailbox: Mailbox, count: int) -> None:
    async def enough() -> bool:
        return len(mailbox.taken) >= count

    await becomes_true(enough)


class TestClaims:
    async def test_workers_side_by_side_share_the_events(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, *(f"u-{number}" for number in range(20)))
        workers = [make_worker(batch_size=3) for _ in range(4)]

        while any(await asyncio.gather(*(worker.run_once() for worker in workers))):
            pass

        assert len(mailbox.taken) == len(set(mailbox.message_ids())) == 20
        assert await rows.value(OPEN) == 0

    async def test_what_somebody_holds_is_passed_over(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, faults: Faults
    ) -> None:
        await upgraded(make, "ada", "bob")
        async with faults.locked("SELECT FROM outbox_events WHERE user_id = 'ada' FOR UPDATE"):
            await make_worker().run_once()

        assert mailbox.recipients == ["bob@example.com"]

    async def test_an_event_is_due_again_when_the_lease_is_up(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada")
        gate = asyncio.Event()
        mailbox.before_answer = gate.wait
        slow = asyncio.create_task(make_worker(lease_seconds=60).run_once())

        async def is_in_flight() -> bool:
            return mailbox.tries == 1

        await becomes_true(is_in_flight)
        assert await make_worker().run_once() == 0, "it is leased"
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        gate.set()

        await rows.execute(DUE_NOW)
        assert await make_worker().run_once() == 1
        assert await rows.value("SELECT attempts FROM outbox_events") == 2
        assert await rows.value("SELECT status FROM notifications") == "SENT"

    async def test_a_claim_lasts_as_long_as_its_lease(self, make: Make, database: Database) -> None:
        await upgraded(make, "ada")
        left = text("SELECT extract(epoch FROM available_at - now())::int FROM outbox_events")
        async with database.unit_of_work() as writer:
            await outbox.claim(writer, batch_size=1, lease_seconds=7)
            assert await writer.scalar(left) == 7

    async def test_what_was_sent_is_not_sent_again(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada")
        await make_worker().run_once()
        await rows.execute("UPDATE outbox_events SET delivered_at = NULL, available_at = now()")

        assert await make_worker().run_once() == 1

        assert (len(mailbox.taken), await rows.value(OPEN)) == (1, 0)

    async def test_a_worker_that_lost_its_lease_spoils_nothing(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada")
        gate = asyncio.Event()
        mailbox.before_answer, mailbox.answers = gate.wait, ["550 no"]
        slow = asyncio.create_task(make_worker().run_once())

        async def is_in_flight() -> bool:
            return mailbox.tries == 1

        await becomes_true(is_in_flight)
        mailbox.before_answer = None
        answers, mailbox.answers = mailbox.answers, []
        await rows.execute(DUE_NOW)
        await make_worker().run_once()
        mailbox.answers = answers
        gate.set()
        await slow

        assert await rows.value("SELECT status FROM notifications") == "SENT"
        assert await rows.value("SELECT dead_at FROM outbox_events") is None

    async def test_what_ends_its_workers_is_given_up(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada")
        await rows.execute(f"UPDATE outbox_events SET attempts = {TRIES_MAX}")

        await make_worker().run_once()

        assert mailbox.tries == 0
        assert await rows.value("SELECT status FROM notifications") == "FAILED"

    async def test_what_a_newer_version_records_is_left_alone(
        self, make_worker: MakeWorker, rows: Rows
    ) -> None:
        await rows.execute(
            "INSERT INTO outbox_events (id, kind, user_id, payload) "
            "VALUES (gen_random_uuid(), 'NEW_KIND', 'ada', '{}')"
        )
        assert await make_worker().run_once() == 0

    async def test_a_fault_of_ours_is_one_try_and_does_not_hold_others_up(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada", "bob")
        await rows.execute("UPDATE outbox_events SET payload = '{}' WHERE user_id = 'ada'")

        await make_worker().run_once()

        assert mailbox.recipients == ["bob@example.com"]
        error = "SELECT last_error FROM outbox_events WHERE user_id = 'ada'"
        assert await rows.value(error) == "internal error: KeyError"


class TestTransactions:
    async def test_what_is_rolled_back_is_never_mailed(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, faults: Faults
    ) -> None:
        await make.member("ada", email="ada@example.com", marketing_messages=True)
        fields = {"userId": "ada", "points": 5_000}
        async with running(make_worker()):
            async with faults.failing_at_commit("INSERT ON outbox_events"):
                query = "mutation($i: EarnPointsInput!) { earnPoints(input: $i) { __typename } }"
                answer = await api.graphql(query, {"i": fields | {"idempotencyKey": "1"}})
                assert answer.errors
            result = await api.mutate("earnPoints", "", idempotencyKey="2", **fields)  # type: ignore[arg-type]
            assert result["__typename"] == "EarnPointsSuccess"
            await taken(mailbox, 1)

        assert len(mailbox.taken) == 1

    async def test_what_commits_late_is_not_passed_by(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, faults: Faults
    ) -> None:
        await upgraded(make, "before")
        late = "NEW.user_id = 'late'"
        async with faults.held_up("UPDATE ON loyalty_members", when=late):
            await make.user("late", email="late@example.com", marketing_messages=True)
            held = asyncio.create_task(make.earned("late", 1_000))
            await faults.somebody_waits()
            await make_worker().run_once()
            assert mailbox.recipients == ["before@example.com"]
        await held
        await make_worker().run_once()

        assert mailbox.recipients == ["before@example.com", "late@example.com"]


class TestRuns:
    async def test_a_commit_wakes_it_long_before_it_would_look(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        async with running(make_worker(poll_seconds=3_600)):
            await listening(rows)
            await upgraded(make, "ada")
            await taken(mailbox, 1)

    async def test_it_looks_even_if_nothing_wakes_it(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada")
        await rows.execute("UPDATE outbox_events SET available_at = now() + interval '1 hour'")
        async with running(make_worker(poll_seconds=0.05)):
            await listening(rows)
            await rows.execute(DUE_NOW)
            await taken(mailbox, 1)

    async def test_it_survives_the_loss_of_its_connections(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        terminate = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        async with running(make_worker(poll_seconds=0.1)):
            for number in range(3):
                await listening(rows)
                await rows.execute(terminate)
                await becomes_true(partial(can_upgrade, make, f"u-{number}"))
                await taken(mailbox, number + 1)

    async def test_stopped_it_finishes_what_is_in_flight_and_begins_nothing(
        self, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await upgraded(make, "ada", "bob")
        gate = asyncio.Event()
        mailbox.before_answer = gate.wait
        worker = make_worker(batch_size=1)
        run = asyncio.create_task(worker.run())

        async def is_in_flight() -> bool:
            return mailbox.tries == 1

        await becomes_true(is_in_flight)
        worker.stop()
        gate.set()
        await run

        assert (len(mailbox.taken), await rows.value(OPEN)) == (1, 1)
        assert await rows.value("SELECT count(*) FROM notifications") == 1

    async def test_stopped_it_leaves_no_connection_listening(
        self, make_worker: MakeWorker, database: Database, rows: Rows
    ) -> None:
        async with running(make_worker()):
            await listening(rows)
        await listening(rows, 0)


async def can_upgrade(make: Make, user_id: str) -> bool:
    try:
        await upgraded(make, user_id)
    except Exception as error:
        # The pools of the maker have lost their connections as well.
        if not is_retryable(error):
            raise
        return False
    return True


async def test_that_a_mail_was_sent_stays_on_record(
    make: Make, make_worker: MakeWorker, database: Database, rows: Rows
) -> None:
    await upgraded(make, "ada")
    async with database.unit_of_work() as writer:
        [event] = await outbox.claim(writer, batch_size=1, lease_seconds=60)
        for status in (NotificationStatus.SENT, NotificationStatus.SKIPPED):
            await notifications.record(writer, event, status, None)

    assert await rows.value("SELECT status FROM notifications") == "SENT"
