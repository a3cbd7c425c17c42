"""The memberships."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp, UserId
from domain.points import POINTS_MAX


class Member(Base):
    """A user's membership: one row a user by construction."""

    __tablename__ = "loyalty_members"
    __table_args__ = (
        CheckConstraint(f"points_balance BETWEEN 0 AND {POINTS_MAX}", name="balance_in_range"),
        CheckConstraint(f"lifetime_points BETWEEN 0 AND {POINTS_MAX}", name="lifetime_in_range"),
        CheckConstraint("ledger_seq >= 0", name="ledger_seq_not_negative"),
        Index("ix_loyalty_members_newest", text("created_at DESC"), "user_id"),
        Index("ix_loyalty_members_lifetime_points", text("lifetime_points DESC"), "user_id"),
        # The same orders among the members on one tier, whose number no plan has to know.
        Index("ix_loyalty_members_tier_id_newest", "tier_id", text("created_at DESC"), "user_id"),
        Index(
            "ix_loyalty_members_tier_id_lifetime_points",
            "tier_id",
            text("lifetime_points DESC"),
            "user_id",
        ),
        Index("ix_loyalty_members_tier_id_user_id", "tier_id", "user_id"),
    )

    user_id: Mapped[str] = mapped_column(UserId, ForeignKey("users.id"), primary_key=True)
    referral_code: Mapped[str] = mapped_column(Text)
    points_balance: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    lifetime_points: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tier_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("loyalty_tiers.id"))
    tier_since: Mapped[datetime | None] = mapped_column(Timestamp)
    ledger_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
