"""The key that signs checkpoints: Ed25519, from a seed of 32 bytes."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from domain.checkpoints import Checkpoint, SignedCheckpoint

KEY_BYTES = 32


def read_key(text: str) -> bytes:
    """Returns the 32 bytes of a text in base64, in either alphabet, padded or not.

    Raises:
        ValueError: the text is not that.
    """
    alphabet = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(alphabet + "=" * (-len(alphabet) % 4), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"must be {KEY_BYTES} bytes in base64; make them with: openssl rand -base64 32"
        )
    return key


class CheckpointKey:
    """Signs checkpoints."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._private.public_key().public_bytes_raw()

    def sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        """Returns the checkpoint's text with a signature."""
        statement = checkpoint.statement()
        return SignedCheckpoint(statement, self._private.sign(statement.encode()), self.public_key)


def is_signed_by(checkpoint: SignedCheckpoint, public_key: bytes) -> bool:
    """Whether the signature fits the text and the key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            checkpoint.signature, checkpoint.statement.encode()
        )
    except InvalidSignature:
        return False
    return True
