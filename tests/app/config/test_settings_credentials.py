"""Credentials in the settings: production has real ones, development makes up its own."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config.checkpoint_key import read_key
from app.config.environment import load_settings
from tests.fixtures.environment import PRODUCTION, SECRET, Environment

CHECKPOINT_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class TestProduction:
    @pytest.mark.parametrize("mode", [{}, {"MODE": "production"}])
    def test_nothing_set_is_refused(self, environment: Environment, mode: dict[str, str]) -> None:
        refusal = environment.refusal(**mode)
        assert "LOYALTY_AUTH_ISSUER: " in refusal
        assert "LOYALTY_AUTH_AUDIENCE: " in refusal
        assert "LOYALTY_AUTH_JWKS_URL or LOYALTY_AUTH_SECRET: " in refusal

    @pytest.mark.parametrize("missing", ["AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_SECRET"])
    @pytest.mark.parametrize("how", ["unset", "empty"])
    def test_one_missing_is_refused(self, environment: Environment, missing: str, how: str) -> None:
        variables = {name: value for name, value in PRODUCTION.items() if name != missing}
        if how == "empty":
            variables[missing] = ""
        assert f"LOYALTY_{missing}: " in environment.refusal(**variables)

    def test_both_ways_are_refused(self, environment: Environment) -> None:
        refusal = environment.refusal(**PRODUCTION, AUTH_JWKS_URL="https://issuer.example/jwks")
        assert "LOYALTY_AUTH_JWKS_URL and LOYALTY_AUTH_SECRET: " in refusal

    def test_a_secret_of_31_bytes_is_refused(self, environment: Environment) -> None:
        refusal = environment.refusal(**{**PRODUCTION, "AUTH_SECRET": "hunter2".ljust(31, "x")})
        assert "LOYALTY_AUTH_SECRET: must be at least 32 bytes" in refusal
        assert "hunter2" not in refusal

    def test_a_secret_is_measured_in_bytes(self, environment: Environment) -> None:
        settings = environment.load(**{**PRODUCTION, "AUTH_SECRET": "é" * 16})
        assert settings.auth_secret is not None

    @pytest.mark.parametrize(
        "key",
        [
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ==\n-----END PUBLIC KEY-----",
            '{"kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmb", "e": "AQAB"}',
        ],
    )
    def test_a_public_key_is_no_secret(self, environment: Environment, key: str) -> None:
        refusal = environment.refusal(**{**PRODUCTION, "AUTH_SECRET": key})
        assert "LOYALTY_AUTH_SECRET: is a public key" in refusal

    @pytest.mark.parametrize(
        "url",
        [
            "https://issuer.example/jwks",
            "http://127.0.0.1:8080/jwks",
            "http://127.8.9.1/jwks",
            "http://localhost/jwks",
            "http://[::1]:8080/jwks",
        ],
    )
    def test_a_safe_key_set(self, environment: Environment, url: str) -> None:
        settings = environment.load(**{**PRODUCTION, "AUTH_SECRET": "", "AUTH_JWKS_URL": url})
        assert settings.auth_jwks_url == url

    @pytest.mark.parametrize(
        "url",
        [
            "http://issuer.example/jwks",
            "http://127.0.0.1.issuer.example/jwks",
            "http://localhost@issuer.example/jwks",
            "http://10.0.0.1/jwks",
            "https://user:hunter2@issuer.example/jwks",
            "https:///jwks",
            "https://[/jwks",
            "ftp://127.0.0.1/jwks",
            "file:///etc/passwd",
            "issuer.example/jwks",
        ],
    )
    def test_an_unsafe_key_set(self, environment: Environment, url: str) -> None:
        variables = {**PRODUCTION, "AUTH_SECRET": "", "AUTH_JWKS_URL": url}
        refusal = environment.refusal(**variables)
        assert "LOYALTY_AUTH_JWKS_URL: must be an https:// address" in refusal
        assert "hunter2" not in refusal

    @pytest.mark.parametrize("key", [CHECKPOINT_KEY, CHECKPOINT_KEY.rstrip("="), "-_" * 21 + "A"])
    def test_a_checkpoint_key(self, environment: Environment, key: str) -> None:
        assert environment.load(**PRODUCTION, CHECKPOINT_KEY=key).checkpoint_key == SecretStr(key)

    @pytest.mark.parametrize("key", ["hunter2", "hunter2" * 6 + "hunter", CHECKPOINT_KEY * 2])
    def test_what_is_no_checkpoint_key(self, environment: Environment, key: str) -> None:
        refusal = environment.refusal(**PRODUCTION, CHECKPOINT_KEY=key)
        assert "LOYALTY_CHECKPOINT_KEY: must be 32 bytes in base64" in refusal
        assert key not in refusal

    def test_the_development_secret_is_not_read(self, environment: Environment) -> None:
        made_up = environment.load(MODE="development").auth_secret
        assert made_up is not None
        refusal = environment.refusal(AUTH_ISSUER="i", AUTH_AUDIENCE="a")
        assert "LOYALTY_AUTH_SECRET" in refusal
        assert made_up.get_secret_value() not in refusal

    def test_nothing_is_written(self, environment: Environment, tmp_path: Path) -> None:
        environment.load(**PRODUCTION)
        assert list(tmp_path.iterdir()) == []


class TestDevelopment:
    def test_it_makes_up_what_is_missing(self, environment: Environment) -> None:
        settings = environment.load(MODE="development")
        assert settings.auth_issuer == "loyalty-development"
        assert settings.auth_audience == "loyalty"
        assert settings.auth_secret is not None
        assert len(settings.auth_secret.get_secret_value()) >= 32

    def test_a_later_process_finds_the_same_secret(self, environment: Environment) -> None:
        first = environment.load(MODE="development").auth_secret
        assert first is not None
        assert environment.load(MODE="development").auth_secret == first

    def test_another_directory_has_another_secret(
        self, environment: Environment, tmp_path: Path
    ) -> None:
        first = environment.load(MODE="development").auth_secret
        other = str(tmp_path / "other")
        assert environment.load(MODE="development", DATA_DIR=other).auth_secret != first

    def test_only_the_owner_may_read_it(self, environment: Environment, tmp_path: Path) -> None:
        environment.load(MODE="development")
        kept = {path.name: path for path in (tmp_path / ".data").iterdir()}
        assert set(kept) == {"development-secret", "development-checkpoint-key"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept.values()} == {0o600}

    def test_its_checkpoint_key_is_one(self, environment: Environment) -> None:
        made_up = environment.load(MODE="development").checkpoint_key
        assert made_up is not None
        assert len(read_key(made_up.get_secret_value())) == 32

    def test_processes_that_start_together_agree(
        self, environment: Environment, tmp_path: Path
    ) -> None:
        # Threads stand in for processes: what they share is the file system, in both cases.
        count = 8
        for attempt in range(25):
            environment.set(MODE="development", DATA_DIR=str(tmp_path / str(attempt)))
            start = threading.Barrier(count)

            def load(start: threading.Barrier = start) -> SecretStr | None:
                start.wait()
                return load_settings().auth_secret

            with ThreadPoolExecutor(count) as pool:
                secrets = {future.result() for future in [pool.submit(load) for _ in range(count)]}
            assert len(secrets) == 1

    def test_what_is_set_is_kept(self, environment: Environment, tmp_path: Path) -> None:
        settings = environment.load(MODE="development", **PRODUCTION, CHECKPOINT_KEY=CHECKPOINT_KEY)
        assert settings.auth_issuer == "https://issuer.example"
        assert settings.auth_secret == SecretStr(SECRET)
        assert list(tmp_path.iterdir()) == []

    def test_a_key_set_needs_no_secret(self, environment: Environment, tmp_path: Path) -> None:
        settings = environment.load(
            MODE="development",
            AUTH_JWKS_URL="http://localhost/jwks",
            CHECKPOINT_KEY=CHECKPOINT_KEY,
        )
        assert settings.auth_secret is None
        assert list(tmp_path.iterdir()) == []

    def test_a_damaged_secret_is_not_used(self, environment: Environment, tmp_path: Path) -> None:
        (tmp_path / ".data").mkdir()
        (tmp_path / ".data" / "development-secret").write_text("short")
        assert "development-secret is damaged. Delete it" in environment.refusal(MODE="development")

    def test_a_directory_that_cannot_be(self, environment: Environment, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        refusal = environment.refusal(MODE="development", DATA_DIR=str(tmp_path / "file"))
        assert refusal.startswith("LOYALTY_DATA_DIR: ")
