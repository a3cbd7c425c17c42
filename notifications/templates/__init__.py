"""Renders mails from the files beside this one: a subject, an HTML and a text part each."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

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
_LINK = re.compile(r"://|www\.|[^\s.]\.[a-z]{2,}(/|$|\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail in words: one line of subject, and its two parts."""

    subject: str
    html: str
    text: str


def render(name: str, values: Mapping[str, object]) -> Rendered:
    """Returns the mail that the files of that name make of the values."""
    subject = _FILES.get_template(f"{name}.subject").render(values).strip()
    html, text = (
        _FILES.get_template(f"{name}.{part}").render(values, subject=subject)
        for part in ("html", "txt")
    )
    return Rendered(subject=subject, html=html, text=text.strip() + "\n")


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


def shows_a_link(text: str) -> bool:
    """Whether a mail program would make a link of a part of it."""
    return _LINK.search(text) is not None


def points(amount: int) -> str:
    """Returns a number of points in words, such as "1,200 points"."""
    return f"{amount:,} point" if amount == 1 else f"{amount:,} points"
