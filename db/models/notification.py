"""The notifications."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    Text,
    Uuid,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp, UserId


class Notification(Base):
    """What became of an event for one user: the answer to "why did no mail arrive?"."""

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint("status IN ('SENT', 'SKIPPED', 'FAILED')", name="status_known"),
        Index("uq_notifications_user_id_event_id", "user_id", "event_id", unique=True),
        Index("ix_notifications_id", "id"),
        Index("ix_notifications_status_id", "status", "id"),
    )

    user_id: Mapped[str] = mapped_column(UserId, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
