"""Every ledger entry carries a digest of itself and of the entry before it.

Revision: 2026_11_24_ledger_chain, after 2026_11_24_held_ladder.

Existing entries get theirs here, ten seconds to a minute a million, in one statement during which
nobody else uses the ledger. Until the new code is everywhere, the code before it keeps working: the
trigger makes the digest, whoever appends.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_ledger_chain"
down_revision = "2026_11_24_held_ladder"
branch_labels = None
depends_on = None

# What is hashed, and why the words of `description` and `metadata` are not: docs/decisions, 0011.
ENTRY_HASH = """
CREATE FUNCTION ledger_entry_hash(previous bytea, entry loyalty_ledger_entries) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE RETURN sha256(
    coalesce(previous, decode(repeat('00', 32), 'hex')) || convert_to(
        jsonb_build_array(
            entry.member_id, entry.seq, entry.id, entry.kind, entry.points, entry.balance_after,
            entry.reference, entry.reverses_seq, entry.invite_id, entry.actor_id,
            (extract(epoch FROM entry.created_at) * 1000000)::bigint
        )::text, 'UTF8'
    )
)
"""
# Whole ledgers at once: ledger_chain(entry) OVER (PARTITION BY member_id ORDER BY seq).
CHAIN = """
CREATE AGGREGATE ledger_chain(loyalty_ledger_entries) (sfunc = ledger_entry_hash, stype = bytea)
"""
BACKFILL = """
UPDATE loyalty_ledger_entries AS entry SET hash = chained.hash
FROM (
    SELECT member_id, seq, ledger_chain(entry) OVER (PARTITION BY member_id ORDER BY seq) AS hash
    FROM loyalty_ledger_entries AS entry
) AS chained
WHERE entry.member_id = chained.member_id AND entry.seq = chained.seq
"""
CHAIN_NEW_ENTRY = """
CREATE FUNCTION chain_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    IF NEW.seq > 1 THEN
        SELECT hash INTO previous FROM loyalty_ledger_entries
        WHERE member_id = NEW.member_id AND seq = NEW.seq - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'entry % of a ledger needs the entry before it', NEW.seq
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    NEW.hash := ledger_entry_hash(previous, NEW);
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """Takes the step."""
    op.add_column("loyalty_ledger_entries", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.execute(ENTRY_HASH)
    op.execute(CHAIN)
    op.execute("ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER refuse_row_changes")
    op.execute(BACKFILL)
    op.execute("ALTER TABLE loyalty_ledger_entries ENABLE ALWAYS TRIGGER refuse_row_changes")
    op.alter_column("loyalty_ledger_entries", "hash", nullable=False)
    op.execute(CHAIN_NEW_ENTRY)
    op.execute(
        "CREATE TRIGGER chain_new_entry BEFORE INSERT ON loyalty_ledger_entries "
        "FOR EACH ROW EXECUTE FUNCTION chain_ledger_entry()"
    )


def downgrade() -> None:
    """Takes it back."""
    op.execute("DROP TRIGGER chain_new_entry ON loyalty_ledger_entries")
    op.execute("DROP FUNCTION chain_ledger_entry()")
    op.execute("DROP AGGREGATE ledger_chain(loyalty_ledger_entries)")
    op.execute("DROP FUNCTION ledger_entry_hash(bytea, loyalty_ledger_entries)")
    op.drop_column("loyalty_ledger_entries", "hash")
