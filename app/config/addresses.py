"""Validates and normalises the addresses in settings."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from notifications.messages import sender_address
from notifications.transports import smtp_server

_DATABASE_URL_FORM = "postgresql://user:password@host:5432/name"
# SQLAlchemy passes these to asyncpg; any other would fail at the first connection.
_DATABASE_URL_PARAMETERS = {
    "host",
    "port",
    "prepared_statement_cache_size",
    "ssl",
    "target_session_attrs",
}


def asyncpg_url(value: str) -> str:
    """Returns a PostgreSQL address, in any usual form, in the form of SQLAlchemy.

    Raises:
        ValueError: it is not such an address; the text omits it, since it holds a password.
    """
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f"must look like {_DATABASE_URL_FORM}") from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError(f"must be a PostgreSQL address, such as {_DATABASE_URL_FORM}")
    query = dict(url.query)
    if "sslmode" in query:
        # Hosting providers use libpq's name for asyncpg's `ssl`.
        query["ssl"] = query.pop("sslmode")
    if unsupported := sorted(query.keys() - _DATABASE_URL_PARAMETERS):
        raise ValueError(f"remove these parameters: {', '.join(unsupported)}")
    normalised = url.set(drivername="postgresql+asyncpg", query=query)
    return normalised.render_as_string(hide_password=False)


def checked_jwks_url(value: str | None) -> str | None:
    """Returns the address of the key set unchanged.

    Raises:
        ValueError: the keys could be changed in transit, or the address has a password in it.
    """
    if value is not None and not _is_safe_url(value):
        raise ValueError(
            "must be an https:// address without a user name or password in it; http:// only "
            "for a server on this host, such as http://127.0.0.1:8080/jwks"
        )
    return value


def checked_smtp_url(value: str | None) -> str | None:
    """Returns the address of a mail server unchanged.

    Raises:
        ValueError: it is not such an address; the text omits it, since it holds a password.
    """
    if value is not None:
        smtp_server(value)
    return value


def checked_mail_from(value: str) -> str:
    """Returns a sender unchanged.

    Raises:
        ValueError: it is not a mail address.
    """
    try:
        sender_address(value)
    except ValueError:
        raise ValueError("must look like name@example.com or Name <name@example.com>") from None
    return value


def checked_unsubscribe_url(value: str | None) -> str | None:
    """Returns the address where members unsubscribe, unchanged.

    Raises:
        ValueError: a mail program cannot open it, or it cannot be in a header.
    """
    if value is None:
        return None
    is_plain = value.isascii() and value.isprintable() and not set(value) & set("<> ")
    if not is_plain or not value.startswith(("https://", "http://", "mailto:")):
        raise ValueError("must begin with https:// or mailto:, without spaces or angle brackets")
    return value


def _is_safe_url(value: str) -> bool:
    """Whether the address is https, or http on this host, without a user name or password.

    Logs would show the password.
    """
    try:
        url = urlsplit(value)
        host = url.hostname
    except ValueError:
        return False
    if not host or url.username or url.password:
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
