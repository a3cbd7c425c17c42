"""One standard term for each thing: no private words in code, pages, messages and names."""

import re
from subprocess import check_output

import pytest

from tests.fixtures.served import ROOT

BANNED = {
    "roads?": "compiled execution, resolver execution",
    "(whole ?)?trees?": "JSON queries, hierarchy, checkout",
    "(second )?walls?|viewers?": "row-level filter, owner scope",
    "ladders?": "tiers, tier lock",
    "houses?|roofs?|floors?|staircases?": "project, layers",
    "doors?|fa[cç]ades?": "interfaces",
    "company|patient|impatient|patience|held by others": "batch, blocking, lock contention",
    "story|stories|torture|drawn by lot": "scenarios, stress tests, random",
    "told": "notified, logged, answered",
    "is well|stands? well": "healthy",
    "whose it is|whose own|another's": "owner, of another user",
    "at hand": "preloaded",
    "receipts?|recall|recalled": "stored result reference, replay",
    "bury|buried|standing|wakeups?": "dead-letter, eligibility snapshot, NotificationListener",
    "in turns|is_of_few": "admission queue, small lookup table",
}
"""Patterns of words, and what to write instead."""
# Identifiers have capitals, so that the common words of the same letters are free.
BANNED_NAMES = {
    "WholeTree|Asking|Performed|Turns|Pace|Wakeups": "the terms of the glossary",
    "_Recipe|_Unread": "serialization plan, deferred field",
}
NOT_SEARCHED = re.compile(
    # What has landed is not edited; what was generated or downloaded has words of its own.
    r"migrations/versions/|requirements/|package-lock\.json$|\.(svg|png|ico|woff2)$"
    r"|tests/docs/test_vocabulary\.py$"
)
STORED = "hold_ladder|held_ladder"
"""A function and a revision of the database: their names stay."""
ALLOWED = {
    "CHANGELOG.md": ["make torture"],
    "Makefile": ["torture"],
}
"""The names that users know from before, and the files that document them."""

WORDS = [*((word, re.IGNORECASE) for word in BANNED), *((name, 0) for name in BANNED_NAMES)]
TEXTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    if not NOT_SEARCHED.search(name) and (ROOT / name).is_file()
}


def found(pattern: str, flags: int) -> list[str]:
    """Returns each line with a banned word, as `file:line: text`."""
    # The words of a name with underscores count too.
    banned = re.compile(rf"(?<![A-Za-z])({pattern})(?![A-Za-z])", flags)
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in TEXTS.items()
        if banned.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if banned.search(re.sub("|".join([STORED, *ALLOWED.get(name, [])]), "", line))
    ]


@pytest.mark.parametrize(("pattern", "flags"), WORDS)
def test_a_private_word_is_nowhere(pattern: str, flags: int) -> None:
    instead = (BANNED | BANNED_NAMES)[pattern]
    assert found(pattern, flags) == [], f"write instead: {instead}"


def test_every_allowed_name_is_still_there() -> None:
    for name, allowed in ALLOWED.items():
        assert all(each in TEXTS[name] for each in allowed)


def test_a_word_is_found_in_any_case_and_in_names(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = ["The Wall", "WALLS = 1", "a_wall", "a wallet", "hold_ladder"]
    monkeypatch.setitem(TEXTS, "example.md", "\n".join(examples))
    assert [line.partition(": ")[2] for line in found("ladders?|walls?", re.IGNORECASE)] == [
        "The Wall",
        "WALLS = 1",
        "a_wall",
    ]
