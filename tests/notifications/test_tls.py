"""Mail servers over TLS: which ones get a password, and what an operator reads otherwise."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
import trustme
from aiosmtpd.smtp import LoginPassword

from domain.entities import User
from notifications.messages import compose, mail_address
from notifications.templates import Rendered
from notifications.transports import Deferred, SmtpServer, SmtpTransport, smtp_server
from notifications.worker import Worker
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.mail import SENDER, Mailbox, MakeWorker

HOST = "127.0.0.1"
SCHEMES = ["smtp", "smtps"]
LOGIN = LoginPassword(b"loyalty", b"p@ss")


@dataclass
class Authority:
    """A certificate authority that is unknown unless its file is set."""

    file: Path
    ca: trustme.CA

    def certificate(self, host: str) -> ssl.SSLContext:
        """Returns what a server needs to be known as this host."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(host).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(file, ca)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our side knows the authority, by the variable that the runbook names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


@asynccontextmanager
async def listening(
    scheme: str, certificate: ssl.SSLContext | None
) -> AsyncIterator[tuple[Mailbox, SmtpServer]]:
    """Yields a mail server that asks for a login, and how the settings name it.

    As if it were on another host: on this one, a password may go in the clear.
    """
    mailbox = Mailbox(certificate=certificate, is_implicit=scheme == "smtps", login=LOGIN)
    await mailbox.open()
    server = smtp_server(f"{scheme}://loyalty:p%40ss@{HOST}:{mailbox.port}")
    yield mailbox, replace(server, require_tls=scheme == "smtp")
    await mailbox.close()


async def send(server: SmtpServer, user: User) -> None:
    rendered = Rendered("Hello", "<p>Hello</p>", "Hello\n")
    address = mail_address("ada@example.com")
    message = compose(rendered, SENDER, address, UUID(int=1), user.created_at)
    await SmtpTransport(server, timeout_seconds=20).send(message)


@pytest.fixture
async def ada(make: Make) -> User:
    return await make.user("ada", email="ada@example.com", marketing_messages=True)


@pytest.mark.parametrize("scheme", SCHEMES)
class TestCertificates:
    @pytest.mark.usefixtures("trusted")
    async def test_who_proves_to_be_the_server_gets_login_and_mail(
        self, authority: Authority, ada: User, scheme: str
    ) -> None:
        async with listening(scheme, authority.certificate(HOST)) as (mailbox, server):
            await send(server, ada)

        assert mailbox.logins == [LOGIN]
        assert mailbox.recipients == ["ada@example.com"]

    async def test_a_certificate_that_nobody_vouches_for(
        self, authority: Authority, ada: User, scheme: str
    ) -> None:
        async with listening(scheme, authority.certificate(HOST)) as (mailbox, server):
            with pytest.raises(Deferred, match=r"CERTIFICATE_VERIFY_FAILED.*unable to get local"):
                await send(server, ada)

        assert (mailbox.logins, mailbox.tries) == ([], 0)

    @pytest.mark.usefixtures("trusted")
    async def test_a_certificate_of_another_host(
        self, authority: Authority, ada: User, scheme: str
    ) -> None:
        async with listening(scheme, authority.certificate("mail.example")) as (mailbox, server):
            with pytest.raises(Deferred, match=r"not valid for '127\.0\.0\.1'"):
                await send(server, ada)

        assert (mailbox.logins, mailbox.tries) == ([], 0)


class TestNoTls:
    async def test_a_server_without_starttls_does_not_get_the_password(self, ada: User) -> None:
        async with listening("smtp", certificate=None) as (mailbox, server):
            with pytest.raises(Deferred, match="STARTTLS"):
                await send(server, ada)

        assert (mailbox.logins, mailbox.tries) == ([], 0)

    async def test_on_this_very_host_it_is(self, ada: User) -> None:
        async with listening("smtp", certificate=None) as (mailbox, _):
            await send(smtp_server(f"smtp://loyalty:p%40ss@{HOST}:{mailbox.port}"), ada)

        assert (mailbox.logins, len(mailbox.taken)) == ([LOGIN], 1)

    async def test_a_server_that_speaks_in_the_clear_where_tls_was_expected(
        self, ada: User
    ) -> None:
        async with listening("smtp", certificate=None) as (mailbox, server):
            with pytest.raises(Deferred, match=r"WRONG_VERSION_NUMBER|record layer"):
                await send(replace(server, use_tls=True, require_tls=False), ada)

        assert (mailbox.logins, mailbox.tries) == ([], 0)


async def test_the_event_waits_and_says_so(
    make: Make, make_worker: MakeWorker, authority: Authority, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada", email="ada@example.com", marketing_messages=True)
    await make.earned("ada", 1_200)
    event = "SELECT last_error, dead_at FROM outbox_events"
    due_now = "UPDATE outbox_events SET available_at = now()"

    async with listening("smtp", authority.certificate(HOST)) as (mailbox, server):
        worker = worker_of(make_worker, server)
        await worker.run_once()
        [waiting] = await rows.all(event)
        assert "CERTIFICATE_VERIFY_FAILED" in str(waiting["last_error"])
        assert waiting["dead_at"] is None

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(authority.file))
            await rows.execute(due_now)
            await worker.run_once()

    assert len(mailbox.taken) == 1
    assert await rows.value("SELECT status FROM notifications") == "SENT"


def worker_of(make_worker: MakeWorker, server: SmtpServer) -> Worker:
    worker = make_worker()
    worker._service = make_worker.service(server)
    return worker
