"""The `loyalty` command as an operator runs it: a process of its own, a real database."""

import asyncio
import json
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.fixtures.actors import NOBODY
from tests.fixtures.database import SECRET, Rows, execute, named
from tests.fixtures.factories import Make
from tests.fixtures.faults import becomes_true
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.served import LOYALTY, ROOT, environment, run, served

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
QUERY = {"query": "{ tiers { slug } me { userId } }"}


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """The URL of a database that no step has touched."""
    name = f"test_{uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name}")
    yield named(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def production(url: str) -> dict[str, str]:
    return {
        "LOYALTY_DATABASE_URL": url,
        "LOYALTY_AUTH_ISSUER": "https://issuer.example",
        "LOYALTY_AUTH_AUDIENCE": "loyalty",
        "LOYALTY_AUTH_SECRET": SECRET,
    }


async def loyalty(*arguments: str, settings: dict[str, str]) -> Any:
    return await asyncio.to_thread(run, *arguments, settings=settings)


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
    number: signal.Signals, least: int, settings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Interrupts `loyalty seed --demo` when there are at least so many members."""
    members = f"SELECT count(*) >= {least} FROM loyalty_members"
    rows = Rows(settings["LOYALTY_DATABASE_URL"])

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
        settings, rows = production(empty_url), Rows(empty_url)

        assert (await loyalty("migrate", settings=settings)).returncode == 0
        assert (await loyalty("migrate", settings=settings)).returncode == 0
        first = await loyalty("seed", "--demo", "3", settings=settings)
        assert "4 tiers created" in first.stderr
        async with rows.unchanged():
            second = await loyalty("seed", "--demo", "3", settings=settings)

        assert "0 tiers created, 4 were there before" in second.stderr
        ladder = "SELECT slug FROM loyalty_tiers ORDER BY point_threshold"
        slugs = [row["slug"] for row in await rows.all(ladder)]
        assert slugs == ["bronze", "silver", "gold", "platinum"]

    async def test_without_tables_seed_says_what_to_run(self, empty_url: str) -> None:
        said = await loyalty("seed", settings=production(empty_url))

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
            said = await loyalty("seed", "--tiers", str(file), settings=production(database_url))

        assert said.returncode == 1
        assert said.stderr.startswith("loyalty: ")
        assert complaint in said.stderr
        assert said.stderr.count("\n") == 1, "one line"

    async def test_a_file_of_tiers_that_is_missing(self, tmp_path: Path) -> None:
        file = str(tmp_path / "none.json")

        said = await loyalty("seed", "--tiers", file, settings=production("postgresql://x@/x"))

        assert said.returncode == 1
        assert said.stderr == f"loyalty: [Errno 2] No such file or directory: '{file}'\n"

    async def test_demo_members_that_were_interrupted_come_out_the_same(
        self, database_url: str, rows: Rows, empty_url: str
    ) -> None:
        patience = {"LOYALTY_LOCK_TIMEOUT_MS": "60000", "LOYALTY_STATEMENT_TIMEOUT_MS": "60000"}
        settings, undisturbed = production(database_url) | patience, production(empty_url)
        for command in (["migrate"], ["seed", "--demo", str(DEMO)]):
            assert (await loyalty(*command, settings=undisturbed)).returncode == 0

        async with held_back(f"demo-{DEMO:05}", database_url):
            for least, number in [(1, signal.SIGINT), (4, signal.SIGTERM), (8, signal.SIGKILL)]:
                ended = await asyncio.to_thread(seed_until, number, least, settings)
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

        said = await loyalty("seed", "--tiers", str(file), settings=production(database_url))

        assert said.returncode == 0
        assert await rows.value(
            "SELECT string_agg(slug, ' ' ORDER BY slug) FROM loyalty_tiers"
        ) == ("one two")


class TestSettings:
    async def test_production_without_credentials_names_each_that_is_missing(
        self, database_url: str
    ) -> None:
        said = await loyalty("serve", settings={"LOYALTY_DATABASE_URL": database_url})

        assert said.returncode == 1
        for name in ("ISSUER", "AUDIENCE", "JWKS_URL", "SECRET"):
            assert f"LOYALTY_AUTH_{name}" in said.stderr
        assert "Traceback" not in said.stderr

    async def test_an_unknown_setting_is_an_error(self) -> None:
        said = await loyalty("migrate", settings={"LOYALTY_DATABSE_URL": "x"})

        assert said.returncode == 1
        assert "did you mean LOYALTY_DATABASE_URL" in " ".join(said.stderr.split())

    @pytest.mark.parametrize("command", ["migrate", "seed"])
    async def test_a_database_that_is_not_there(self, server_url: str, command: str) -> None:
        nowhere = "postgresql://x@127.0.0.1:1/x"
        for url, complaint in [
            (nowhere, "the database cannot be reached: "),
            (named(server_url, "none"), 'the database refuses: database "none" does not exist'),
        ]:
            said = await loyalty(command, settings=production(url))

            assert said.returncode == 1
            assert said.stderr.startswith(f"loyalty: {complaint}")
            assert said.stderr.count("\n") == 1, "one line"


class TestToken:
    async def test_it_stands_alone_on_its_line_and_lets_its_bearer_in(
        self, api: Api, make: Make, database_url: str
    ) -> None:
        await make.user("ada")
        for role, subject, status in [("admin", "ops", 200), ("MEMBER", "bob", 403)]:
            said = await loyalty(
                "token", "--role", role, "--subject", subject, settings=production(database_url)
            )
            token = said.stdout.removesuffix("\n")
            assert token.count(".") == 2
            assert token.split() == [token]
            answer = await api.request(
                "GET",
                "/api/v1/loyalty/members/ada",
                caller=NOBODY,
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code == status

    async def test_only_the_issuer_signs_where_there_is_a_key_set(self, database_url: str) -> None:
        settings = production(database_url)
        del settings["LOYALTY_AUTH_SECRET"]
        settings["LOYALTY_AUTH_JWKS_URL"] = "https://issuer.example/jwks"

        said = await loyalty("token", "--role", "admin", "--subject", "ops", settings=settings)

        assert said.returncode == 1
        assert said.stdout == ""
        assert "LOYALTY_AUTH_JWKS_URL is set: only its issuer can sign tokens" in said.stderr

    @pytest.mark.parametrize("wrong", [["--role", "boss"], ["--subject", ""], ["--hours", "0"]])
    async def test_what_makes_no_token(self, database_url: str, wrong: list[str]) -> None:
        good = ["--role", "admin", "--subject", "ops"]

        said = await loyalty("token", *good, *wrong, settings=production(database_url))

        assert said.returncode != 0
        assert said.stdout == ""
        assert "Traceback" not in said.stderr


class TestServe:
    def test_it_serves_its_own_tokens_with_two_processes_and_keeps_its_data(
        self, data_dir: Path, tmp_path: Path
    ) -> None:
        settings = {
            "LOYALTY_MODE": "development",
            "LOYALTY_DATA_DIR": str(data_dir),
            "LOYALTY_WORKERS": "2",
        }
        share_codes = set()
        for start in range(2):
            with served(settings, tmp_path / f"serve-{start}.log") as service:
                printed = run("token", "--role", "member", "--subject", "ada", settings=settings)
                token = printed.stdout.splitlines()[-1]
                answer = httpx.get(
                    f"{service.url}/api/v1/loyalty/members/ada",
                    headers={"Authorization": f"Bearer {token}"},
                )
                share_codes.add(answer.json()["referralCode"])
            assert "Traceback" not in (tmp_path / f"serve-{start}.log").read_text()
        assert len(share_codes) == 1

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_stops_the_service_and_its_database(
        self, data_dir: Path, tmp_path: Path, number: signal.Signals
    ) -> None:
        settings = {"LOYALTY_MODE": "development", "LOYALTY_DATA_DIR": str(data_dir)}

        with served(settings, tmp_path / "serve.log") as service:
            assert (data_dir / "postgres" / "cluster" / "postmaster.pid").exists()
            service.process.send_signal(number)
            service.process.wait(30)

        assert "Traceback" not in (tmp_path / "serve.log").read_text()
        assert not (data_dir / "postgres" / "cluster" / "postmaster.pid").exists()

    def test_a_port_in_use_ends_it(self, data_dir: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            said = run(
                "serve",
                settings={
                    "LOYALTY_MODE": "development",
                    "LOYALTY_DATA_DIR": str(data_dir),
                    "LOYALTY_PORT": str(taken.getsockname()[1]),
                },
            )

        assert said.returncode != 0
        assert "address already in use" in said.stderr
