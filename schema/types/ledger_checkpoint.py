"""The LedgerCheckpoint type."""

import base64
from datetime import datetime

import strawberry

from domain import checkpoints
from schema.types.scalars import Points
from schema.types.served import served


@strawberry.type(
    description=(
        "A signed digest of the whole ledger at one time. Keep it elsewhere: it proves a later "
        "change of old entries. See `loyalty verify-ledger --checkpoint`."
    )
)
class LedgerCheckpoint:
    """A checkpoint, as GraphQL shows it."""

    as_of: datetime = strawberry.field(
        description="The time of the digest: ten seconds ago, so that it has every earlier write."
    )
    members: Points = strawberry.field(description="The number of members with entries.")
    entries: Points = strawberry.field(description="The number of entries.")
    digest: str = strawberry.field(
        description=(
            "SHA-256, in hexadecimal digits, of the newest `hash` of every member, as bytes, "
            "concatenated in ascending order."
        )
    )
    statement: str = strawberry.field(
        description="The same values as text. The signature is of this text."
    )
    signature: str = strawberry.field(
        description="The signature of the statement's UTF-8 bytes, in base64."
    )
    public_key: str = strawberry.field(
        description="The 32 bytes of the key that checks the signature, in base64."
    )
    algorithm: str = strawberry.field(description="The signature algorithm: `Ed25519`.")

    @classmethod
    def of(cls, signed: checkpoints.SignedCheckpoint) -> "LedgerCheckpoint":
        """Returns a signed checkpoint, as GraphQL shows it."""
        checkpoint = checkpoints.read_statement(signed.statement)
        return served(
            cls,
            checkpoint,
            digest=checkpoint.digest.hex(),
            statement=signed.statement,
            signature=base64.b64encode(signed.signature).decode(),
            public_key=base64.b64encode(signed.public_key).decode(),
            algorithm=checkpoints.ALGORITHM,
        )
