"""The tiers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Timestamp
from domain.points import POINTS_MAX


class Tier(Base):
    """A tier of the programme."""

    __tablename__ = "loyalty_tiers"
    __table_args__ = (
        CheckConstraint(f"point_threshold BETWEEN 0 AND {POINTS_MAX}", name="threshold_in_range"),
        CheckConstraint("jsonb_typeof(benefits) = 'array'", name="benefits_is_list"),
        Index(
            "uq_loyalty_tiers_active_threshold",
            "point_threshold",
            unique=True,
            postgresql_where=text("is_active"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    point_threshold: Mapped[int] = mapped_column(BigInteger)
    benefits: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
