"""Questions that go through the whole ledger, range by range of members, and find what is wrong.

Each is one statement, and so sees members and entries as of one time, while others write.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from db.engine.sessions import Reader
from db.verification.checks import QUALIFYING

MEMBERS_A_RANGE = 2_000
WRONG_MAX = 20
"""How many wrong entries are named: after these, there is enough to look into."""

# What each entry adds to the lifetime points: a reversal takes back what the other one gave.
_GAIN = (
    f"CASE WHEN coalesce(reversed.kind, entry.kind) IN ({QUALIFYING}) THEN entry.points ELSE 0 END"
)
_ENTRIES = """
    loyalty_ledger_entries AS entry
    LEFT JOIN loyalty_ledger_entries AS reversed
        ON reversed.member_id = entry.member_id AND reversed.seq = entry.reverses_seq
    WHERE entry.member_id > :after AND entry.member_id <= :upto
"""


def _question(query: str) -> TextClause:
    """Returns a question whose rows are a member, the number of an entry or none, and a problem."""
    return text(f"{query} ORDER BY 1, 2 LIMIT {WRONG_MAX}")


_CHAIN = _question(
    """
    SELECT member_id, seq, concat_ws('; ',
        CASE WHEN seq <> position THEN 'it should have the number ' || position END,
        CASE WHEN balance_after <> total THEN 'its balance is ' || balance_after
            || ', the entries up to it add up to ' || total END,
        CASE WHEN balance_after < 0 THEN 'its balance is negative' END,
        CASE WHEN hash <> expected_hash THEN 'its hash is not that of what it says' END)
    FROM (
        SELECT member_id, seq, balance_after, hash, row_number() OVER history AS position,
            sum(points) OVER history AS total,
            ledger_entry_hash(lag(hash) OVER history, entry) AS expected_hash
        FROM loyalty_ledger_entries AS entry
        WHERE member_id > :after AND member_id <= :upto
        WINDOW history AS (PARTITION BY member_id ORDER BY seq)
    ) AS history
    WHERE seq <> position OR balance_after <> total OR balance_after < 0 OR hash <> expected_hash
    """
)
_MEMBERS = _question(
    f"""
    SELECT coalesce(user_id, member_id), NULL::bigint, concat_ws('; ',
        CASE WHEN user_id IS NULL THEN 'there are entries, and no such member' END,
        CASE WHEN points_balance <> coalesce(total, 0) THEN 'the balance is ' || points_balance
            || ', the entries add up to ' || coalesce(total, 0) END,
        CASE WHEN ledger_seq <> coalesce(newest_seq, 0) THEN 'the newest entry should be '
            || ledger_seq || ', and is ' || coalesce(newest_seq, 0) END,
        CASE WHEN lifetime_points <> coalesce(gained, 0) THEN 'the lifetime points are '
            || lifetime_points || ', the entries gave ' || coalesce(gained, 0) END)
    FROM (
        SELECT user_id, points_balance, lifetime_points, ledger_seq FROM loyalty_members
        WHERE user_id > :after AND user_id <= :upto
    ) AS member FULL JOIN (
        SELECT entry.member_id, sum(entry.points) AS total, max(entry.seq) AS newest_seq,
            sum({_GAIN}) AS gained
        FROM {_ENTRIES} GROUP BY entry.member_id
    ) AS ledger ON member_id = user_id
    WHERE user_id IS NULL OR points_balance <> coalesce(total, 0)
        OR ledger_seq <> coalesce(newest_seq, 0) OR lifetime_points <> coalesce(gained, 0)
    """  # noqa: S608 - what is put in is written above
)
_REVERSALS = _question(
    """
    SELECT reversal.member_id, reversal.seq, concat_ws('; ',
        CASE WHEN reversal.points <> -entry.points
            THEN 'it takes back ' || -reversal.points || ' of ' || entry.points END,
        CASE WHEN entry.kind = 'REVERSAL' THEN 'it reverses a reversal' END,
        CASE WHEN entry.seq IS NULL THEN 'it reverses no entry' END,
        CASE WHEN reversal.place > 1 THEN 'entry ' || reversal.reverses_seq
            || ' has been reversed before' END)
    FROM (
        SELECT member_id, seq, points, reverses_seq,
            row_number() OVER (PARTITION BY member_id, reverses_seq ORDER BY seq) AS place
        FROM loyalty_ledger_entries
        WHERE kind = 'REVERSAL' AND member_id > :after AND member_id <= :upto
    ) AS reversal
    LEFT JOIN loyalty_ledger_entries AS entry
        ON entry.member_id = reversal.member_id AND entry.seq = reversal.reverses_seq
    WHERE entry.seq IS NULL OR reversal.points <> -entry.points OR entry.kind = 'REVERSAL'
        OR reversal.place > 1
    """
)
_REFERRALS = _question(
    """
    SELECT coalesce(paid.member_id, promised.member_id), paid.seq, CASE
        WHEN paid.seq IS NULL THEN 'the converted invite ' || promised.invite_id
            || ' promised ' || promised.points || ', and no entry gives them'
        WHEN promised.invite_id IS NULL THEN 'no converted invite promised it'
        WHEN paid.place > 1 THEN 'the invite has been paid before'
        ELSE 'it gives ' || paid.points || ', the invite promised ' || promised.points END
    FROM (
        SELECT member_id, seq, invite_id, kind, points,
            row_number() OVER (PARTITION BY member_id, invite_id, kind ORDER BY seq) AS place
        FROM loyalty_ledger_entries
        WHERE (invite_id IS NOT NULL OR kind IN ('REFERRAL_BONUS', 'REFERRAL_WELCOME'))
            AND member_id > :after AND member_id <= :upto
    ) AS paid FULL JOIN (
        SELECT referrer_id AS member_id, id AS invite_id, 'REFERRAL_BONUS' AS kind,
            reward_points AS points
        FROM loyalty_referral_invites
        WHERE status = 'CONVERTED' AND referrer_id > :after AND referrer_id <= :upto
        UNION ALL
        SELECT attribution.invitee_id, invite.id, 'REFERRAL_WELCOME', invitee_reward_points
        FROM loyalty_referral_attributions AS attribution
        JOIN loyalty_referral_invites AS invite
            ON invite.referrer_id = attribution.referrer_id AND invite.id = attribution.invite_id
        WHERE status = 'CONVERTED' AND invitee_reward_points > 0
            AND attribution.invitee_id > :after AND attribution.invitee_id <= :upto
    ) AS promised ON promised.member_id = paid.member_id
        AND promised.invite_id = paid.invite_id AND promised.kind = paid.kind
    WHERE paid.seq IS NULL OR promised.invite_id IS NULL OR paid.place > 1
        OR paid.points <> promised.points
    """
)
# An upgrade is an entry that takes the lifetime points past a threshold. Which thresholds there
# were is only known of the present tiers, so that one that is missing shows only among the entries
# since its last change: a minute later, by which time none is left that was placed before it. And
# an event that was removed for its age has left its notification, which names no entry.
_UPGRADES = _question(
    f"""
    SELECT coalesce(entry.member_id, event.user_id), coalesce(entry.seq, event.seq), CASE
        WHEN event.seq IS NULL THEN 'it reached a tier, and no event tells of it'
        WHEN entry.seq IS NULL THEN 'an event tells of an upgrade by it, and there is none'
        WHEN event.place > 1 THEN 'its upgrade is recorded more than once'
        ELSE 'its event tells of ' || event.lifetime_points || ' lifetime points, not '
            || entry.lifetime_after END
    FROM (
        SELECT history.*, created_at > (
            SELECT coalesce(max(updated_at), '-infinity') FROM loyalty_tiers
        ) + interval '1 minute' AND EXISTS (
            SELECT FROM loyalty_tiers WHERE is_active
                AND point_threshold > lifetime_after - gain AND point_threshold <= lifetime_after
        ) AS must_be_notified
        FROM (
            SELECT entry.member_id, entry.seq, entry.created_at, {_GAIN} AS gain,
                sum({_GAIN}) OVER (PARTITION BY entry.member_id ORDER BY entry.seq)
                    AS lifetime_after
            FROM {_ENTRIES}
        ) AS history WHERE gain > 0
    ) AS entry FULL JOIN (
        SELECT user_id, (payload ->> 'ledgerSeq')::bigint AS seq,
            (payload ->> 'lifetimePoints')::bigint AS lifetime_points,
            row_number() OVER (PARTITION BY user_id, payload ->> 'ledgerSeq' ORDER BY id) AS place
        FROM outbox_events
        WHERE kind = 'TIER_UPGRADED' AND user_id > :after AND user_id <= :upto
    ) AS event ON event.user_id = entry.member_id AND event.seq = entry.seq
    WHERE (
        event.seq IS NULL AND entry.must_be_notified AND NOT EXISTS (
            SELECT FROM notifications AS notified
            WHERE notified.user_id = entry.member_id AND notified.kind = 'TIER_UPGRADED'
                AND NOT EXISTS (SELECT FROM outbox_events WHERE id = notified.event_id)
        )
    ) OR entry.seq IS NULL OR event.place > 1
        OR event.lifetime_points <> entry.lifetime_after
    """  # noqa: S608 - what is put in is written above
)
_QUESTIONS = (_CHAIN, _MEMBERS, _REVERSALS, _REFERRALS, _UPGRADES)

_SIZE = text("SELECT count(*), coalesce(sum(ledger_seq), 0)::bigint FROM loyalty_members")
# The last range reaches as far as there are entries, should they have lost their members.
_RANGE = text(
    """
    SELECT CASE WHEN count(*) = :size THEN max(user_id) ELSE greatest(
            (SELECT max(user_id) FROM loyalty_members),
            (SELECT max(member_id) FROM loyalty_ledger_entries)
        ) END, count(*), coalesce(sum(ledger_seq), 0)::bigint
    FROM (
        SELECT user_id, ledger_seq FROM loyalty_members WHERE user_id > :after
        ORDER BY user_id LIMIT :size
    ) AS range
    """
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many members there are, and how many entries they count."""

    members: int
    entries: int


@dataclass(frozen=True, slots=True)
class Range:
    """Members in the order of their ids, up to `upto`."""

    upto: str | None
    members: int
    entries: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with an entry, or, without a `seq`, with a member."""

    member_id: str
    seq: int | None
    problem: str


def _place(wrong: Wrong) -> tuple[str, bool, int]:
    return wrong.member_id, wrong.seq is None, wrong.seq or 0


async def size(reader: Reader) -> Size:
    """Returns how much there is to look at."""
    return await reader.one(Size, _SIZE)


async def ranges(reader: Reader) -> AsyncIterator[tuple[Range, list[Wrong]]]:
    """Yields every range of members, in the order of their ids, with what is wrong in it.

    The entries of a member come first.

    Of each kind of fault, the first 20 of a range are found.
    """
    after, is_last = "", False
    while not is_last:
        bounds = {"after": after, "size": MEMBERS_A_RANGE}
        found = await reader.one(Range, _RANGE, bounds)
        if found.upto is None:
            return
        wrong = [
            each
            for question in _QUESTIONS
            for each in await reader.all(Wrong, question, {"after": after, "upto": found.upto})
        ]
        yield found, sorted(wrong, key=_place)
        after, is_last = found.upto, found.members < MEMBERS_A_RANGE
