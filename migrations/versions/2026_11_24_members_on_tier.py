"""Indexes by which the members on a tier are listed, in each order; they replace that by tier.

Revision: 2026_11_24_members_on_tier, after 2026_11_24_service_role.

While this step runs, and until the new code is everywhere, the code before it must keep working.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_members_on_tier"
down_revision = "2026_11_24_service_role"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takes the step."""
    op.create_index(
        "ix_loyalty_members_tier_id_newest",
        "loyalty_members",
        ["tier_id", sa.literal_column("created_at DESC"), "user_id"],
        unique=False,
    )
    op.create_index(
        "ix_loyalty_members_tier_id_lifetime_points",
        "loyalty_members",
        ["tier_id", sa.literal_column("lifetime_points DESC"), "user_id"],
        unique=False,
    )
    op.create_index(
        "ix_loyalty_members_tier_id_user_id",
        "loyalty_members",
        ["tier_id", "user_id"],
        unique=False,
    )
    op.drop_index("ix_loyalty_members_tier_id", table_name="loyalty_members")


def downgrade() -> None:
    """Takes it back."""
    op.create_index("ix_loyalty_members_tier_id", "loyalty_members", ["tier_id"], unique=False)
    op.drop_index("ix_loyalty_members_tier_id_user_id", table_name="loyalty_members")
    op.drop_index("ix_loyalty_members_tier_id_lifetime_points", table_name="loyalty_members")
    op.drop_index("ix_loyalty_members_tier_id_newest", table_name="loyalty_members")
