"""The addresses that settings hold: which are taken, and in which form they are used."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from notifications.messages import sender_address
from notifications.transports import smtp_server

_DATABASE_URL_FORM = "postgresql://user:password@host:5432/name"
# What SQLAlchemy hands to asyncpg as it should; anything else would fail at the first connection.
_DATABASE_URL_PARAMETERS = {
    "host",
    "port",
    "prepared_statement_cache_size",
    "ssl",
    "target_session_attrs",
}


def asyncpg_url(value: str) -> str:
    """Returns a PostgreSQL address, as any hosting provider writes it, in SQLAlchemy's form.

    Raises:
        ValueError: it is no such address; the text does not quote it, for it holds a password.
    """
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f"must look like {_DATABASE_URL_FORM}") from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError(f"must be a PostgreSQL address, such as {_DATABASE_URL_FORM}")
    query = dict(url.query)
    if "sslmode" in query:
        # libpq's name, which hosting providers put into their addresses, for asyncpg's `ssl`.
        query["ssl"] = query.pop("sslmode")
    if unsupported := sorted(query.keys() - _DATABASE_URL_PARAMETERS):
        raise ValueError(f"take these parameters out of it: {', '.join(unsupported)}")
    normalised = url.set(drivername="postgresql+asyncpg", query=query)
    return normalised.render_as_string(hide_password=False)


def checked_jwks_url(value: str | None) -> str | None:
    """Returns where keys are fetched from as it is.

    Raises:
        ValueError: somebody on the way could change the keys, or the address would leak a password.
    """
    if value is not None and not _is_safe_url(value):
        raise ValueError(
            "must be an https:// address without a user name or password in it; http:// only "
            "for a server on this host, such as http://127.0.0.1:8080/jwks"
        )
    return value


def checked_smtp_url(value: str | None) -> str | None:
    """Returns the address of a mail server as it is.

    Raises:
        ValueError: it is no such address; the text does not quote it, for it holds a password.
    """
    if value is not None:
        smtp_server(value)
    return value


def checked_mail_from(value: str) -> str:
    """Returns a sender as it is.

    Raises:
        ValueError: no mail could be from there.
    """
    try:
        sender_address(value)
    except ValueError:
        raise ValueError("must look like name@example.com or Name <name@example.com>") from None
    return value


def checked_unsubscribe_url(value: str | None) -> str | None:
    """Returns where members unsubscribe as it is.

    Raises:
        ValueError: no mail program could go there, or it does not fit into a header.
    """
    if value is None:
        return None
    is_plain = value.isascii() and value.isprintable() and not set(value) & set("<> ")
    if not is_plain or not value.startswith(("https://", "http://", "mailto:")):
        raise ValueError("must begin with https:// or mailto:, without spaces or angle brackets")
    return value


def _is_safe_url(value: str) -> bool:
    """Whether keys may be fetched from there: by https, or by http from this very host.

    An address with a user name or password in it is not: it would end up in logs.
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
