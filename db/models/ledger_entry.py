"""The ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp, UserId, enum_column, one_of
from domain.enums import LedgerEntryKind
from domain.points import POINTS_MAX


class LedgerEntry(Base):
    """One change of one balance. Triggers refuse UPDATE, DELETE and TRUNCATE, and make the hash."""

    __tablename__ = "loyalty_ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["member_id", "reverses_seq"],
            ["loyalty_ledger_entries.member_id", "loyalty_ledger_entries.seq"],
        ),
        CheckConstraint("seq >= 1", name="seq_positive"),
        CheckConstraint(one_of("kind", list(LedgerEntryKind)), name="kind_known"),
        CheckConstraint(
            f"points <> 0 AND points BETWEEN -{POINTS_MAX} AND {POINTS_MAX}", name="points_in_range"
        ),
        CheckConstraint(f"balance_after BETWEEN 0 AND {POINTS_MAX}", name="balance_in_range"),
        CheckConstraint("jsonb_typeof(metadata) = 'object'", name="metadata_is_object"),
        CheckConstraint(
            "(kind = 'REVERSAL') = (reverses_seq IS NOT NULL)", name="reversal_names_entry"
        ),
        CheckConstraint("reverses_seq < seq", name="reverses_earlier_entry"),
        Index(
            "uq_loyalty_ledger_entries_reversed_once",
            "member_id",
            "reverses_seq",
            unique=True,
            postgresql_where=text("reverses_seq IS NOT NULL"),
        ),
        Index(
            "uq_loyalty_ledger_entries_one_credit_per_referral",
            "member_id",
            "invite_id",
            "kind",
            unique=True,
            postgresql_where=text("invite_id IS NOT NULL"),
        ),
    )

    member_id: Mapped[str] = mapped_column(
        UserId, ForeignKey("loyalty_members.user_id"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[LedgerEntryKind] = mapped_column(enum_column(LedgerEntryKind))
    points: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)
    description: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    # `metadata` is taken by the declarative base.
    metadata_: Mapped[dict[str, Any]] = mapped_column(
        "metadata", JSONB, server_default=text("'{}'::jsonb")
    )
    reverses_seq: Mapped[int | None] = mapped_column(BigInteger)
    invite_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_id: Mapped[str] = mapped_column(UserId)
    # The time of writing, not of the transaction's start: it rises with `seq`, since entries of
    # one member are written one after the other under the lock on their row.
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.clock_timestamp())
    # A trigger makes it, of this entry and the one before: see docs/decisions/0011.
    hash: Mapped[bytes] = mapped_column(LargeBinary)
