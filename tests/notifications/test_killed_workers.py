"""Workers as processes of their own, killed with -9 over and over: nothing is lost."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.settings import Settings
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import becomes_true
from tests.fixtures.mail import Mailbox
from tests.fixtures.served import STOP_TIMEOUT_SECONDS, start

EVENTS = 600
WORKERS = 3
BATCH = 10
KILLS = 8
OPTIONS = ("--batch", str(BATCH), "--lease", "4")
# Members with an upgrade to be told of, faster than the service could make them.
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


async def test_killed_workers_lose_nothing_and_repeat_no_more_than_was_in_flight(
    make: Make, mailbox: Mailbox, rows: Rows, environment: dict[str, str], tmp_path: Path
) -> None:
    await make.baseline_tiers()
    await rows.execute(UPGRADED, count=EVENTS)
    log = tmp_path / "workers.log"

    with workers(WORKERS, environment, log) as running:
        for kill in range(KILLS):
            enough = EVENTS * (kill + 1) // (KILLS + 1)

            async def has_gone_on(enough: int = enough) -> bool:
                return len(mailbox.taken) >= enough

            await becomes_true(has_gone_on)
            victim = running[kill % WORKERS]
            victim.kill()
            victim.wait()
            running[kill % WORKERS] = start("worker", *OPTIONS, settings=environment, log=log)

        async def is_done() -> bool:
            open_events = "SELECT count(*) FROM outbox_events WHERE delivered_at IS NULL"
            return await rows.value(open_events) == 0

        await becomes_true(is_done)

    times = Counter(mailbox.message_ids())
    ids = {f"<{row['id']}@shop.example>" for row in await rows.all("SELECT id FROM outbox_events")}
    assert set(times) == ids, "nothing is missing, and every mail is of an event"
    repeated = sum(times.values()) - EVENTS
    assert repeated <= KILLS * BATCH
    outcomes = await rows.all("SELECT status, count(*) FROM notifications GROUP BY status")
    assert outcomes == [{"status": "SENT", "count": EVENTS}]
    print(f"{EVENTS} events, {KILLS} kills, {repeated} mails twice")  # noqa: T201


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
