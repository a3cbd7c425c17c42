"""The tables. Every large one is keyed by its user first, so that it can be sharded by user.

Primary keys and unique constraints begin with the distribution column, and foreign keys stay within
one user (or lead to the small `loyalty_tiers`, which is copied to every shard).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from domain.enums import InviteSource, InviteStatus, LedgerEntryKind
from domain.points import POINTS_MAX
from domain.values import USER_ID_LENGTH_MAX

Timestamp = TIMESTAMP(timezone=True)
UserId = String(USER_ID_LENGTH_MAX)


def word(vocabulary: type[StrEnum]) -> Enum:
    """Returns the column type for a closed vocabulary: text, since a check is easier to widen."""
    return Enum(vocabulary, native_enum=False, create_constraint=False, length=32)


def one_of(column: str, values: list[StrEnum]) -> str:
    """Returns the condition that `column` holds one of `values`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


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
    """What a user wants to be told; without a row, nothing."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[str] = mapped_column(UserId, ForeignKey("users.id"), primary_key=True)
    marketing_messages: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class Tier(Base):
    """A step of the loyalty ladder."""

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
    kind: Mapped[LedgerEntryKind] = mapped_column(word(LedgerEntryKind))
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
    # The moment of writing, not of the transaction's start: it rises with `seq`, since entries of
    # one member are written one after the other under the lock on their row.
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.clock_timestamp())
    # A trigger makes it, of this entry and the one before: see docs/decisions/0011.
    hash: Mapped[bytes] = mapped_column(LargeBinary)


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
    source: Mapped[InviteSource] = mapped_column(word(InviteSource))
    status: Mapped[InviteStatus] = mapped_column(word(InviteStatus))
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


class IdempotencyKey(Base):
    """What a caller's key stands for; `result` says what to read for the same answer again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    actor_id: Mapped[str] = mapped_column(UserId, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    operation: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


class OutboxEvent(Base):
    """Something that others are to be told of, recorded with the change that caused it."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        Index(
            "ix_outbox_events_due",
            "available_at",
            postgresql_where=text("delivered_at IS NULL AND dead_at IS NULL"),
        ),
        Index("ix_outbox_events_user_id_id", "user_id", "id"),
        Index("ix_outbox_events_dead", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(UserId)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    available_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None] = mapped_column(Timestamp)
    dead_at: Mapped[datetime | None] = mapped_column(Timestamp)
    created_at: Mapped[datetime] = mapped_column(Timestamp, server_default=func.now())


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
