"""A checkpoint: a signed text with a digest of the whole ledger at one time.

Each entry's hash covers all entries before it, so the newest hashes of all members cover the whole
ledger at that time. If an entry is changed later, the digest of the same time is different.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.errors.base import InvalidInput

ALGORITHM = "Ed25519"
_PATTERN = re.compile(
    r"loyalty ledger checkpoint 1\n"
    r"as of (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    r"(\d{1,18}) members, (\d{1,18}) entries\n"
    r"SHA-256 ([0-9a-f]{64})\n"
)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger up to `as_of`: how many members and entries, and the digest of their chains.

    `digest` is SHA-256 over the newest hash of each member that has entries, concatenated in
    ascending order.
    """

    as_of: datetime
    members: int
    entries: int
    digest: bytes

    def statement(self) -> str:
        """Returns the text that is signed."""
        return (
            "loyalty ledger checkpoint 1\n"
            f"as of {self.as_of.astimezone(UTC).strftime(_TIME)}\n"
            f"{self.members} members, {self.entries} entries\n"
            f"SHA-256 {self.digest.hex()}\n"
        )


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint's text with a signature, and the public key that verifies it."""

    statement: str
    signature: bytes
    public_key: bytes


Sign = Callable[[Checkpoint], SignedCheckpoint]


def read_statement(statement: str) -> Checkpoint:
    """Returns the checkpoint that a text describes.

    Raises:
        InvalidInput: the text is not that of a checkpoint.
    """
    match = _PATTERN.fullmatch(statement)
    if match is None:
        raise InvalidInput("statement", "is not the text of a checkpoint.")
    as_of, members, entries, digest = match.groups()
    try:
        timestamp = datetime.strptime(as_of, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput("statement", "contains a time that does not exist.") from None
    return Checkpoint(timestamp, int(members), int(entries), bytes.fromhex(digest))
