"""The LedgerCheckpoint type."""

import base64
from datetime import datetime

import strawberry

from domain import checkpoints
from schema.types.scalars import Points


@strawberry.type(
    description=(
        "What the whole ledger was at one moment, signed. Kept elsewhere, it proves a later "
        "rewriting of the past: see `loyalty verify-ledger --checkpoint`."
    )
)
class LedgerCheckpoint:
    """A checkpoint as it is served."""

    as_of: datetime = strawberry.field(
        description="The moment: ten seconds ago, when all that was under way had been written."
    )
    members: Points = strawberry.field(description="How many members had entries.")
    entries: Points = strawberry.field(description="How many entries there were.")
    digest: str = strawberry.field(
        description=(
            "SHA-256, in hexadecimal digits, of the newest `hash` of every member, as bytes, one "
            "after the other in ascending order."
        )
    )
    statement: str = strawberry.field(description="The same as a text: this is what is signed.")
    signature: str = strawberry.field(
        description="The signature of the statement's UTF-8 bytes, in base64."
    )
    public_key: str = strawberry.field(
        description="The 32 bytes of the key that checks the signature, in base64."
    )
    algorithm: str = strawberry.field(description="How it is signed: `Ed25519`.")

    @classmethod
    def of(cls, signed: checkpoints.SignedCheckpoint) -> "LedgerCheckpoint":
        """Returns the checkpoint as it is served."""
        checkpoint = checkpoints.read_statement(signed.statement)
        return cls(
            as_of=checkpoint.as_of,
            members=checkpoint.members,
            entries=checkpoint.entries,
            digest=checkpoint.digest.hex(),
            statement=signed.statement,
            signature=base64.b64encode(signed.signature).decode(),
            public_key=base64.b64encode(signed.public_key).decode(),
            algorithm=checkpoints.ALGORITHM,
        )
