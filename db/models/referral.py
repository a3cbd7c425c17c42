"""Referral invites, the codes that lead to them, and who was referred by whom."""

from datetime import datetime
from typing import Any
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp, UserId, enum_column, one_of
from domain.enums import InviteSource, InviteStatus
from domain.points import POINTS_MAX


class ReferralInvite(Base):
    """A member's invitation; that it has expired is never stored, it follows from `expires_at`."""

    __tablename__ = "loyalty_referral_invites"
    __table_args__ = (
        CheckConstraint(
            one_of("status", [InviteStatus.SENT, InviteStatus.CONVERTED, InviteStatus.CANCELLED]),
            name="status_known",
        ),
        CheckConstraint(one_of("source", list(InviteSource)), name="source_known"),
        CheckConstraint(
            f"reward_points BETWEEN 1 AND {POINTS_MAX} "
            f"AND invitee_reward_points BETWEEN 0 AND {POINTS_MAX}",
            name="rewards_in_range",
        ),
        CheckConstraint("jsonb_typeof(metadata) = 'object'", name="metadata_is_object"),
        CheckConstraint(
            "(status = 'CONVERTED') = (completed_at IS NOT NULL) "
            "AND (status = 'CONVERTED') = (invitee_id IS NOT NULL)",
            name="converted_by_somebody",
        ),
        CheckConstraint(
            "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_sometime"
        ),
        Index("ix_loyalty_referral_invites_id", "id"),
        # By this and the address a person is found who asks what is held of them.
        Index(
            "ix_loyalty_referral_invites_invitee_id",
            "invitee_id",
            postgresql_where=text("invitee_id IS NOT NULL"),
        ),
    )

    referrer_id: Mapped[str] = mapped_column(
        UserId, ForeignKey("loyalty_members.user_id"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    source: Mapped[InviteSource] = mapped_column(enum_column(InviteSource))
    status: Mapped[InviteStatus] = mapped_column(enum_column(InviteStatus))
    invitee_email: Mapped[str | None] = mapped_column(Text)
    reward_points: Mapped[int] = mapped_column(BigInteger)
    invitee_reward_points: Mapped[int] = mapped_column(BigInteger)
    metadata_: Mapped[dict[str, Any]] = mapped_column(
        "metadata", JSONB, server_default=text("'{}'::jsonb")
    )
    expires_at: Mapped[datetime | None] = mapped_column(Timestamp)
    invitee_id: Mapped[str | None] = mapped_column(UserId)
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    cancelled_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


Index(
    "ix_loyalty_referral_invites_lower_invitee_email",
    func.lower(ReferralInvite.invitee_email).label("lowered"),
    postgresql_where=ReferralInvite.invitee_email.is_not(None),
)


class ReferralCode(Base):
    """The claim table: one namespace for share codes (no invite) and invites' codes."""

    __tablename__ = "loyalty_referral_codes"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    owner_id: Mapped[str] = mapped_column(UserId)
    invite_id: Mapped[UUID | None] = mapped_column(Uuid)


class ReferralAttribution(Base):
    """Who brought a user in: the first referrer wins, by the primary key."""

    __tablename__ = "loyalty_referral_attributions"
    __table_args__ = (CheckConstraint("referrer_id <> invitee_id", name="not_by_oneself"),)

    invitee_id: Mapped[str] = mapped_column(UserId, ForeignKey("users.id"), primary_key=True)
    referrer_id: Mapped[str] = mapped_column(UserId)
    invite_id: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
