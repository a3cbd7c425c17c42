"""One digest of the newest hashes of all members as of a time."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from db.engine.failures import is_statement_timeout
from db.engine.sessions import Reader
from db.repositories.tiers import TIER_LOCK
from domain.checkpoints import Checkpoint
from domain.errors.conflicts import LedgerTooLarge

# Nobody's clock is set back by so much: an entry that is written from now on is younger.
_SETTLED_SECONDS = 10

_SETTLED = text(f"SELECT clock_timestamp() - interval '{_SETTLED_SECONDS} seconds'")
# A transaction that appends holds the tier lock until it commits. Once the lock was free, none that
# began before is still running. The statement releases the lock at its end.
_NOBODY_UNDER_WAY = select(func.pg_advisory_xact_lock(TIER_LOCK))
_HEADS = text(
    """
    SELECT CAST(:as_of AS timestamptz), count(*), coalesce(sum(seq), 0)::bigint,
        sha256(coalesce(string_agg(hash, ''::bytea ORDER BY hash), ''))
    FROM loyalty_members CROSS JOIN LATERAL (
        SELECT seq, hash FROM loyalty_ledger_entries
        WHERE member_id = user_id AND created_at <= :as_of ORDER BY seq DESC LIMIT 1
    ) AS head
    """
)


async def take(reader: Reader) -> Checkpoint:
    """Returns a checkpoint of all that was written up to ten seconds ago.

    No entry can be added to that time any more.

    Raises:
        LedgerTooLarge: it takes longer than a statement may.
    """
    timestamp: datetime = await reader.scalar(_SETTLED)
    await reader.scalar(_NOBODY_UNDER_WAY)
    try:
        return await as_of(reader, timestamp)
    except DBAPIError as error:
        if is_statement_timeout(error):
            raise LedgerTooLarge from None
        raise


async def as_of(reader: Reader, timestamp: datetime) -> Checkpoint:
    """Returns the checkpoint of a time in the past, computed from today's ledger."""
    return await reader.one(Checkpoint, _HEADS, {"as_of": timestamp})
