"""The mails, from the files beside this one: a subject, an HTML and a text part each."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.benefits import labels
from domain.entities import Member, ReferralInvite, Tier, User
from domain.tiering import Progress

NAME_LENGTH_MAX = 80

_FILES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Cc and Cf: control characters, and those that turn the direction of what follows.
_UNSEEN = ("Cc", "Cf")
# The joiner that holds an emoji together, and the non-joiner of several scripts.
_JOINERS = "\u200c\u200d"
# What a mail program would make a link of, in a mail that a stranger gets in our name.
_LINK = re.compile(r"://|www\.|[^\s.]\.[a-z]{2,}(/|$|\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail in words: one line of subject, and its two parts."""

    subject: str
    html: str
    text: str


def render_loyalty_tier_upgrade(
    user: User, member: Member, tier: Tier, progress: Progress, unsubscribe_link: str
) -> Rendered:
    """Returns the mail for a member who has reached a tier."""
    name = shown(user.display_name)
    next_tier = progress.next_tier
    return _render(
        "loyalty_tier_upgrade",
        greeting=f"Hello {name}," if name else "Hello,",
        tier=shown(tier.name) or tier.slug,
        benefits=[shown(label) for label in labels(tier.benefits)],
        lifetime_points=_points(member.lifetime_points),
        next_tier=(shown(next_tier.name) or next_tier.slug) if next_tier else None,
        points_to_next_tier=_points(progress.points_to_next_tier or 0),
        progress_percent=round(progress.fraction * 100),
        unsubscribe_link=unsubscribe_link,
    )


def render_referral_invite(referrer: User, invite: ReferralInvite) -> Rendered:
    """Returns the mail for somebody who is invited.

    They know neither us nor what the referrer calls themselves here: a name that would show as a
    link is not shown.
    """
    name = shown(referrer.display_name)
    expires_at = invite.expires_at
    return _render(
        "referral_invite",
        referrer=name if name and not _LINK.search(name) else "A friend",
        code=invite.code,
        welcome_points=(
            _points(invite.invitee_reward_points) if invite.invitee_reward_points else None
        ),
        valid_until=f"{expires_at:%B} {expires_at.day}, {expires_at:%Y}" if expires_at else None,
    )


def shown(text: str | None) -> str:
    """Returns a text of others on one line, without unseen characters, 80 characters at most."""
    visible = "".join(
        character
        for character in " ".join((text or "").split())
        if character in _JOINERS or unicodedata.category(character) not in _UNSEEN
    )
    if len(visible) <= NAME_LENGTH_MAX:
        return visible
    return f"{visible[: NAME_LENGTH_MAX - 1].rstrip()}…"


def _points(amount: int) -> str:
    return f"{amount:,} point" if amount == 1 else f"{amount:,} points"


def _render(name: str, **values: object) -> Rendered:
    subject = _FILES.get_template(f"{name}.subject").render(values).strip()
    html, text = (
        _FILES.get_template(f"{name}.{part}").render(values, subject=subject)
        for part in ("html", "txt")
    )
    return Rendered(subject=subject, html=html, text=text.strip() + "\n")
