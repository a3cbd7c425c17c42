"""Workers as processes of their own, killed with -9 over and over: nothing is lost."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.config.settings import Settings
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import becomes_true
from tests.fixtures.figures import Figure
from tests.fixtures.mail import Mailbox
from tests.fixtures.served import STOP_TIMEOUT_SECONDS, start

WORKERS = 3
BATCH = 10
# From one kill to the next, on a machine that has other things to do.
STEP_SECONDS_MAX = 120.0
OPTIONS = ("--batch", str(BATCH), "--lease", "4")
# Members with an upgrade to mail, made faster than the service could make them.
UPGRADED = """
    WITH numbers AS (SELECT 'u-' || n AS id FROM generate_series(1, :count) AS n),
    known AS (INSERT INTO users (id, email) SELECT id, id || '@example.com' FROM numbers),
    agreed AS (
        INSERT INTO notification_preferences (user_id, marketing_messages)
        SELECT id, true FROM numbers
    ),
    joined AS (
        INSERT INTO loyalty_members (user_id, referral_code, lifetime_points, tier_id, tier_since)
        SELECT numbers.id, numbers.id, 1000, tier.id, now()
        FROM numbers, loyalty_tiers AS tier WHERE tier.slug = 'silver'
    )
    INSERT INTO outbox_events (id, kind, user_id, payload)
    SELECT gen_random_uuid(), 'TIER_UPGRADED', numbers.id, jsonb_build_object('tierId', tier.id)
    FROM numbers, loyalty_tiers AS tier WHERE tier.slug = 'silver'
"""


@pytest.fixture
def environment(settings: Settings, mailbox: Mailbox) -> dict[str, str]:
    return {
        "LOYALTY_DATABASE_URL": str(settings.database_url),
        "LOYALTY_AUTH_ISSUER": settings.auth_issuer,
        "LOYALTY_AUTH_AUDIENCE": settings.auth_audience,
        "LOYALTY_AUTH_SECRET": SECRET,
        "LOYALTY_SMTP_URL": mailbox.url,
        "LOYALTY_MAIL_FROM": "Loyalty <loyalty@shop.example>",
        "LOYALTY_LOG_LEVEL": "warning",
    }


@contextmanager
def workers(
    count: int, environment: dict[str, str], log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [start("worker", *OPTIONS, settings=environment, log=log) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


@dataclass
class Figures:
    """What came of workers that were killed; mails differ by their Message-ID."""

    missing: int
    sent_twice: int
    duplicates_after_deduplication: int

    def __str__(self) -> str:
        return (
            f"{self.missing} missing; {self.sent_twice} duplicates, "
            f"{self.duplicates_after_deduplication} after de-duplication"
        )


@dataclass
class Stress:
    """Workers, a mail server, and a hand that kills them."""

    make: Make
    mailbox: Mailbox
    rows: Rows
    environment: dict[str, str]
    log: Path

    async def kill_workers(self, *, events: int, kills: int) -> Figures:
        """Kills a worker each time that some more mails have come; returns what came of it."""
        await self.make.baseline_tiers()
        await self.rows.execute(UPGRADED, count=events)
        with workers(WORKERS, self.environment, self.log) as running:
            for kill in range(kills):
                await self._taken(events * (kill + 1) // (kills + 1))
                victim = running[kill % WORKERS]
                victim.kill()
                victim.wait()
                running[kill % WORKERS] = start(
                    "worker", *OPTIONS, settings=self.environment, log=self.log
                )
            await becomes_true(self._is_done, within_seconds=STEP_SECONDS_MAX)
        return await self._figures(events)

    async def _taken(self, count: int) -> None:
        async def has_gone_on() -> bool:
            return len(self.mailbox.taken) >= count

        await becomes_true(has_gone_on, within_seconds=STEP_SECONDS_MAX)

    async def _is_done(self) -> bool:
        open_events = "SELECT count(*) FROM outbox_events WHERE delivered_at IS NULL"
        return await self.rows.value(open_events) == 0

    async def _figures(self, events: int) -> Figures:
        recipients = {str(mail["Message-ID"]): str(mail["To"]) for mail in self.mailbox.taken}
        known = await self.rows.all("SELECT id, user_id FROM outbox_events")
        due = {f"<{row['id']}@shop.example>": f"{row['user_id']}@example.com" for row in known}
        assert recipients.items() <= due.items(), "every mail is of an event, to its user"
        outcomes = await self.rows.all("SELECT status, count(*) FROM notifications GROUP BY status")
        assert outcomes == [{"status": "SENT", "count": events}]
        return Figures(
            missing=len(due.keys() - recipients.keys()),
            sent_twice=len(self.mailbox.taken) - len(recipients),
            duplicates_after_deduplication=len(recipients) - len(set(recipients.values())),
        )


@pytest.fixture
def stress(
    make: Make, mailbox: Mailbox, rows: Rows, environment: dict[str, str], tmp_path: Path
) -> Stress:
    return Stress(make, mailbox, rows, environment, tmp_path / "workers.log")


@pytest.mark.parametrize(
    ("events", "kills"), [(150, 2), pytest.param(20_000, 20, marks=pytest.mark.stress)]
)
async def test_killed_workers_lose_nothing_and_repeat_no_more_than_was_in_flight(
    stress: Stress, figure: Figure, events: int, kills: int
) -> None:
    figures = await stress.kill_workers(events=events, kills=kills)

    figure(
        f"outbox: {events:,} events, {WORKERS} workers, {kills} kills",
        f"0 missing; duplicates up to the batch in flight ({kills * BATCH}), "
        "0 after de-duplication",
        figures,
    )
    assert (figures.missing, figures.duplicates_after_deduplication) == (0, 0)
    assert figures.sent_twice <= kills * BATCH


async def test_sigterm_finishes_what_is_in_flight(
    make: Make, mailbox: Mailbox, rows: Rows, environment: dict[str, str], tmp_path: Path
) -> None:
    await make.baseline_tiers()
    await rows.execute(UPGRADED, count=1)
    gate = asyncio.Event()
    mailbox.before_answer = gate.wait

    async def is_in_flight() -> bool:
        return mailbox.tries == 1

    with workers(1, environment, tmp_path / "worker.log") as [process]:
        await becomes_true(is_in_flight)
        process.send_signal(signal.SIGTERM)
        gate.set()
        status = await asyncio.to_thread(process.wait, STOP_TIMEOUT_SECONDS)

    assert status == 0
    assert await rows.value("SELECT status FROM notifications") == "SENT"
    assert len(mailbox.taken) == 1
