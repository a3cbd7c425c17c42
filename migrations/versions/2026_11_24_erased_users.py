"""When a user was erased, and indexes by which invites to a person are found.

Revision: 2026_11_24_erased_users, after 2026_11_24_ledger_chain.

While this step runs, and until the new code is everywhere, the code before it must keep working.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "2026_11_24_erased_users"
down_revision = "2026_11_24_ledger_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takes the step."""
    op.add_column("users", sa.Column("erased_at", TIMESTAMP(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_erased_is_empty"),
        "users",
        "erased_at IS NULL OR (email IS NULL AND display_name IS NULL)",
    )
    op.create_index(
        "ix_loyalty_referral_invites_lower_invitee_email",
        "loyalty_referral_invites",
        [sa.func.lower(sa.column("invitee_email")).label("lowered")],
        unique=False,
        postgresql_where=sa.text("invitee_email IS NOT NULL"),
    )
    op.create_index(
        "ix_loyalty_referral_invites_invitee_id",
        "loyalty_referral_invites",
        ["invitee_id"],
        unique=False,
        postgresql_where=sa.text("invitee_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_loyalty_referral_invites_invitee_id", table_name="loyalty_referral_invites")
    op.drop_index(
        "ix_loyalty_referral_invites_lower_invitee_email", table_name="loyalty_referral_invites"
    )
    op.drop_constraint(op.f("ck_users_erased_is_empty"), "users", type_="check")
    op.drop_column("users", "erased_at")
