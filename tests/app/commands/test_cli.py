"""The `loyalty` command as an operator runs it: a process of its own, a real database."""

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.fixtures.actors import NOBODY
from tests.fixtures.database import named
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.production import settings_of
from tests.fixtures.served import loyalty, run, served


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
            said = await loyalty(command, settings=settings_of(url))

            assert said.returncode == 1
            assert said.stderr.startswith(f"loyalty: {complaint}")
            assert said.stderr.count("\n") == 1, "one line"

    async def test_a_role_that_is_not_there(self, database_url: str) -> None:
        said = await loyalty(
            "seed", settings={**settings_of(database_url), "LOYALTY_DATABASE_ROLE": "nobody"}
        )

        assert said.returncode == 1
        assert said.stderr.startswith('loyalty: role "nobody" does not exist. Run: loyalty migrate')
        assert said.stderr.count("\n") == 1, "one line"


class TestToken:
    async def test_it_stands_alone_on_its_line_and_lets_its_bearer_in(
        self, api: Api, make: Make, database_url: str
    ) -> None:
        await make.user("ada")
        for role, subject, status in [("admin", "ops", 200), ("MEMBER", "bob", 403)]:
            said = await loyalty(
                "token", "--role", role, "--subject", subject, settings=settings_of(database_url)
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
        settings = settings_of(database_url)
        del settings["LOYALTY_AUTH_SECRET"]
        settings["LOYALTY_AUTH_JWKS_URL"] = "https://issuer.example/jwks"

        said = await loyalty("token", "--role", "admin", "--subject", "ops", settings=settings)

        assert said.returncode == 1
        assert said.stdout == ""
        assert "LOYALTY_AUTH_JWKS_URL is set: only its issuer can sign tokens" in said.stderr

    @pytest.mark.parametrize("wrong", [["--role", "boss"], ["--subject", ""], ["--hours", "0"]])
    async def test_what_makes_no_token(self, database_url: str, wrong: list[str]) -> None:
        good = ["--role", "admin", "--subject", "ops"]

        said = await loyalty("token", *good, *wrong, settings=settings_of(database_url))

        assert said.returncode != 0
        assert said.stdout == ""
        assert "Traceback" not in said.stderr


class TestServe:
    @pytest.mark.stress
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
                    timeout=30,
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
