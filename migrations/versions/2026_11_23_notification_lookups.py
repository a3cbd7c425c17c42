"""Indexes by which notifications are listed and events of one user, or dead ones, are found.

Revision: 2026_11_23_notification_lookups, after 2026_11_22_first_tables.

While this step runs, and until the new code is everywhere, the code before it must keep working.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_notification_lookups"
down_revision = "2026_11_22_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takes the step."""
    op.create_index("ix_notifications_id", "notifications", ["id"], unique=False)
    op.create_index("ix_notifications_status_id", "notifications", ["status", "id"], unique=False)
    op.create_index("ix_outbox_events_user_id_id", "outbox_events", ["user_id", "id"], unique=False)
    op.create_index(
        "ix_outbox_events_dead",
        "outbox_events",
        ["dead_at"],
        unique=False,
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_outbox_events_dead", table_name="outbox_events")
    op.drop_index("ix_outbox_events_user_id_id", table_name="outbox_events")
    op.drop_index("ix_notifications_status_id", table_name="notifications")
    op.drop_index("ix_notifications_id", table_name="notifications")
