"""The settings: their defaults, what they must be, and how a mistake is named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config.environment import load_database_settings
from app.config.settings import Settings, SettingsError
from domain.referrals import ReferralPolicy
from tests.fixtures.environment import PRODUCTION, SECRET, Environment


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
