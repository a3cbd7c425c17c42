import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.checkpoint_key import read_key
from app.settings import Settings, SettingsError, load_database_settings, load_settings
from domain.referrals import ReferralPolicy

SECRET = "k" * 32
CHECKPOINT_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
PRODUCTION = {
    "AUTH_ISSUER": "https://issuer.example",
    "AUTH_AUDIENCE": "loyalty",
    "AUTH_SECRET": SECRET,
}


class Environment:
    """The variables of the process, which start with none of ours."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def set(self, **variables: str) -> None:
        for name in [name for name in os.environ if name.upper().startswith("LOYALTY_")]:
            self._patch.delenv(name)
        for name, value in variables.items():
            self._patch.setenv(f"LOYALTY_{name}", value)

    def load(self, **variables: str) -> Settings:
        self.set(**variables)
        return load_settings()

    def refusal(self, **variables: str) -> str:
        with pytest.raises(SettingsError) as refused:
            self.load(**variables)
        return str(refused.value)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    monkeypatch.chdir(tmp_path)
    return Environment(monkeypatch)


def test_the_defaults(environment: Environment) -> None:
    settings = environment.load(**PRODUCTION)
    assert settings.mode == "production"
    assert settings.database_url is None
    assert settings.data_dir == Path(".data")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.admin_roles == ("admin",)
    assert settings.auth_leeway_seconds == 30


def test_the_referral_defaults_are_those_of_the_rules(environment: Environment) -> None:
    settings, policy = environment.load(**PRODUCTION), ReferralPolicy()
    assert settings.referral_reward_points == policy.reward_points
    assert settings.referral_invitee_reward_points == policy.invitee_reward_points
    assert settings.referral_reward_points_max == policy.reward_points_max
    assert settings.referral_invite_ttl_days == policy.invite_ttl_days
    assert settings.referral_onboarding_days == policy.onboarding_days


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_do_not_change(environment: Environment) -> None:
    settings = environment.load(**PRODUCTION)
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


class TestDatabaseUrl:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("postgres://u:p@h/db", "postgresql+asyncpg://u:p@h/db"),
            ("postgresql://u:p@h:5433/db", "postgresql+asyncpg://u:p@h:5433/db"),
            ("postgresql+asyncpg://u:p@h/db", "postgresql+asyncpg://u:p@h/db"),
            ("postgres://u:p%40%2Fs@h/db", "postgresql+asyncpg://u:p%40%2Fs@h/db"),
            ("postgres://u@/db?host=/run/pg", "postgresql+asyncpg://u@/db?host=%2Frun%2Fpg"),
            ("postgres://h/db?sslmode=require", "postgresql+asyncpg://h/db?ssl=require"),
        ],
    )
    def test_it_is_normalised(self, environment: Environment, given: str, expected: str) -> None:
        assert environment.load(**PRODUCTION, DATABASE_URL=given).database_url == expected

    @pytest.mark.parametrize("blank", ["", " ", "none"])
    def test_blank_means_embedded(self, environment: Environment, blank: str) -> None:
        assert environment.load(**PRODUCTION, DATABASE_URL=blank).database_url is None

    @pytest.mark.parametrize(
        "wrong",
        [
            "u:hunter2@h/db",
            "mysql://u:hunter2@h/db",
            "postgresql+psycopg://u:hunter2@h/db",
            "postgresql://u:hunter2@h:port/db",
            "postgresql://u:hunter2@h/db?channel_binding=require",
        ],
    )
    def test_a_wrong_one_is_named_and_not_shown(self, environment: Environment, wrong: str) -> None:
        refusal = environment.refusal(**PRODUCTION, DATABASE_URL=wrong)
        assert "LOYALTY_DATABASE_URL: " in refusal
        assert "hunter2" not in refusal

    def test_an_unsupported_parameter_is_named(self, environment: Environment) -> None:
        url = "postgresql://h/db?sslmode=require&channel_binding=require"
        assert "channel_binding" in environment.refusal(**PRODUCTION, DATABASE_URL=url)


def test_no_secret_is_printed(environment: Environment) -> None:
    settings = environment.load(**PRODUCTION, DATABASE_URL="postgresql://u:hunter2@h/db")
    for text in (repr(settings), str(settings)):
        assert "hunter2" not in text
        assert SECRET not in text


def test_no_wrong_value_is_printed_without_load_settings_either() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(mode="development", database_url="mysql://u:hunter2@h/db")
    assert "hunter2" not in str(refused.value)


class TestMistakes:
    def test_every_one_is_named_at_once(self, environment: Environment) -> None:
        refusal = environment.refusal(
            **PRODUCTION, PORT="tcp://10.0.0.1:80", AUTH_LEEWAY_SECONDS="61", AUTH_ISUER="x"
        )
        lines = refusal.splitlines()[1:]
        assert [line.split(":")[0].strip() for line in lines] == [
            "LOYALTY_AUTH_ISUER",
            "LOYALTY_PORT",
            "LOYALTY_AUTH_LEEWAY_SECONDS",
        ]

    def test_a_slip_of_typing_is_recognised(self, environment: Environment) -> None:
        refusal = environment.refusal(**PRODUCTION, DATABSE_URL="postgresql://h/db")
        assert "LOYALTY_DATABSE_URL: no such setting; did you mean LOYALTY_DATABASE_URL?" in refusal

    def test_a_name_like_no_other(self, environment: Environment) -> None:
        assert "LOYALTY_ZZZ: no such setting; remove it" in environment.refusal(
            **PRODUCTION, ZZZ=""
        )

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MODE", "staging"),
            ("MODE", ""),
            ("PORT", "0"),
            ("PORT", "65536"),
            ("WORKERS", "0"),
            ("LOG_LEVEL", "loud"),
            ("AUTH_LEEWAY_SECONDS", "-1"),
            ("AUTH_ROLE_CLAIM", ""),
            ("AUTH_ADMIN_ROLE", " , "),
            ("POOL_SIZE", "0"),
            ("POOL_TIMEOUT_SECONDS", "0"),
            ("POOL_TIMEOUT_SECONDS", "nan"),
            ("STATEMENT_TIMEOUT_MS", "0"),
            ("LOCK_TIMEOUT_MS", "0"),
            ("IDLE_IN_TRANSACTION_TIMEOUT_MS", "0"),
            ("REFERRAL_REWARD_POINTS", "0"),
            ("REFERRAL_REWARD_POINTS", "100001"),
            ("REFERRAL_INVITEE_REWARD_POINTS", "-1"),
            ("REFERRAL_INVITEE_REWARD_POINTS", "100001"),
            ("REFERRAL_REWARD_POINTS_MAX", "9007199254740992"),
            ("REFERRAL_INVITE_TTL_DAYS", "0"),
            ("REFERRAL_INVITE_TTL_DAYS", "3651"),
            ("REFERRAL_ONBOARDING_DAYS", "soon"),
        ],
    )
    def test_a_value_out_of_bounds(self, environment: Environment, name: str, value: str) -> None:
        assert f"LOYALTY_{name}: " in environment.refusal(**{**PRODUCTION, name: value})

    def test_the_cause_is_not_shown(self, environment: Environment) -> None:
        with pytest.raises(SettingsError) as refused:
            environment.load(**PRODUCTION, PORT="x")
        assert refused.value.__suppress_context__


@pytest.mark.parametrize("unlimited", ["", "none", "None"])
def test_days_without_limit(environment: Environment, unlimited: str) -> None:
    settings = environment.load(
        **PRODUCTION, REFERRAL_INVITE_TTL_DAYS=unlimited, REFERRAL_ONBOARDING_DAYS=unlimited
    )
    assert settings.referral_invite_ttl_days is None
    assert settings.referral_onboarding_days is None


def test_words_in_any_case(environment: Environment) -> None:
    settings = environment.load(**PRODUCTION, MODE="Production", LOG_LEVEL="WARNING")
    assert (settings.mode, settings.log_level) == ("production", "warning")


def test_several_admin_roles(environment: Environment) -> None:
    settings = environment.load(**PRODUCTION, AUTH_ADMIN_ROLE="owner, loyalty admin")
    assert settings.admin_roles == ("owner", "loyalty admin")


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
        assert "development-secret is damaged: delete it" in environment.refusal(MODE="development")

    def test_a_directory_that_cannot_be(self, environment: Environment, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        refusal = environment.refusal(MODE="development", DATA_DIR=str(tmp_path / "file"))
        assert refusal.startswith("LOYALTY_DATA_DIR: ")


class TestDatabaseSettings:
    def test_they_need_no_credentials(self, environment: Environment, tmp_path: Path) -> None:
        environment.set(DATABASE_URL="postgres://h/db", DATA_DIR="here")
        settings = load_database_settings()
        assert settings.database_url == "postgresql+asyncpg://h/db"
        assert settings.data_dir == Path("here")
        assert list(tmp_path.iterdir()) == []

    def test_other_settings_are_no_mistake(self, environment: Environment) -> None:
        environment.set(**PRODUCTION, PORT="80")
        assert load_database_settings().database_url is None

    @pytest.mark.parametrize("name", ["DATABASE_URL", "DATABSE_URL"])
    def test_mistakes_are_named(self, environment: Environment, name: str) -> None:
        environment.set(**{name: "hunter2"})
        with pytest.raises(SettingsError, match=f"LOYALTY_{name}: ") as refused:
            load_database_settings()
        assert "hunter2" not in str(refused.value)
