"""The words of a mail: escaped in HTML, on one line each, and readable as plain text."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest

from domain.entities import Member, ReferralInvite, Tier, User
from domain.enums import InviteSource, InviteStatus
from domain.tiering import progress
from notifications.mails import LoyaltyTierUpgrade, Mail, ReferralInvitation
from notifications.messages import Sender, compose, mail_address
from notifications.templates import Rendered, render, shown
from tests.fixtures.mail import SENDER, hostile_names

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ID = UUID(int=1)
LINK = "https://shop.example/unsubscribe?user=ada"


def user(name: str | None) -> User:
    return User("ada", "ada@example.com", name, NOW, marketing_messages=True)


def tier(name: str, threshold: int, *benefits: object) -> Tier:
    return Tier(ID, name.lower(), name, threshold, list(benefits), True, NOW, NOW)


def rendered(mail: Mail) -> Rendered:
    return render(mail.template, mail.values(LINK))


def upgrade(
    name: str | None = "Ada", *, tier_name: str = "Silver", lifetime: int = 1_200
) -> Rendered:
    reached = tier(tier_name, 1_000, {"label": "5% off"}, "Gifts", {"kind": "free_shipping"}, 5)
    member = Member("ada", "CODE", 10, lifetime, ID, NOW, 1, NOW)
    steps = progress(lifetime, [reached, tier("Gold", 5_000)])
    return rendered(LoyaltyTierUpgrade(user(name), member, reached, steps))


def invite(name: str | None = "Ada", **fields: object) -> Rendered:
    values = {"invitee_reward_points": 0, "expires_at": None, **fields}
    issued = ReferralInvite(
        referrer_id="ada",
        id=ID,
        code="D2M761RMST",
        source=InviteSource.ISSUED,
        status=InviteStatus.SENT,
        invitee_email="grace@example.com",
        reward_points=500,
        metadata={},
        invitee_id=None,
        completed_at=None,
        cancelled_at=None,
        created_at=NOW,
        **values,  # type: ignore[arg-type]
    )
    return rendered(ReferralInvitation(user(name), issued))


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join([tag, *sorted(name for name, _ in attrs)]))


@pytest.mark.parametrize("name", hostile_names())
class TestHostileNames:
    def test_they_make_no_tag_and_no_attribute(self, name: str) -> None:
        expected = Tags(upgrade().html).found
        assert Tags(upgrade(name).html).found == expected
        assert Tags(upgrade(tier_name=name).html).found == expected
        assert Tags(invite(name).html).found == Tags(invite().html).found

    def test_they_make_no_header_and_no_line(self, name: str) -> None:
        expected = len(upgrade().text.splitlines())
        plain = compose(invite(), SENDER, mail_address("ada@example.com"), ID, NOW)
        for rendered in (upgrade(name), upgrade(tier_name=name)):
            assert len(rendered.text.splitlines()) == expected
            assert "\u202e" not in rendered.text + rendered.html + rendered.subject
        for rendered in (upgrade(tier_name=name), invite(name)):
            message = compose(rendered, SENDER, mail_address("ada@example.com"), ID, NOW)
            assert message.keys() == plain.keys()
            assert b"\nBcc" not in message.as_bytes()

    def test_they_are_not_templates(self, name: str) -> None:
        assert "49" not in upgrade(name).text


@pytest.mark.parametrize(
    "name", ["Win at https://evil.example", "www.evil.example", "evil.com", "evil.com/free now"]
)
def test_a_name_that_would_be_a_link_is_not_shown_to_a_stranger(name: str) -> None:
    assert invite(name).subject == "A friend invites you"
    assert "evil" not in invite(name).text + invite(name).html


@pytest.mark.parametrize("name", ["Ada", "J. R. R. Tolkien", "Dr. No", "Zoë O'Brien"])
def test_other_names_are(name: str) -> None:
    assert invite(name).subject == f"{name} invites you"


def test_a_name_keeps_its_script_and_its_emoji() -> None:
    for name in ("李小龍", "محمد", "👩‍🚀 Ada"):
        assert shown(name) == name


def test_without_a_name_nobody_is_named() -> None:
    assert upgrade(None).text.startswith("Hello,\n")
    assert invite(None).subject == "A friend invites you"


def test_the_top_tier_has_no_next_one() -> None:
    rendered = upgrade(lifetime=6_000)
    assert "highest tier" in rendered.text
    assert "highest tier" in rendered.html
    assert "to go" not in rendered.text


def test_benefits_are_shown_as_far_as_they_are_words() -> None:
    assert re.findall(r"  \* (.*)", upgrade().text) == ["5% off", "Gifts", "Free shipping"]


def test_an_invite_says_what_it_gives_and_how_long() -> None:
    rendered = invite(invitee_reward_points=1, expires_at=NOW)
    assert rendered.text == (
        "Hello,\n\n"
        "Ada invites you to join. Give this code when you sign up:\n\n"
        "    D2M761RMST\n\n"
        "It starts you off with 1 point.\n"
        "The code is valid until January 5, 2026.\n\n"
        "-- \n"
        "You get this one message because your address was given for this\n"
        "invitation. If you do not know the sender, ignore it.\n"
    )


def test_a_user_id_cannot_leave_the_unsubscribe_link() -> None:
    sender = Sender(SENDER.address, "https://shop.example/u?id={user_id}&x=1")
    long_id = "é>\r\n" + "x" * 124
    link = sender.unsubscribe_link(long_id)
    message = compose(
        upgrade(), sender, mail_address("ada@example.com"), ID, NOW, unsubscribe_link=link
    )
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in message.as_bytes()
    assert link == f"https://shop.example/u?id=%C3%A9%3E%0D%0A{'x' * 124}&x=1"
