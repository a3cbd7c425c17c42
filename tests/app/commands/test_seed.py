"""`loyalty migrate` and `loyalty seed`, as an operator runs them."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.fixtures.database import Rows, execute, named
from tests.fixtures.faults import becomes_true
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.production import settings_of
from tests.fixtures.served import LOYALTY, ROOT, environment, loyalty

DEMO = 10
DEMO_RESULT = (
    "SELECT user_id, points_balance, lifetime_points, ledger_seq, tier_id IS NULL "
    "FROM loyalty_members ORDER BY user_id",
    "SELECT member_id, seq, kind, points, balance_after, invite_id IS NULL "
    "FROM loyalty_ledger_entries ORDER BY member_id, seq",
    "SELECT id, email, display_name, marketing_messages FROM users "
    "LEFT JOIN notification_preferences ON user_id = id ORDER BY id",
    "SELECT referrer_id, status, invitee_id FROM loyalty_referral_invites ORDER BY 1",
)


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """The URL of a database that no step has touched."""
    name = f"test_{uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name}")
    yield named(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def tier(**changed: Any) -> dict[str, Any]:
    return {"slug": "one", "name": "One", "pointThreshold": 0, "benefits": []} | changed


@asynccontextmanager
async def held_back(user_id: str, url: str) -> AsyncIterator[None]:
    """Keeps whoever would make this user waiting, so that their work cannot be done already."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO users (id) VALUES (:id)"), {"id": user_id})
        yield
        await connection.rollback()
    await engine.dispose()


def seed_until(
    number: signal.Signals, least: int, url: str, settings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Interrupts `loyalty seed --demo` when there are at least so many members."""
    members = f"SELECT count(*) >= {least} FROM loyalty_members"
    rows = Rows(url)

    async def enough() -> bool:
        return bool(await rows.value(members))

    process = subprocess.Popen(
        [*LOYALTY, "seed", "--demo", str(DEMO)],
        cwd=ROOT,
        env=environment(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        asyncio.run(becomes_true(enough))
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stderr=said)


class TestMigrateAndSeed:
    async def test_each_can_be_repeated(self, empty_url: str) -> None:
        settings, rows = settings_of(empty_url), Rows(empty_url)

        assert (await loyalty("migrate", settings=settings)).returncode == 0
        assert (await loyalty("migrate", settings=settings)).returncode == 0
        first = await loyalty("seed", "--demo", "3", settings=settings)
        assert "4 tiers created" in first.stderr
        async with rows.unchanged():
            second = await loyalty("seed", "--demo", "3", settings=settings)

        assert "0 tiers created, 4 existed before" in second.stderr
        active_tiers = "SELECT slug FROM loyalty_tiers ORDER BY point_threshold"
        slugs = [row["slug"] for row in await rows.all(active_tiers)]
        assert slugs == ["bronze", "silver", "gold", "platinum"]

    async def test_an_owner_who_may_not_take_on_the_role_gets_an_error(
        self, empty_url: str, database_url: str
    ) -> None:
        # The role belongs to the server, where the test's other database has made it.
        owner = f"owner_{uuid4().hex}"
        name = make_url(empty_url).database
        await execute(
            database_url, f"CREATE ROLE {owner} LOGIN", f"ALTER DATABASE {name} OWNER TO {owner}"
        )
        as_owner = make_url(empty_url).set(username=owner).render_as_string(hide_password=False)

        said = await loyalty("migrate", settings=settings_of(as_owner))

        await execute(empty_url, f"REASSIGN OWNED BY {owner} TO CURRENT_USER", f"DROP ROLE {owner}")
        assert said.returncode == 0, said.stderr
        assert f"{owner} may not take on the role loyalty_service" in said.stderr

    async def test_without_tables_seed_says_what_to_run(self, empty_url: str) -> None:
        said = await loyalty("seed", settings=settings_of(empty_url))

        assert said.returncode == 1
        assert "Run: loyalty migrate" in said.stderr

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ([tier(), tier(slug="two", pointThreshold=0)], "tiers[1].pointThreshold"),
            ([tier(pointThreshold=9), tier(slug="two", pointThreshold=5)], "above the tier before"),
            ([tier(pointThreshold="9")], "tiers[0].pointThreshold: must be a whole number"),
            ([tier(pointThreshold=1.5)], "tiers[0].pointThreshold: must be a whole number"),
            ([tier(pointThreshold=-1)], "tiers[0].pointThreshold: must be a whole number from 0"),
            ([tier(benefits={"a": 1})], "tiers[0].benefits: must be a JSON list"),
            ([tier(slug="No Slug")], "tiers[0].slug: must be lower-case"),
            ([tier(name=5)], "tiers[0].name: must be text"),
            ([tier(points=5)], "tiers[0]: must have slug, name, pointThreshold"),
            ([tier(), tier(pointThreshold=9)], "tiers[1].slug: names 'one' a second time"),
            ([], "tiers: must be a JSON list of at least one tier"),
            ({}, "tiers: must be a JSON list of at least one tier"),
            (None, "tiers: must be a JSON list of at least one tier"),
            (b"[{", "tiers: must be a JSON list; unexpected end"),
            (b"\xff", "tiers: must be a JSON list"),
            (b"", "tiers: must be a JSON list"),
        ],
    )
    async def test_a_file_of_tiers_that_is_wrong_is_refused_whole(
        self, database_url: str, rows: Rows, tmp_path: Path, content: Any, complaint: str
    ) -> None:
        file = tmp_path / "tiers.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

        async with rows.unchanged():
            said = await loyalty("seed", "--tiers", str(file), settings=settings_of(database_url))

        assert said.returncode == 1
        assert said.stderr.startswith("loyalty: ")
        assert complaint in said.stderr
        assert said.stderr.count("\n") == 1, "one line"

    async def test_a_file_of_tiers_that_is_missing(self, tmp_path: Path) -> None:
        file = str(tmp_path / "none.json")

        said = await loyalty("seed", "--tiers", file, settings=settings_of("postgresql://x@/x"))

        assert said.returncode == 1
        assert said.stderr == f"loyalty: [Errno 2] No such file or directory: '{file}'\n"

    @pytest.mark.stress
    async def test_demo_members_that_were_interrupted_come_out_the_same(
        self, database_url: str, rows: Rows, empty_url: str
    ) -> None:
        long_limits = {"LOYALTY_LOCK_TIMEOUT_MS": "60000", "LOYALTY_STATEMENT_TIMEOUT_MS": "60000"}
        settings, undisturbed = settings_of(database_url) | long_limits, settings_of(empty_url)
        for command in (["migrate"], ["seed", "--demo", str(DEMO)]):
            assert (await loyalty(*command, settings=undisturbed)).returncode == 0

        async with held_back(f"demo-{DEMO:05}", database_url):
            for least, number in [(1, signal.SIGINT), (4, signal.SIGTERM), (8, signal.SIGKILL)]:
                ended = await asyncio.to_thread(seed_until, number, least, database_url, settings)
                assert ended.returncode != 0
                assert "Traceback" not in ended.stderr
            assert await rows.value("SELECT count(*) >= 8 FROM loyalty_members")
        said = await loyalty("seed", "--demo", str(DEMO), settings=settings)

        assert said.returncode == 0, said.stderr
        for query in DEMO_RESULT:
            assert await rows.all(query) == await Rows(empty_url).all(query)
        await assert_invariants(rows)

    async def test_own_tiers_take_the_place_of_the_baseline(
        self, database_url: str, rows: Rows, tmp_path: Path
    ) -> None:
        file = tmp_path / "tiers.json"
        file.write_text(json.dumps([tier(), tier(slug="two", pointThreshold=10)]))

        said = await loyalty("seed", "--tiers", str(file), settings=settings_of(database_url))

        assert said.returncode == 0
        assert await rows.value(
            "SELECT string_agg(slug, ' ' ORDER BY slug) FROM loyalty_tiers"
        ) == ("one two")
