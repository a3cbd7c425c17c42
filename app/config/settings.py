"""Every setting, its default and its constraints.

Outside development the service refuses to start without real credentials.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.config.addresses import (
    asyncpg_url,
    checked_jwks_url,
    checked_mail_from,
    checked_smtp_url,
    checked_unsubscribe_url,
)
from app.config.checkpoint_key import read_key
from app.config.token_secret import SECRET_BYTES_MIN, checked_secret
from domain.commands import INVITE_TTL_DAYS_MAX
from domain.points import POINTS_MAX

PREFIX = "LOYALTY_"
TIMEOUT_MS_MAX = 600_000
DEVELOPMENT_ISSUER = "loyalty-development"
DEVELOPMENT_AUDIENCE = "loyalty"


class SettingsError(Exception):
    """The settings are not valid; the text names each variable and the remedy."""


def _none_if_blank(value: Any) -> Any:
    is_blank = isinstance(value, str) and value.strip().lower() in ("", "none")
    return None if is_blank else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def variable(name: str) -> str:
    """Returns the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def separated(value: str) -> tuple[str, ...]:
    """Returns the parts of a setting that holds several, separated by commas."""
    return tuple(filter(None, map(str.strip, value.split(","))))


_OptionalText = Annotated[str | None, BeforeValidator(_none_if_blank)]
_OptionalDays = Annotated[
    Annotated[int, Field(ge=1, le=INVITE_TTL_DAYS_MAX)] | None, BeforeValidator(_none_if_blank)
]
_TimeoutMs = Annotated[int, Field(ge=1, le=TIMEOUT_MS_MAX)]


class DatabaseSettings(BaseSettings):
    """The settings of the database: a migration needs no others."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    database_url: _OptionalText = Field(
        None,
        repr=False,
        description="PostgreSQL, as `postgresql://user:password@host:5432/name`; unset starts an "
        "embedded server in the data directory.",
    )
    data_dir: Path = Field(
        Path(".data"), description="Directory of the embedded server and of files made at run time."
    )

    @field_validator("database_url")
    @classmethod
    def _normalise_database_url(cls, value: str | None) -> str | None:
        return None if value is None else asyncpg_url(value)


class Settings(DatabaseSettings):
    """Every setting; the variable of each is its name in capitals after `LOYALTY_`."""

    mode: Annotated[Literal["development", "production"], BeforeValidator(_lower)] = Field(
        "production",
        description="`production` refuses to start without real credentials; `development` makes "
        "up its own.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; `0.0.0.0` for all.")
    port: int = Field(8000, ge=1, le=65_535, description="TCP port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Server processes: at most one for each core.")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)
    ] = Field("info", description="Least severity that is logged.")

    allowed_hosts: str = Field(
        "*",
        description="Host names that the service answers to, separated by commas; `*` for any, "
        "`*.example.com` for all below one.",
    )
    allowed_origins: str = Field(
        "",
        description="Origins of frontends on other hosts, such as `https://app.example.com`, "
        "separated by commas; `*` for any.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed, separated by commas; `*` for any.",
    )
    requests_max: int = Field(
        400,
        ge=1,
        le=10_000,
        description="Requests at a time per process; further ones are answered 503. It takes twice "
        "as many connections.",
    )
    request_timeout_seconds: float = Field(
        5.0, gt=0, le=600, description="Longest run of one request before it is answered 503."
    )

    auth_issuer: str = Field(
        "",
        max_length=1_000,
        description="Issuer (`iss`) of the tokens to accept; required in production.",
    )
    auth_audience: str = Field(
        "",
        max_length=1_000,
        description="Audience (`aud`) that a token must name; required in production.",
    )
    auth_jwks_url: Annotated[
        str | None, AfterValidator(checked_jwks_url), BeforeValidator(_none_if_blank)
    ] = Field(
        None,
        description="Key set (JWKS) of the issuer, for tokens signed with RS256, PS256, ES256 or "
        "EdDSA; `https`, or `http` on this host. Production needs either this or a secret.",
    )
    auth_secret: Annotated[
        SecretStr | None, AfterValidator(checked_secret), BeforeValidator(_none_if_blank)
    ] = Field(
        None,
        description=f"Secret of at least {SECRET_BYTES_MIN} bytes that is shared with the issuer, "
        "for tokens signed with HS256.",
    )
    auth_role_claim: str = Field(
        "role",
        min_length=1,
        max_length=200,
        description="Claim that holds the caller's role: a text or a list of texts.",
    )
    auth_admin_role: str = Field(
        "admin",
        min_length=1,
        max_length=1_000,
        description="Value of that claim that makes an admin, or several separated by commas; "
        "every other value makes a member.",
    )
    auth_leeway_seconds: int = Field(
        30, ge=0, le=60, description="Allowed difference between the issuer's clock and ours."
    )
    auth_token_type: _OptionalText = Field(
        None, description="Type (`typ` header) that a token must have, such as `at+jwt`."
    )

    database_role: _OptionalText = Field(
        "loyalty_service",
        description="Role that the service takes on in the database: it owns no table and cannot "
        "alter the ledger; `none` keeps the login's own rights.",
    )
    pool_size: int = Field(
        10, ge=1, le=1_000, description="Connections per process in each of its two pools."
    )
    pool_timeout_seconds: float = Field(
        1.0,
        gt=0,
        le=60,
        description="Time that a call waits for a free connection before it answers 503.",
    )
    statement_timeout_ms: _TimeoutMs = Field(3_000, description="Longest run of one statement.")
    lock_timeout_ms: _TimeoutMs = Field(1_000, description="Longest wait for a lock.")
    idle_in_transaction_timeout_ms: _TimeoutMs = Field(
        5_000, description="Longest pause within a transaction."
    )

    referral_reward_points: int = Field(
        500, ge=1, le=POINTS_MAX, description="What a referrer earns unless the invite says else."
    )
    referral_invitee_reward_points: int = Field(
        0, ge=0, le=POINTS_MAX, description="What an invitee earns unless the invite says else."
    )
    referral_reward_points_max: int = Field(
        100_000, ge=1, le=POINTS_MAX, description="Most that an invite may promise to either side."
    )
    referral_invite_ttl_days: _OptionalDays = Field(
        30, description="Days until an invite expires unless it says else; `none` for never."
    )
    referral_onboarding_days: _OptionalDays = Field(
        30, description="Days for which a user counts as new; `none` for ever."
    )

    checkpoint_key: Annotated[SecretStr | None, BeforeValidator(_none_if_blank)] = Field(
        None,
        description="Key that signs ledger checkpoints: 32 random bytes in base64, as `openssl "
        "rand -base64 32` makes them. Unset, there are no checkpoints; development makes its own.",
    )

    smtp_url: Annotated[
        str | None, AfterValidator(checked_smtp_url), BeforeValidator(_none_if_blank)
    ] = Field(
        None,
        repr=False,
        description="Mail server, as `smtp://user:password@host:587` (STARTTLS, required where a "
        "password is sent to another host) or `smtps://…:465` (TLS); unset writes each mail to "
        "`mail/` in the data directory.",
    )
    mail_from: Annotated[str, AfterValidator(checked_mail_from)] = Field(
        "Loyalty <loyalty@localhost>",
        max_length=320,
        description="Who the mails are from, as `Name <name@example.com>` or an address alone.",
    )
    mail_unsubscribe_url: Annotated[
        str | None, AfterValidator(checked_unsubscribe_url), BeforeValidator(_none_if_blank)
    ] = Field(
        None,
        max_length=1_000,
        description="Where a member takes back their consent, `https://…` or `mailto:…`, with "
        "`{user_id}` for their id; unset asks them to write to the sender.",
    )

    @property
    def admin_roles(self) -> tuple[str, ...]:
        """The values of the role claim that make an admin; at least one."""
        return separated(self.auth_admin_role)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_for_development(cls, data: dict[str, Any]) -> dict[str, Any]:
        if _lower(data.get("mode")) != "development":
            return data
        issuer = data.get("auth_issuer") or DEVELOPMENT_ISSUER
        audience = data.get("auth_audience") or DEVELOPMENT_AUDIENCE
        return data | {"auth_issuer": issuer, "auth_audience": audience}

    @field_validator("checkpoint_key")
    @classmethod
    def _require_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_key(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _require_sound_whole(self) -> Self:
        if problems := [*self._credential_problems(), *self._reward_problems()]:
            raise ValueError("\n".join(problems))
        return self

    def _credential_problems(self) -> Iterator[str]:
        if not self.admin_roles:
            yield f"{PREFIX}AUTH_ADMIN_ROLE: name at least one role"
        if self.auth_jwks_url and self.auth_secret:
            yield (
                f"{PREFIX}AUTH_JWKS_URL and {PREFIX}AUTH_SECRET: set one of them, not both; "
                "tokens are either signed with the issuer's keys or with a shared secret"
            )
        if self.mode == "development":
            return
        if not self.auth_issuer:
            yield f"{PREFIX}AUTH_ISSUER: set it to the issuer (iss) of your tokens"
        if not self.auth_audience:
            yield f"{PREFIX}AUTH_AUDIENCE: set it to the audience (aud) that tokens must name"
        if not self.auth_jwks_url and not self.auth_secret:
            yield (
                f"{PREFIX}AUTH_JWKS_URL or {PREFIX}AUTH_SECRET: set one of them, or set "
                f"{PREFIX}MODE=development on a machine that only you can reach"
            )

    def _reward_problems(self) -> Iterator[str]:
        for name in ("referral_reward_points", "referral_invitee_reward_points"):
            if getattr(self, name) > self.referral_reward_points_max:
                yield (
                    f"{variable(name)}: must be at most {PREFIX}REFERRAL_REWARD_POINTS_MAX "
                    f"({self.referral_reward_points_max})"
                )
