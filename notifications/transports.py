"""Ways for a mail to leave: into a file that one can open, or to a mail server."""

import asyncio
import re
import tempfile
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

SEND_TIMEOUT_SECONDS = 25.0

_ADDRESS = re.compile(r"<?[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+>?")


class TransportError(Exception):
    """A mail was not taken; the text is the server's answer, or what went wrong on the way.

    Addresses are left out of it: it is kept, and for longer than they are.

    TransportError
    ├── Refused     this mail will never be taken
    └── Deferred    not now: trying again may help
    """


class Refused(TransportError):
    """This mail will never be taken."""


class Deferred(TransportError):
    """Not now: trying again may help."""


class Transport(Protocol):
    """Takes mails, one by one, to one recipient each."""

    async def send(self, message: EmailMessage) -> None:
        """Returns once the mail has been taken.

        Raises:
            Refused: it will never be taken.
            Deferred: it was not taken this time.
        """


class FileTransport:
    """Writes each mail to an `.eml` file, which mail programs open; one sent again replaces it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise Deferred(f"{self._directory}: {error.strerror}") from error

    def _write(self, message: EmailMessage) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as draft:
            draft.write(message.as_bytes())
        Path(draft.name).replace(self._directory / f"{name}.eml")


@dataclass(frozen=True, slots=True, repr=False)
class SmtpServer:
    """Where and how to hand mails over; `use_tls` is from the first byte on, else STARTTLS.

    `require_tls` refuses to speak to a server that does not offer STARTTLS.
    """

    host: str
    port: int
    use_tls: bool
    require_tls: bool
    username: str | None = None
    password: str | None = None


def smtp_server(url: str) -> SmtpServer:
    """Returns what `smtp://user:password@host:port` or `smtps://…` stands for.

    Without a port it is 587 where there are credentials, 25 where there are none, and 465 for
    `smtps`. Credentials are sent in the clear only to this very host.

    Raises:
        ValueError: it is no such address; the text does not quote it, for it holds a password.
    """
    form = "must look like smtp://user:password@host:587 or smtps://user:password@host:465"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(form) from None
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme not in ("smtp", "smtps") or not host or not is_bare:
        raise ValueError(form)
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must hold a user and a password, or neither")
    use_tls, has_login = parts.scheme == "smtps", parts.username is not None
    return SmtpServer(
        host=host,
        port=port or (465 if use_tls else 587 if has_login else 25),
        use_tls=use_tls,
        require_tls=has_login and not use_tls and not _is_loopback(host),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


class SmtpTransport:
    """Hands each mail to a server, on a connection of its own."""

    def __init__(
        self, server: SmtpServer, *, timeout_seconds: float = SEND_TIMEOUT_SECONDS
    ) -> None:
        self._server = server
        self._timeout_seconds = timeout_seconds

    async def send(self, message: EmailMessage) -> None:
        try:
            # One limit for the whole of it: a server that answers each command just in time would
            # otherwise take several times as long.
            async with asyncio.timeout(self._timeout_seconds):
                client = await self._connect()
                try:
                    await _hand_over(client, message)
                finally:
                    # No QUIT: once the mail is taken, nothing may go wrong any more.
                    client.close()
        except TimeoutError as error:
            raise Deferred(f"no answer within {self._timeout_seconds:g} seconds") from error

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.use_tls,
            # None: STARTTLS where the server offers it.
            start_tls=False if server.use_tls else True if server.require_tls else None,
            username=server.username,
            password=server.password,
            timeout=self._timeout_seconds,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            # Whatever is wrong here is wrong with the server or our login, not with this mail.
            raise Deferred(_answer(error)) from error
        return client


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage) -> None:
    sender, recipient = _only(message["From"]), _only(message["To"])
    try:
        if sender.isascii() and recipient.isascii():
            await client.sendmail(sender, recipient, message.as_bytes())
        else:
            await client.send_message(message)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        failure = _failure(error)
        raise failure(_answer(error)) from error


def _only(header: AddressHeader) -> str:
    [address] = header.addresses
    return str(address.addr_spec)


def _failure(error: Exception) -> type[TransportError]:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        # No fault of the mail's: all have the one sender that the settings name.
        return Deferred
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Refused if 500 <= error.code < 600 else Deferred
    # An address that the server, or the protocol, has no form for.
    return Refused if isinstance(error, aiosmtplib.SMTPNotSupported | ValueError) else Deferred


def _answer(error: Any) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    is_answer = isinstance(error, aiosmtplib.SMTPResponseException)
    said = f"{error.code} {error.message}" if is_answer else f"{type(error).__name__}: {error}"
    return _ADDRESS.sub("<address>", said)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
