"""Referral codes: short, without similar characters, and tolerant of how people type them.

The alphabet is Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O or U, and
on input I and L are read as 1, O as 0.
"""

import unicodedata
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MEMBER_CODE_LENGTH = 8
INVITE_CODE_LENGTH = 10
DRAWS_MAX = 8

CodeGenerator = Callable[[int], str]
"""Generates a random code of the given length; injected, since the rules are deterministic."""

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def normalize(typed: str) -> str | None:
    """Returns the code that `typed` stands for, or None if it cannot be one.

    Letter case, white space and hyphens of any kind do not matter.
    """
    kept = "".join(
        character
        for character in typed
        if not character.isspace() and unicodedata.category(character) != "Pd"
    )
    # Before upper(), which turns some other characters into ASCII letters, or into two letters.
    if not kept.isascii():
        return None
    code = kept.upper().translate(_READ_AS)
    is_code = len(code) in (MEMBER_CODE_LENGTH, INVITE_CODE_LENGTH) and set(code) <= set(ALPHABET)
    return code if is_code else None
