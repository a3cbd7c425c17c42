"""From a rendered mail to the message that a transport sends."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote
from uuid import UUID

from notifications.templates import Rendered

USER_ID_PLACEHOLDER = "{user_id}"
# A longer line of a header would be encoded, and List-Unsubscribe then not be understood.
_POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails are from, and where a member takes back their consent to get them."""

    address: Address
    unsubscribe_url: str | None = None

    def unsubscribe_link(self, user_id: str) -> str:
        """Returns the link for one member: by mail to the sender where no other is set."""
        if self.unsubscribe_url is None:
            return f"mailto:{self.address.addr_spec}?subject=unsubscribe"
        return self.unsubscribe_url.replace(USER_ID_PLACEHOLDER, quote(user_id, safe=""))


def sender_address(value: str) -> Address:
    """Returns the address that `Name <name@example.com>`, or an address alone, stands for.

    Raises:
        ValueError: it is neither.
    """
    name, bracket, rest = value.strip().rpartition("<")
    if not bracket:
        return mail_address(rest)
    if not rest.endswith(">"):
        raise ValueError("no address")
    return mail_address(rest[:-1], name.strip().strip('"'))


def mail_address(addr_spec: str, display_name: str = "") -> Address:
    """Returns an address, if it is just one.

    Raises:
        ValueError: it is none, or more than one.
    """
    try:
        address = Address(display_name=display_name, addr_spec=addr_spec)
    except (ValueError, IndexError) as error:
        raise ValueError("no e-mail address") from error
    if not address.username or not address.domain:
        raise ValueError("no e-mail address")
    return address


def compose(
    rendered: Rendered,
    sender: Sender,
    recipient: Address,
    event_id: UUID,
    date: datetime,
    *,
    unsubscribe_link: str | None = None,
) -> EmailMessage:
    """Returns the message; an event sent again makes one with the same Message-ID."""
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = f"<{event_id}@{sender.address.domain}>"
    message["Date"] = format_datetime(date)
    message["From"] = sender.address
    message["To"] = recipient
    message["Subject"] = rendered.subject
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe_link is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe_link}>"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return message
