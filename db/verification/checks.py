"""Questions that find what should not be there: each answers with the rows that break a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from db.engine.sessions import Reader
from domain.ledger import QUALIFYING_KINDS

FINDINGS_MAX = 20
"""How many rows of each kind are looked at: after these, there is enough to do."""

QUALIFYING = ", ".join(f"'{kind}'" for kind in sorted(QUALIFYING_KINDS))
"""The kinds of entries that count towards a tier, as an SQL list."""


def _question(query: str) -> TextClause:
    """Returns a question whose rows are one text each, `:user_id` or everybody's (NULL)."""
    return text(f"{query} LIMIT {FINDINGS_MAX}")


EQUAL_THRESHOLDS = _question(
    """
    SELECT 'tiers ' || string_agg(slug, ', ' ORDER BY slug) || ' all begin at ' || point_threshold
    FROM loyalty_tiers WHERE is_active GROUP BY point_threshold HAVING count(*) > 1
    UNION ALL
    SELECT 'tier ' || slug || ' begins at ' || point_threshold FROM loyalty_tiers
    WHERE point_threshold < 0
    """
)
BENEFITS = text("SELECT slug, benefits::text FROM loyalty_tiers ORDER BY slug")
SHARED_CODES = _question(
    """
    SELECT 'code ' || code || ' is had by ' || string_agg(owner, ', ' ORDER BY owner) FROM (
        SELECT referral_code AS code, 'member ' || user_id AS owner FROM loyalty_members
        UNION ALL
        SELECT code, 'an invite of ' || referrer_id FROM loyalty_referral_invites
    ) AS had GROUP BY code HAVING count(*) > 1
    """
)
UNCLAIMED_CODES = _question(
    """
    SELECT 'code ' || had.code || ' of ' || had.owner_id || ' is claimed by '
           || coalesce(claim.owner_id, 'nobody')
    FROM (
        SELECT referral_code AS code, user_id AS owner_id, NULL::uuid AS invite_id
        FROM loyalty_members
        UNION ALL SELECT code, referrer_id, id FROM loyalty_referral_invites
    ) AS had LEFT JOIN loyalty_referral_codes AS claim ON claim.code = had.code
    WHERE (claim.owner_id, claim.invite_id) IS DISTINCT FROM (had.owner_id, had.invite_id)
      AND (CAST(:user_id AS text) IS NULL OR had.owner_id = :user_id)
    """
)
UNBALANCED = _question(
    """
    SELECT 'the balance of ' || member.user_id || ' is ' || points_balance
           || ', their ledger has ' || ledger.total || ' in ' || ledger.entries || ' entries'
    FROM loyalty_members AS member, LATERAL (
        SELECT coalesce(sum(points), 0) AS total, count(*) AS entries, coalesce(max(seq), 0) AS last
        FROM loyalty_ledger_entries WHERE member_id = member.user_id
    ) AS ledger
    WHERE (points_balance <> ledger.total OR ledger_seq <> ledger.entries
           OR ledger_seq <> ledger.last)
      AND (CAST(:user_id AS text) IS NULL OR member.user_id = :user_id)
    """
)
WRONG_LIFETIME = _question(
    f"""
    SELECT 'the lifetime points of ' || member.user_id || ' are ' || lifetime_points
           || ', their ledger has ' || ledger.total
    FROM loyalty_members AS member, LATERAL (
        SELECT coalesce(sum(entry.points), 0) AS total
        FROM loyalty_ledger_entries AS entry
        LEFT JOIN loyalty_ledger_entries AS reversed
            ON reversed.member_id = entry.member_id AND reversed.seq = entry.reverses_seq
        WHERE entry.member_id = member.user_id
          AND coalesce(reversed.kind, entry.kind)
              IN ({QUALIFYING})
    ) AS ledger
    WHERE lifetime_points <> ledger.total
      AND (CAST(:user_id AS text) IS NULL OR member.user_id = :user_id)
    """  # noqa: S608 - the kinds are those of the program
)
WRONG_TIERS = _question(
    """
    SELECT user_id || ' with ' || lifetime_points || ' lifetime points has '
           || coalesce((SELECT slug FROM loyalty_tiers WHERE id = tier_id), 'no tier')
    FROM loyalty_members
    WHERE tier_id IS DISTINCT FROM (
        SELECT id FROM loyalty_tiers WHERE is_active AND point_threshold <= lifetime_points
        ORDER BY point_threshold DESC LIMIT 1
    ) AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
    """
)
TOO_MUCH_ALLOWED = _question(
    """
    SELECT 'the service is ' || current_user || ', who may ' || what
    FROM pg_class, LATERAL (VALUES
        ('update the ledger', has_table_privilege(oid, 'UPDATE')),
        ('delete from the ledger', has_table_privilege(oid, 'DELETE')),
        ('empty the ledger', has_table_privilege(oid, 'TRUNCATE')),
        ('take away its triggers', pg_has_role(relowner, 'USAGE'))
    ) AS deed (what, is_allowed)
    WHERE oid = 'loyalty_ledger_entries'::regclass AND is_allowed
    """
)
STUCK = _question(
    """
    SELECT kind || ' of ' || user_id || ' is due since '
           || to_char(available_at, 'YYYY-MM-DD HH24:MI')
    FROM outbox_events
    WHERE delivered_at IS NULL AND dead_at IS NULL
      AND available_at < now() - interval '15 minutes'
      AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
    ORDER BY available_at
    """
)
DEAD = _question(
    """
    SELECT kind || ' of ' || user_id || ' was given up after ' || attempts || ' tries: '
           || coalesce(last_error, 'no answer')
    FROM outbox_events
    WHERE dead_at IS NOT NULL AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
    ORDER BY dead_at DESC
    """
)
UNRECORDED = _question(
    """
    SELECT kind || ' of ' || user_id || ' is done, and there is no record of how'
    FROM outbox_events AS event
    WHERE delivered_at IS NOT NULL AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
      AND NOT EXISTS (
        SELECT FROM notifications
        WHERE notifications.user_id = event.user_id AND event_id = event.id
    )
    """
)
UNREACHABLE = _question(
    """
    SELECT user_id || ' reached a tier and got no mail: ' || reason
    FROM notifications
    WHERE kind = 'TIER_UPGRADED' AND status = 'SKIPPED' AND reason = 'NO_EMAIL'
      AND (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
    ORDER BY id DESC
    """
)
_UPGRADES_OF = text(
    """
    SELECT event.payload ->> 'tierSlug', coalesce(event.created_at, notification.created_at),
           notification.status,
           CASE WHEN notification.status IS NOT NULL THEN notification.reason
                WHEN event.last_error IS NOT NULL THEN event.last_error END
    FROM (SELECT * FROM outbox_events WHERE user_id = :user_id) AS event
    FULL JOIN (SELECT * FROM notifications WHERE user_id = :user_id) AS notification
        ON notification.event_id = event.id
    WHERE coalesce(event.kind, notification.kind) = 'TIER_UPGRADED'
    ORDER BY coalesce(event.id, notification.event_id)
    """
)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A tier that a user has reached, and what became of telling them; None: not yet.

    If the event was removed because of its age, the tier is unknown, and `created_at` is when
    it was dealt with.
    """

    tier_slug: str | None
    created_at: Any
    status: str | None
    reason: str | None


async def ask(reader: Reader, question: TextClause, user_id: str | None) -> list[str]:
    """Returns what a question finds, of one user where it is about users, at most 20 of it."""
    named = {"user_id": user_id} if ":user_id" in question.text else {}
    found: Sequence[str] = await reader.all(str, question, named)
    return list(found)


async def benefits(reader: Reader) -> list[tuple[str, str]]:
    """Returns the slug of every tier with its benefits, as the database writes them."""
    return await reader.all(lambda slug, written: (slug, written), BENEFITS)


async def upgrades_of(reader: Reader, user_id: str) -> list[Upgrade]:
    """Returns every upgrade of a user, oldest first."""
    return await reader.all(Upgrade, _UPGRADES_OF, {"user_id": user_id})
