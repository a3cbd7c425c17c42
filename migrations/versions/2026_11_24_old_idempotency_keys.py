"""Index by which old idempotency keys are found, to be removed.

Revision: 2026_11_24_old_idempotency_keys, after 2026_11_23_notification_lookups.

While this step runs, and until the new code is everywhere, the code before it must keep working.
"""

from alembic import op

revision = "2026_11_24_old_idempotency_keys"
down_revision = "2026_11_23_notification_lookups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Takes the step."""
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
