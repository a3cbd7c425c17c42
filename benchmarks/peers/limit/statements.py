"""The statements, by the name of the operation; each returns the answer's `data` as text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TIER = """json_build_object('slug', tier.slug, 'name', tier.name,
    'pointThreshold', tier.point_threshold, 'benefits', tier.benefits)"""
_ENTRY = """json_build_object('node', json_build_object('seq', seq, 'kind', kind, 'points', points,
    'balanceAfter', balance_after, 'description', description, 'reference', reference,
    'createdAt', created_at))"""
_INVITE = """json_build_object('node', json_build_object('code', code,
    'status', CASE WHEN status = 'SENT' AND expires_at <= now() THEN 'EXPIRED' ELSE status END,
    'rewardPoints', reward_points, 'inviteeRewardPoints', invitee_reward_points,
    'expiresAt', expires_at, 'createdAt', created_at))"""
# The step above a member's points; `tier` is the present one.
_NEXT = """LATERAL (SELECT slug, name, point_threshold FROM loyalty_tiers
    WHERE is_active AND point_threshold > member.lifetime_points
    ORDER BY point_threshold LIMIT 1) AS next ON true"""
_PROGRESS = """json_build_object('pointsToNextTier', next.point_threshold - lifetime_points,
    'fraction', CASE WHEN next.point_threshold IS NULL THEN 1 ELSE
        (lifetime_points - coalesce(tier.point_threshold, 0))::float
        / (next.point_threshold - coalesce(tier.point_threshold, 0)) END,
    'nextTier', CASE WHEN next.slug IS NOT NULL THEN json_build_object('slug', next.slug,
        'name', next.name, 'pointThreshold', next.point_threshold) END)"""
# Each list asks for one row more than the page has: whether there is one says `hasNextPage`.
_LEDGER = f"""(SELECT json_build_object(
        'edges', coalesce(json_agg({_ENTRY} ORDER BY seq DESC) FILTER (WHERE place <= {{size}}),
            '[]'),
        'pageInfo', json_build_object('hasNextPage', count(*) > {{size}},
            'endCursor', (min(seq) FILTER (WHERE place <= {{size}}))::text))
    FROM (SELECT *, row_number() OVER (ORDER BY seq DESC) AS place FROM (
        SELECT * FROM loyalty_ledger_entries
        WHERE member_id = member.user_id AND seq < {{before}}
        ORDER BY seq DESC LIMIT {{size}} + 1) AS page) AS numbered)"""
_INVITES = f"""(SELECT json_build_object(
        'edges', coalesce(json_agg({_INVITE} ORDER BY id DESC) FILTER (WHERE place <= 10), '[]'),
        'pageInfo', json_build_object('hasNextPage', count(*) > 10))
    FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM (
        SELECT * FROM loyalty_referral_invites WHERE referrer_id = member.user_id
        ORDER BY id DESC LIMIT 11) AS page) AS numbered)"""

_TIERS = """
    SELECT json_build_object('tiers', json_agg(json_build_object('slug', slug, 'name', name,
        'pointThreshold', point_threshold, 'benefits', benefits, 'isActive', is_active)
        ORDER BY point_threshold))::text
    FROM loyalty_tiers WHERE is_active
"""
_DASHBOARD = f"""
    SELECT json_build_object('member', json_build_object(
        'userId', user_id, 'referralCode', referral_code, 'pointsBalance', points_balance,
        'lifetimePoints', lifetime_points, 'tierSince', tier_since,
        'createdAt', member.created_at, 'tier', {_TIER}, 'progress', {_PROGRESS},
        'user', json_build_object('displayName', display_name, 'email', email),
        'ledger', {_LEDGER.format(size=20, before="9223372036854775807")},
        'invites', {_INVITES}))::text
    FROM loyalty_members AS member
    JOIN users ON users.id = user_id
    LEFT JOIN loyalty_tiers AS tier ON tier.id = tier_id
    LEFT JOIN {_NEXT}
    WHERE user_id = $1
"""
_MEMBERS = f"""
    SELECT json_build_object('members', json_build_object(
        'edges', json_agg(json_build_object('node', node)
            ORDER BY created_at DESC, user_id) FILTER (WHERE place <= 100),
        'pageInfo', json_build_object('hasNextPage', count(*) > 100)))::text
    FROM (
        SELECT json_build_object('userId', user_id, 'pointsBalance', points_balance,
            'lifetimePoints', lifetime_points, 'tier', {_TIER}, 'progress', {_PROGRESS},
            'ledger', {_LEDGER.format(size=5, before="9223372036854775807")}) AS node,
            member.created_at, user_id,
            row_number() OVER (ORDER BY member.created_at DESC, user_id) AS place
        FROM (SELECT * FROM loyalty_members ORDER BY created_at DESC, user_id LIMIT 101) AS member
        LEFT JOIN loyalty_tiers AS tier ON tier.id = tier_id
        LEFT JOIN {_NEXT}
    ) AS listed
"""
_AFTER = "coalesce($2, 9223372036854775807)"
_LEDGER_PAGE = f"""
    SELECT json_build_object('member', json_build_object(
        'ledger', {_LEDGER.format(size="$3::int", before=_AFTER)}))::text
    FROM loyalty_members AS member WHERE user_id = $1
"""
_EARN = f"""
    SELECT json_build_object('earnPoints', json_build_object('__typename', 'EarnPointsSuccess',
        'entry', json_build_object('seq', entry.seq, 'kind', entry.kind, 'points', entry.points,
            'balanceAfter', entry.balance_after, 'reference', entry.reference),
        'member', json_build_object('pointsBalance', points_balance,
            'lifetimePoints', lifetime_points, 'tier', json_build_object('slug', tier.slug),
            'progress', json_build_object(
                'pointsToNextTier', next.point_threshold - lifetime_points))))::text
    FROM loyalty_members AS member
    LEFT JOIN loyalty_tiers AS tier ON tier.id = tier_id
    LEFT JOIN {_NEXT},
    LATERAL (SELECT * FROM loyalty_ledger_entries
        WHERE member_id = user_id AND seq = $2) AS entry
    WHERE user_id = $1
"""
_ISSUED = """
    SELECT json_build_object('issueReferralInvite', json_build_object(
        '__typename', 'IssueReferralInviteSuccess', 'invite', json_build_object('code', code,
            'status', status, 'rewardPoints', reward_points)))::text
    FROM bench.issue_invite($1, $2, $3)
"""
_COMPLETED = """
    SELECT json_build_object('completeReferral', json_build_object(
        '__typename', 'CompleteReferralSuccess',
        'invite', json_build_object('code', code, 'status', status),
        'referrer', json_build_object('pointsBalance', points_balance,
            'lifetimePoints', lifetime_points, 'tier', json_build_object('slug', tier.slug))))::text
    FROM loyalty_referral_invites AS invite
    JOIN loyalty_members AS member ON member.user_id = referrer_id
    LEFT JOIN loyalty_tiers AS tier ON tier.id = tier_id
    WHERE referrer_id = $1 AND invite.id = $2
"""

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """One statement, and its parameters from the request's variables."""

    statement: str
    parameters: Callable[[Variables], tuple[Any, ...]]


@dataclass(frozen=True)
class Write(Read):
    """A function that changes rows, and the statement that reads them after the commit."""

    answer: str


OPERATIONS: dict[str, Read | str] = {
    # No statement: only the HTTP server and the token are measured.
    "Nothing": '{"__typename":"Query"}',
    "Tiers": Read(_TIERS, lambda variables: ()),
    "Dashboard": Read(_DASHBOARD, lambda variables: (variables["userId"],)),
    "Members": Read(_MEMBERS, lambda variables: ()),
    "LedgerPage": Read(
        _LEDGER_PAGE,
        lambda variables: (
            variables["userId"],
            int(variables["after"]) if variables.get("after") else None,
            variables.get("first", 20),
        ),
    ),
    "Earn": Write(
        "SELECT member_id, seq FROM bench.earn_points($1, $2, $3, $4)",
        lambda variables: (
            variables["input"]["userId"],
            variables["input"]["points"],
            variables["input"].get("reference"),
            variables["input"]["idempotencyKey"],
        ),
        _EARN,
    ),
    "Issue": Read(
        _ISSUED,
        lambda variables: (
            variables["input"]["userId"],
            variables["input"]["rewardPoints"],
            variables["input"]["idempotencyKey"],
        ),
    ),
    "Complete": Write(
        "SELECT referrer_id, id FROM bench.complete_referral($1, $2)",
        lambda variables: (variables["input"]["code"], variables["input"]["inviteeId"]),
        _COMPLETED,
    ),
}
