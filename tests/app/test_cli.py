"""The `loyalty` command as an operator runs it: a process of its own, a real database."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.database import SECRET, Rows, execute, named
from tests.fixtures.served import run, served

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
            ([], "tiers: must be a JSON list of at least one tier"),
            ({}, "tiers: must be a JSON list of at least one tier"),
        ],
    )
    async def test_a_file_of_tiers_that_is_wrong_is_refused_whole(
        self, database_url: str, rows: Rows, tmp_path: Path, content: Any, complaint: str
    ) -> None:
        file = tmp_path / "tiers.json"
        file.write_text(json.dumps(content))

        async with rows.unchanged():
            said = await loyalty("seed", "--tiers", str(file), settings=production(database_url))

        assert said.returncode == 1
        assert complaint in " ".join(said.stderr.split())
        assert "Traceback" not in said.stderr

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
        for name in ("LOYALTY_AUTH_ISSUER", "LOYALTY_AUTH_AUDIENCE", "LOYALTY_AUTH_SECRET"):
            assert name in said.stderr
        assert "Traceback" not in said.stderr

    async def test_an_unknown_setting_is_an_error(self) -> None:
        said = await loyalty("migrate", settings={"LOYALTY_DATABSE_URL": "x"})

        assert said.returncode == 1
        assert "did you mean LOYALTY_DATABASE_URL" in " ".join(said.stderr.split())


class TestServe:
    def test_it_serves_its_own_tokens_with_two_processes_and_keeps_its_data(
        self, tmp_path: Path
    ) -> None:
        settings = {
            "LOYALTY_MODE": "development",
            "LOYALTY_DATA_DIR": str(tmp_path / "data"),
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

    def test_ctrl_c_stops_the_service_and_its_database(self, tmp_path: Path) -> None:
        data_dir = tmp_path / "data"
        settings = {"LOYALTY_MODE": "development", "LOYALTY_DATA_DIR": str(data_dir)}

        with served(settings, tmp_path / "serve.log") as service:
            service.process.send_signal(signal.SIGINT)
            service.process.wait(30)

        assert not (data_dir / "postgres" / "cluster" / "postmaster.pid").exists()

    def test_a_port_in_use_ends_it(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            said = run(
                "serve",
                settings={
                    "LOYALTY_MODE": "development",
                    "LOYALTY_DATA_DIR": str(tmp_path / "data"),
                    "LOYALTY_PORT": str(taken.getsockname()[1]),
                },
            )

        assert said.returncode != 0
        assert "address already in use" in said.stderr
