"""The first tables, and the triggers that make the ledger immutable.

Revision: 2026_11_22_first_tables, after nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "2026_11_22_first_tables"
down_revision = None
branch_labels = None
depends_on = None

Timestamp = TIMESTAMP(timezone=True)

REFUSE_CHANGES = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is refused: the ledger is append-only', TG_OP
        USING HINT = 'Correct an entry by a new one that reverses it.',
              ERRCODE = 'restrict_violation';
END
$$
"""
REFUSE_ROW_CHANGES = """
CREATE TRIGGER refuse_row_changes BEFORE UPDATE OR DELETE ON loyalty_ledger_entries
FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
"""
REFUSE_TRUNCATE = """
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON loyalty_ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()
"""


def upgrade() -> None:
    """Takes the step."""
    op.create_table(
        "idempotency_keys",
        sa.Column("actor_id", sa.String(length=128), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("result", JSONB(), nullable=True),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "loyalty_referral_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(length=128), nullable=False),
        sa.Column("invite_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("code", name="pk_loyalty_referral_codes"),
    )
    op.create_table(
        "loyalty_tiers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("point_threshold", sa.BigInteger(), nullable=False),
        sa.Column("benefits", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(benefits) = 'array'", name=op.f("ck_loyalty_tiers_benefits_is_list")
        ),
        sa.CheckConstraint(
            "point_threshold BETWEEN 0 AND 9007199254740991",
            name=op.f("ck_loyalty_tiers_threshold_in_range"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_tiers"),
        sa.UniqueConstraint("slug", name="uq_loyalty_tiers_slug"),
    )
    op.create_index(
        "uq_loyalty_tiers_active_threshold",
        "loyalty_tiers",
        ["point_threshold"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "notifications",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('SENT', 'SKIPPED', 'FAILED')", name=op.f("ck_notifications_status_known")
        ),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_notifications"),
    )
    op.create_index(
        "uq_notifications_user_id_event_id", "notifications", ["user_id", "event_id"], unique=True
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("available_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("delivered_at", Timestamp, nullable=True),
        sa.Column("dead_at", Timestamp, nullable=True),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_events"),
    )
    op.create_index(
        "ix_outbox_events_due",
        "outbox_events",
        ["available_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(id) > 0", name=op.f("ck_users_id_not_empty")),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index(
        "ix_users_lower_display_name",
        "users",
        [sa.func.lower(sa.column("display_name")).label("lowered")],
        postgresql_ops={"lowered": "text_pattern_ops"},
        unique=False,
    )
    op.create_index(
        "ix_users_lower_email",
        "users",
        [sa.func.lower(sa.column("email")).label("lowered")],
        postgresql_ops={"lowered": "text_pattern_ops"},
        unique=False,
    )
    op.create_index(
        "ix_users_lower_id",
        "users",
        [sa.func.lower(sa.column("id")).label("lowered")],
        postgresql_ops={"lowered": "text_pattern_ops"},
        unique=False,
    )
    op.create_table(
        "loyalty_members",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("referral_code", sa.Text(), nullable=False),
        sa.Column("points_balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lifetime_points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tier_id", sa.Uuid(), nullable=True),
        sa.Column("tier_since", Timestamp, nullable=True),
        sa.Column("ledger_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "ledger_seq >= 0", name=op.f("ck_loyalty_members_ledger_seq_not_negative")
        ),
        sa.CheckConstraint(
            "lifetime_points BETWEEN 0 AND 9007199254740991",
            name=op.f("ck_loyalty_members_lifetime_in_range"),
        ),
        sa.CheckConstraint(
            "points_balance BETWEEN 0 AND 9007199254740991",
            name=op.f("ck_loyalty_members_balance_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["tier_id"], ["loyalty_tiers.id"], name="fk_loyalty_members_tier_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_loyalty_members_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_loyalty_members"),
    )
    op.create_index(
        "ix_loyalty_members_lifetime_points",
        "loyalty_members",
        [sa.literal_column("lifetime_points DESC"), "user_id"],
        unique=False,
    )
    op.create_index(
        "ix_loyalty_members_newest",
        "loyalty_members",
        [sa.literal_column("created_at DESC"), "user_id"],
        unique=False,
    )
    op.create_index("ix_loyalty_members_tier_id", "loyalty_members", ["tier_id"], unique=False)
    op.create_table(
        "loyalty_referral_attributions",
        sa.Column("invitee_id", sa.String(length=128), nullable=False),
        sa.Column("referrer_id", sa.String(length=128), nullable=False),
        sa.Column("invite_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "referrer_id <> invitee_id",
            name=op.f("ck_loyalty_referral_attributions_not_by_oneself"),
        ),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["users.id"], name="fk_loyalty_referral_attributions_invitee_id"
        ),
        sa.PrimaryKeyConstraint("invitee_id", name="pk_loyalty_referral_attributions"),
    )
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column(
            "marketing_messages", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("updated_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_notification_preferences_user_id"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_notification_preferences"),
    )
    op.create_table(
        "loyalty_ledger_entries",
        sa.Column("member_id", sa.String(length=128), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "EARN",
                "REDEEM",
                "REFERRAL_BONUS",
                "REFERRAL_WELCOME",
                "TIER_BONUS",
                "ADJUSTMENT",
                "REVERSAL",
                "EXPIRE",
                name="ledgerentrykind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("metadata", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("reverses_seq", sa.BigInteger(), nullable=True),
        sa.Column("invite_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.String(length=128), nullable=False),
        sa.Column(
            "created_at", Timestamp, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(kind = 'REVERSAL') = (reverses_seq IS NOT NULL)",
            name=op.f("ck_loyalty_ledger_entries_reversal_names_entry"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_loyalty_ledger_entries_metadata_is_object"),
        ),
        sa.CheckConstraint(
            "kind IN ('EARN', 'REDEEM', 'REFERRAL_BONUS', 'REFERRAL_WELCOME', "
            "'TIER_BONUS', 'ADJUSTMENT', 'REVERSAL', 'EXPIRE')",
            name=op.f("ck_loyalty_ledger_entries_kind_known"),
        ),
        sa.CheckConstraint(
            "balance_after BETWEEN 0 AND 9007199254740991",
            name=op.f("ck_loyalty_ledger_entries_balance_in_range"),
        ),
        sa.CheckConstraint(
            "points <> 0 AND points BETWEEN -9007199254740991 AND 9007199254740991",
            name=op.f("ck_loyalty_ledger_entries_points_in_range"),
        ),
        sa.CheckConstraint(
            "reverses_seq < seq", name=op.f("ck_loyalty_ledger_entries_reverses_earlier_entry")
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_loyalty_ledger_entries_seq_positive")),
        sa.ForeignKeyConstraint(
            ["member_id", "reverses_seq"],
            ["loyalty_ledger_entries.member_id", "loyalty_ledger_entries.seq"],
            name="fk_loyalty_ledger_entries_member_id_reverses_seq",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["loyalty_members.user_id"], name="fk_loyalty_ledger_entries_member_id"
        ),
        sa.PrimaryKeyConstraint("member_id", "seq", name="pk_loyalty_ledger_entries"),
    )
    op.create_index(
        "uq_loyalty_ledger_entries_one_credit_per_referral",
        "loyalty_ledger_entries",
        ["member_id", "invite_id", "kind"],
        unique=True,
        postgresql_where=sa.text("invite_id IS NOT NULL"),
    )
    op.create_index(
        "uq_loyalty_ledger_entries_reversed_once",
        "loyalty_ledger_entries",
        ["member_id", "reverses_seq"],
        unique=True,
        postgresql_where=sa.text("reverses_seq IS NOT NULL"),
    )
    op.create_table(
        "loyalty_referral_invites",
        sa.Column("referrer_id", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("ISSUED", "SHARE_CODE", name="invitesource", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "SENT",
                "CONVERTED",
                "EXPIRED",
                "CANCELLED",
                name="invitestatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("invitee_email", sa.Text(), nullable=True),
        sa.Column("reward_points", sa.BigInteger(), nullable=False),
        sa.Column("invitee_reward_points", sa.BigInteger(), nullable=False),
        sa.Column("metadata", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("expires_at", Timestamp, nullable=True),
        sa.Column("invitee_id", sa.String(length=128), nullable=True),
        sa.Column("completed_at", Timestamp, nullable=True),
        sa.Column("cancelled_at", Timestamp, nullable=True),
        sa.Column("created_at", Timestamp, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
            name=op.f("ck_loyalty_referral_invites_cancelled_sometime"),
        ),
        sa.CheckConstraint(
            "(status = 'CONVERTED') = (completed_at IS NOT NULL) "
            "AND (status = 'CONVERTED') = (invitee_id IS NOT NULL)",
            name=op.f("ck_loyalty_referral_invites_converted_by_somebody"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_loyalty_referral_invites_metadata_is_object"),
        ),
        sa.CheckConstraint(
            "source IN ('ISSUED', 'SHARE_CODE')",
            name=op.f("ck_loyalty_referral_invites_source_known"),
        ),
        sa.CheckConstraint(
            "status IN ('SENT', 'CONVERTED', 'CANCELLED')",
            name=op.f("ck_loyalty_referral_invites_status_known"),
        ),
        sa.CheckConstraint(
            "reward_points BETWEEN 1 AND 9007199254740991 "
            "AND invitee_reward_points BETWEEN 0 AND 9007199254740991",
            name=op.f("ck_loyalty_referral_invites_rewards_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["referrer_id"],
            ["loyalty_members.user_id"],
            name="fk_loyalty_referral_invites_referrer_id",
        ),
        sa.PrimaryKeyConstraint("referrer_id", "id", name="pk_loyalty_referral_invites"),
    )
    op.create_index(
        "ix_loyalty_referral_invites_id", "loyalty_referral_invites", ["id"], unique=False
    )
    op.execute(REFUSE_CHANGES)
    for name, trigger in (
        ("refuse_row_changes", REFUSE_ROW_CHANGES),
        ("refuse_truncate", REFUSE_TRUNCATE),
    ):
        op.execute(trigger)
        # Always: replication roles, which skip ordinary triggers, are refused as well.
        op.execute(f"ALTER TABLE loyalty_ledger_entries ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    """Takes it back, with all that the tables hold."""
    op.drop_table("loyalty_referral_invites")
    op.drop_table("loyalty_ledger_entries")
    op.drop_table("notification_preferences")
    op.drop_table("loyalty_referral_attributions")
    op.drop_table("loyalty_members")
    op.drop_table("users")
    op.drop_table("outbox_events")
    op.drop_table("notifications")
    op.drop_table("loyalty_tiers")
    op.drop_table("loyalty_referral_codes")
    op.drop_table("idempotency_keys")
    op.execute("DROP FUNCTION refuse_ledger_change()")
