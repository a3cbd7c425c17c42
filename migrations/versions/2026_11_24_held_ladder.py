"""A function that holds the ladder and reads it, in the one round trip that locks a member.

Revision: 2026_11_24_held_ladder, after 2026_11_24_old_idempotency_keys.
"""

from alembic import op

revision = "2026_11_24_held_ladder"
down_revision = "2026_11_24_old_idempotency_keys"
branch_labels = None
depends_on = None

# A statement reads by the snapshot that it was given when it began, before it waited for the lock:
# it would see the ladder as it was. Each statement of a volatile function gets a snapshot of its
# own, so that the second one sees what was committed while the first one waited.
HOLD_LADDER = """
CREATE FUNCTION hold_ladder(ladder_lock bigint) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(ladder_lock);
    RETURN (
        SELECT coalesce(jsonb_agg(to_jsonb(tier) ORDER BY point_threshold, slug), '[]')
        FROM loyalty_tiers AS tier WHERE is_active
    );
END
$$
"""


def upgrade() -> None:
    """Takes the step."""
    op.execute(HOLD_LADDER)


def downgrade() -> None:
    """Takes it back."""
    op.execute("DROP FUNCTION hold_ladder(bigint)")
