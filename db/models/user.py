"""The platform's users, and the mails that they agreed to get."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp, UserId


class User(Base):
    """A user of the platform, as this service knows them."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("char_length(id) > 0", name="id_not_empty"),
        CheckConstraint(
            "erased_at IS NULL OR (email IS NULL AND display_name IS NULL)", name="erased_is_empty"
        ),
    )

    id: Mapped[str] = mapped_column(UserId, primary_key=True)
    email: Mapped[str | None] = mapped_column(Text)
    display_name: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    erased_at: Mapped[datetime | None] = mapped_column(Timestamp)


# Prefix search, whatever the letter case: see db/repositories/members.py.
for _column in (User.id, User.email, User.display_name):
    Index(
        f"ix_users_lower_{_column.key}",
        func.lower(_column).label("lowered"),
        postgresql_ops={"lowered": "text_pattern_ops"},
    )


class NotificationPreference(Base):
    """The mails that a user agreed to get; without a row, none."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[str] = mapped_column(UserId, ForeignKey("users.id"), primary_key=True)
    marketing_messages: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
