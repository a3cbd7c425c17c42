"""What becomes of an event when the mail server is down, slow, says later, or says no."""

import asyncio
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from domain.retries import TRIES_MAX
from notifications.messages import compose, mail_address, sender_address
from notifications.templates import Rendered
from notifications.transports import FileTransport, smtp_server
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.mail import SENDER, Mailbox, MakeWorker

EVENT_ID = UUID("01a20601-3bb9-739f-921e-d6bd19f16a56")
EVENT = "SELECT attempts, last_error, delivered_at IS NOT NULL AS done, dead_at FROM outbox_events"
DUE_NOW = "UPDATE outbox_events SET available_at = now() WHERE delivered_at IS NULL"
DELAY = "SELECT round(extract(epoch FROM available_at - now())) FROM outbox_events"


@pytest.fixture
async def event(make: Make) -> None:
    await make.baseline_tiers()
    await make.member("ada", email="ada@example.com", marketing_messages=True)
    await make.earned("ada", 1_200)


@pytest.mark.usefixtures("event")
class TestTriesAgain:
    async def test_a_server_that_says_later_gets_it_later_and_once(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        mailbox.answers = ["451 4.3.0 Try again later"]
        worker = make_worker()

        await worker.run_once()
        [event] = await rows.all(EVENT)
        assert (event["attempts"], event["last_error"]) == (1, "451 4.3.0 Try again later")
        assert await rows.value("SELECT count(*) FROM notifications") == 0
        assert await worker.run_once() == 0, "it is not due yet"

        await rows.execute(DUE_NOW)
        assert [await worker.run_once(), await worker.run_once()] == [1, 0]
        assert (mailbox.tries, len(mailbox.taken)) == (2, 1)
        [event] = await rows.all(EVENT)
        assert (event["done"], event["last_error"]) == (True, None)

    async def test_a_server_that_is_down(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await mailbox.close()
        worker = make_worker()
        await worker.run_once()
        [event] = await rows.all(EVENT)
        assert str(event["last_error"]).startswith("SMTPConnectError: ")

        await mailbox.open()
        await rows.execute(DUE_NOW)
        await worker.run_once()
        assert len(mailbox.taken) == 1

    async def test_a_server_that_is_slow(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        never = asyncio.Event()
        mailbox.before_answer = never.wait
        await make_worker(timeout_seconds=0.2).run_once()
        [event] = await rows.all(EVENT)
        assert event["last_error"] == "no answer within 0.2 seconds"

        mailbox.before_answer = None
        await rows.execute(DUE_NOW)
        await make_worker().run_once()
        assert len(mailbox.taken) == 1

    async def test_a_login_that_is_refused_is_not_the_mails_fault(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        server = smtp_server(f"smtp://user:wrong@127.0.0.1:{mailbox.port}")
        worker = make_worker()
        worker._service = make_worker.service(server)
        await worker.run_once()
        [event] = await rows.all(EVENT)
        assert (event["done"], event["dead_at"], event["attempts"]) == (False, None, 1)

    async def test_a_sender_that_is_refused_is_not_the_mails_fault(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        mailbox.sender_answers = ["550 5.7.1 Not your domain"]
        worker = make_worker()
        await worker.run_once()
        [event] = await rows.all(EVENT)
        assert (event["dead_at"], event["last_error"]) == (None, "550 5.7.1 Not your domain")
        assert await rows.value("SELECT count(*) FROM notifications") == 0

        await rows.execute(DUE_NOW)
        await worker.run_once()
        assert len(mailbox.taken) == 1

    @pytest.mark.parametrize(("jitter", "delays"), [(0.0, [30, 60, 120]), (1.0, [15, 30, 60])])
    async def test_each_try_waits_longer(
        self,
        make_worker: MakeWorker,
        mailbox: Mailbox,
        rows: Rows,
        jitter: float,
        delays: list[int],
    ) -> None:
        mailbox.answers = ["451 later"] * len(delays)
        worker = make_worker(jitter=jitter)
        for expected in delays:
            await worker.run_once()
            delay = await rows.value(DELAY)
            assert expected - 3 <= int(str(delay)) <= expected
            await rows.execute(DUE_NOW)

    async def test_after_the_last_try_it_is_given_up(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        mailbox.answers = ["451 never"] * 20
        worker = make_worker()
        for _ in range(TRIES_MAX + 5):
            await worker.run_once()
            await rows.execute(DUE_NOW)

        assert mailbox.tries == TRIES_MAX
        [event] = await rows.all(EVENT)
        assert (event["attempts"], event["done"]) == (TRIES_MAX, False)
        assert event["dead_at"] is not None
        assert await rows.all("SELECT status, reason FROM notifications") == [
            {"status": "FAILED", "reason": "451 never"}
        ]


@pytest.mark.usefixtures("event")
class TestGivesUp:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ("550 <ada@example.com>: unknown", "550 <address>: unknown"),
            ("550 ada+tag@mail.example.com unknown", "550 <address> unknown"),
            ("550 to=<ada@example.com>,<bob@example.com>", "550 to=<address>,<address>"),
            ("550 no such user (ädä@example.com)", "550 no such user (<address>)"),
            ("550 @ noon", "550 @ noon"),
        ],
    )
    async def test_no_address_is_kept_of_what_the_server_says(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows, answer: str, reason: str
    ) -> None:
        mailbox.recipient_answers = [answer]
        await make_worker().run_once()

        assert await rows.value("SELECT reason FROM notifications") == reason
        assert (await rows.all(EVENT))[0]["last_error"] == reason

    @pytest.mark.parametrize("at", ["answers", "recipient_answers"])
    async def test_a_server_that_says_no_is_not_asked_again(
        self, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows, at: str
    ) -> None:
        setattr(mailbox, at, ["550 5.1.1 No such mailbox here"])
        worker = make_worker()
        await worker.run_once()
        await rows.execute(DUE_NOW)
        assert await worker.run_once() == 0

        assert mailbox.taken == []
        assert await rows.all("SELECT status, reason FROM notifications") == [
            {"status": "FAILED", "reason": "550 5.1.1 No such mailbox here"}
        ]
        [event] = await rows.all(EVENT)
        assert (event["attempts"], event["last_error"]) == (1, "550 5.1.1 No such mailbox here")
        assert event["dead_at"] is not None


class TestFiles:
    async def test_a_mail_is_one_file_however_often_it_is_sent(
        self, make: Make, tmp_path: Path
    ) -> None:
        user = await make.user("ada", email="ada@example.com")
        rendered = Rendered("Grüße", "<p>héllo</p>", "héllo\n")
        message = compose(
            rendered, SENDER, mail_address("ada@example.com", "Ada"), EVENT_ID, user.created_at
        )
        transport = FileTransport(tmp_path / "mail")
        for _ in range(2):
            await transport.send(message)

        [path] = (tmp_path / "mail").iterdir()
        assert path.name == f"{EVENT_ID}.eml"
        read = message_from_bytes(path.read_bytes(), policy=default)
        assert (read["Subject"], read["To"]) == ("Grüße", "Ada <ada@example.com>")


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("smtp://mail.example", ("mail.example", 25, False, False, None, None)),
            ("smtp://u:p%40@mail.example", ("mail.example", 587, False, True, "u", "p@")),
            ("smtp://u:p@127.0.0.1:2525", ("127.0.0.1", 2525, False, False, "u", "p")),
            ("smtps://u:p@mail.example/", ("mail.example", 465, True, False, "u", "p")),
        ],
    )
    def test_a_server(self, url: str, expected: tuple[object, ...]) -> None:
        server = smtp_server(url)
        assert (
            server.host,
            server.port,
            server.use_tls,
            server.require_tls,
            server.username,
            server.password,
        ) == expected

    @pytest.mark.parametrize(
        "url",
        [
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u@h",
            "smtp://h:99999",
            "smtp://h/x",
        ],
    )
    def test_what_is_no_server(self, url: str) -> None:
        with pytest.raises(ValueError, match="must"):
            smtp_server(url)

    @pytest.mark.parametrize("value", ["loyalty@shop.example", " Shop <loyalty@shop.example> "])
    def test_a_sender(self, value: str) -> None:
        assert sender_address(value).addr_spec == "loyalty@shop.example"

    @pytest.mark.parametrize("value", ["", "shop", "a@b,c@d", "a@b\nBcc: x@y", "Shop <a@b", "<>"])
    def test_what_is_no_sender(self, value: str) -> None:
        with pytest.raises(ValueError, match="address"):
            sender_address(value)
