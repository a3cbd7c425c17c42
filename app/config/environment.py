"""Reads the settings from the environment, and reports every mistake at once."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TypeVar

from pydantic import SecretStr, ValidationError

from app.config.development_secret import CHECKPOINT_KEY, TOKEN_SECRET, development_secret
from app.config.settings import PREFIX, DatabaseSettings, Settings, SettingsError, variable

_SettingsT = TypeVar("_SettingsT", bound=DatabaseSettings)


def load_settings() -> Settings:
    """Returns the settings of this process's environment.

    In development, a missing secret is generated once and kept in the data directory for later
    processes.

    Raises:
        SettingsError: a variable is missing, wrong or unknown, or a secret cannot be stored.
    """
    settings = _load(Settings)
    if settings.mode == "production":
        return settings
    missing = {}
    if not settings.auth_jwks_url and not settings.auth_secret:
        missing["auth_secret"] = TOKEN_SECRET
    if settings.checkpoint_key is None:
        missing["checkpoint_key"] = CHECKPOINT_KEY
    return settings.model_copy(
        update={name: _generated(settings, name, file) for name, file in missing.items()}
    )


def _generated(settings: Settings, name: str, file: str) -> SecretStr:
    try:
        return SecretStr(development_secret(settings.data_dir, file))
    except OSError as error:
        raise SettingsError(
            f"{PREFIX}DATA_DIR: the development secret cannot be stored in {settings.data_dir} "
            f"({error.strerror}); choose another directory, or set {variable(name)}"
        ) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error


def load_database_settings() -> DatabaseSettings:
    """Returns the settings of the database, which need no token credentials.

    Raises:
        SettingsError: a variable of that part is wrong, or any is unknown.
    """
    return _load(DatabaseSettings)


def _load(kind: type[_SettingsT]) -> _SettingsT:
    unknown = list(_unknown_variables(os.environ))
    try:
        settings = kind()
    except ValidationError as error:
        raise _settings_error([*unknown, *_explained(error)]) from None
    if unknown:
        raise _settings_error(unknown)
    return settings


def _settings_error(problems: Iterable[str]) -> SettingsError:
    lines = "".join(f"\n  {problem}" for problem in problems)
    return SettingsError(f"The settings need a change:{lines}")


def _unknown_variables(environment: Iterable[str]) -> Iterator[str]:
    known = [name.upper() for name in Settings.model_fields]
    for given in sorted(environment):
        name = given.upper().removeprefix(PREFIX)
        if given.upper().startswith(PREFIX) and name not in known:
            likeness = get_close_matches(name, known, n=1)
            hint = f"did you mean {PREFIX}{likeness[0]}?" if likeness else "remove it"
            yield f"{given}: no such setting; {hint}"


def _explained(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        text = problem["msg"].removeprefix("Value error, ")
        if problem["loc"]:
            yield f"{variable(str(problem['loc'][0]))}: {text}"
        else:
            yield from text.split("\n")
