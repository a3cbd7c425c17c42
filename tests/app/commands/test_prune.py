"""`loyalty prune`: what is old and done with goes, and nothing that could do harm by going."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console
from rich.progress import Progress

from app.commands.doctor import examine, is_healthy
from app.commands.prune import prune, removals
from app.config.settings import Settings
from db.engine.database import Database
from db.ids import first_id, made_at, new_id
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.mail import Mailbox, MakeWorker
from tests.fixtures.selections import gid
from tests.fixtures.served import run

EVENTS = "SELECT user_id FROM outbox_events ORDER BY user_id"
REPLAY = """
    ... on NotificationTooOld { recordedAt } ... on NotificationAlreadySent { sentAt }
"""
NOW = datetime.now(UTC)


async def pruned(database: Database, days: int | None = None) -> list[int]:
    """Prunes; returns how many events and keys were removed."""
    removing = removals(days)
    with Progress(console=Console(quiet=True)) as progress:
        await prune(database, removing, datetime.now(UTC), progress)
        assert all(task.finished for task in progress.tasks)
    return [removal.count for removal in removing]


async def age_event(rows: Rows, user_id: str, days: int) -> None:
    """Makes all of a user's events older than they are."""
    past = days * 86_400_000 << 80
    for row in await rows.all("SELECT id FROM outbox_events WHERE user_id = :id", id=user_id):
        older = UUID(int=UUID(str(row["id"])).int - past)
        for table, column in (("outbox_events", "id"), ("notifications", "event_id")):
            await rows.execute(
                f"UPDATE {table} SET {column} = :older WHERE {column} = :id",
                older=older,
                id=row["id"],
            )
    await rows.execute(
        "UPDATE outbox_events SET created_at = created_at - make_interval(days => :days), "
        "delivered_at = delivered_at - make_interval(days => :days), "
        "dead_at = dead_at - make_interval(days => :days) WHERE user_id = :id",
        days=days,
        id=user_id,
    )


@pytest.fixture
async def notified(make: Make, make_worker: MakeWorker) -> None:
    """Ada has been sent a mail; Bob, who wants none, was skipped; the keys were Make's."""
    await make.baseline_tiers()
    await make.user("ada", email="ada@example.com", marketing_messages=True)
    await make.user("bob", email="bob@example.com")
    for user_id in ("ada", "bob"):
        await make.earned(user_id, 1_000)
    await make_worker().run_once()


async def users(rows: Rows) -> list[object]:
    return [row["user_id"] for row in await rows.all(EVENTS)]


@pytest.mark.usefixtures("notified")
class TestEvents:
    async def test_what_was_delivered_long_ago_goes_and_its_record_stays(
        self, database: Database, rows: Rows
    ) -> None:
        record = "SELECT user_id, status FROM notifications ORDER BY user_id"
        notifications = await rows.all(record)
        await age_event(rows, "ada", 91)
        await age_event(rows, "bob", 89)
        assert await pruned(database) == [1, 0]
        assert await users(rows) == ["bob"]

        await age_event(rows, "bob", 2)
        assert [await pruned(database), await pruned(database)] == [[1, 0], [0, 0]]
        assert await users(rows) == []
        assert await rows.all(record) == notifications

    @pytest.mark.parametrize(
        "state",
        [
            "UPDATE outbox_events SET delivered_at = NULL",
            "UPDATE outbox_events SET delivered_at = NULL, dead_at = available_at",
            # Dealt with, and nobody knows how: an operator's to look into.
            "DELETE FROM notifications",
            # Replayed since, and dealt with only yesterday.
            "UPDATE outbox_events SET delivered_at = now() - interval '1 day'",
        ],
    )
    async def test_what_is_open_given_up_unrecorded_or_recent_stays(
        self, database: Database, rows: Rows, state: str
    ) -> None:
        for user_id in ("ada", "bob"):
            await age_event(rows, user_id, 1_000)
        await rows.execute(state)

        assert await pruned(database) == [0, 0]
        assert await users(rows) == ["ada", "bob"]

    async def test_what_somebody_replays_at_the_time_stays(
        self, database: Database, faults: Faults, rows: Rows
    ) -> None:
        for user_id in ("ada", "bob"):
            await age_event(rows, user_id, 91)
        async with faults.locked("SELECT FROM outbox_events WHERE user_id = 'bob' FOR UPDATE"):
            assert await pruned(database) == [1, 0]
        assert await users(rows) == ["bob"]

    @pytest.mark.parametrize(
        ("user_id", "refusal"), [("ada", "NotificationAlreadySent"), ("bob", "NotificationTooOld")]
    )
    async def test_a_replay_afterwards_is_refused_and_mails_nobody(
        self,
        api: Api,
        database: Database,
        make_worker: MakeWorker,
        mailbox: Mailbox,
        rows: Rows,
        user_id: str,
        refusal: str,
    ) -> None:
        await age_event(rows, user_id, 91)
        await pruned(database)
        record = "SELECT id FROM notifications WHERE user_id = :id"
        notification_id = gid("Notification", await rows.value(record, id=user_id), user_id)

        async with rows.unchanged():
            result = await api.mutate("replayNotification", REPLAY, notificationId=notification_id)

        assert result["__typename"] == refusal
        assert await make_worker().run_once() == 0
        assert mailbox.recipients == ["ada@example.com"]

    async def test_the_doctor_finds_no_fault_and_still_shows_the_mail(
        self, database: Database, rows: Rows
    ) -> None:
        await age_event(rows, "ada", 91)
        await pruned(database)

        findings = await examine(database, "ada")

        assert is_healthy(findings)
        [problem] = findings[-1].problems
        assert problem.startswith("a tier whose event was pruned, delivered ")
        assert problem.endswith(": SENT")


class TestKeys:
    @pytest.fixture(autouse=True)
    async def ada(self, make: Make) -> None:
        await make.member("ada")

    async def earn(self, api: Api) -> tuple[bool, int]:
        fields: dict[str, Any] = {"userId": "ada", "points": 10, "idempotencyKey": "order-1"}
        selection = "... on EarnPointsSuccess { replayed member { pointsBalance } }"
        result = await api.mutate("earnPoints", selection, **fields)
        return result["replayed"], result["member"]["pointsBalance"]

    async def test_a_young_key_holds_and_an_old_one_lets_the_call_act_again(
        self, api: Api, database: Database, rows: Rows
    ) -> None:
        age = "UPDATE idempotency_keys SET created_at = now() - make_interval(days => :days)"
        assert await self.earn(api) == (False, 10)
        await rows.execute(age, days=29)
        assert await pruned(database) == [0, 0]
        assert await self.earn(api) == (True, 10)

        await rows.execute(age, days=31)
        assert await pruned(database) == [0, 1]
        assert await self.earn(api) == (False, 20)

    async def test_the_age_can_be_chosen(self, api: Api, database: Database, rows: Rows) -> None:
        await self.earn(api)
        await rows.execute("UPDATE idempotency_keys SET created_at = now() - interval '8 days'")
        assert [await pruned(database, 9), await pruned(database, 7)] == [[0, 0], [0, 1]]


class TestMany:
    """More than fit in one transaction, many of them of one moment."""

    @pytest.fixture(autouse=True)
    async def many(self, rows: Rows) -> None:
        await rows.execute(
            "INSERT INTO idempotency_keys (actor_id, key, operation, request_hash, created_at) "
            "SELECT 'ops', n, 'x', '', now() - make_interval(days => 31 + n / 2000) "
            "FROM generate_series(1, 4500) AS n"
        )
        old = NOW - timedelta(days=91)
        ids = [first_id(old - timedelta(seconds=number)) for number in range(2_500)]
        await rows.execute(
            "WITH old AS (INSERT INTO outbox_events (id, kind, user_id, payload, delivered_at) "
            "SELECT id, 'TIER_UPGRADED', 'ada', '{}', now() - interval '91 days' "
            "FROM unnest(CAST(:ids AS uuid[])) AS id RETURNING id) "
            "INSERT INTO notifications (user_id, id, kind, status, event_id) "
            "SELECT 'ada', id, 'TIER_UPGRADED', 'SENT', id FROM old",
            ids=[str(each) for each in ids],
        )

    async def test_all_of_them_go(self, database: Database, rows: Rows) -> None:
        assert await pruned(database) == [2_500, 4_500]
        assert await rows.value("SELECT count(*) FROM outbox_events") == 0
        assert await rows.value("SELECT count(*) FROM idempotency_keys") == 0

    async def test_a_run_that_fails_says_what_it_removed_and_the_next_goes_on(
        self, settings: Settings, faults: Faults, rows: Rows
    ) -> None:
        environment = {
            "LOYALTY_DATABASE_URL": str(settings.database_url),
            "LOYALTY_AUTH_ISSUER": settings.auth_issuer,
            "LOYALTY_AUTH_AUDIENCE": settings.auth_audience,
            "LOYALTY_AUTH_SECRET": SECRET,
            "COLUMNS": "200",
        }
        # The newest of them: it is in the last of the three transactions.
        last = str(
            max(UUID(str(row["id"])) for row in await rows.all("SELECT id FROM outbox_events"))
        )
        async with faults.failing("DELETE ON outbox_events", when=f"OLD.id = '{last}'"):
            failed = run("prune", settings=environment)
        assert failed.returncode == 1
        assert "2,000 delivered events older than 90 days removed." in failed.stderr
        assert await rows.value("SELECT count(*) FROM outbox_events") == 500

        well = run("prune", settings=environment)
        assert well.returncode == 0
        assert "500 delivered events older than 90 days removed." in well.stderr
        assert "4,500 idempotency keys older than 30 days removed." in well.stderr


def test_the_first_id_of_a_moment_is_not_after_any_of_it() -> None:
    made = new_id()
    assert first_id(made_at(made)) < made < first_id(made_at(made) + timedelta(milliseconds=1))
    assert made_at(first_id(NOW)) == NOW.replace(microsecond=NOW.microsecond // 1_000 * 1_000)
