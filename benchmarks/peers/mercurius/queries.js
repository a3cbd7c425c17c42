// The reads. A name makes a statement a prepared one on each connection.
const TIER = `id, slug, name, point_threshold AS "pointThreshold", benefits, is_active AS "isActive"`;
const MEMBER = `user_id AS "userId", referral_code AS "referralCode",
  points_balance AS "pointsBalance", lifetime_points AS "lifetimePoints", tier_id AS "tierId",
  tier_since AS "tierSince", created_at AS "createdAt"`;
const ENTRY = `member_id AS "memberId", seq, kind, points, balance_after AS "balanceAfter",
  description, reference, created_at AS "createdAt"`;
const INVITE = `referrer_id AS "referrerId", id, code,
  CASE WHEN status = 'SENT' AND expires_at <= now() THEN 'EXPIRED' ELSE status END AS status,
  reward_points AS "rewardPoints", invitee_reward_points AS "inviteeRewardPoints",
  expires_at AS "expiresAt", created_at AS "createdAt"`;

export const columns = { MEMBER, ENTRY, INVITE };

export const queries = {
  activeTiers: {
    name: "activeTiers",
    text: `SELECT ${TIER} FROM loyalty_tiers WHERE is_active ORDER BY point_threshold`,
  },
  member: { name: "member", text: `SELECT ${MEMBER} FROM loyalty_members WHERE user_id = $1` },
  members: {
    name: "members",
    text: `SELECT ${MEMBER} FROM loyalty_members ORDER BY created_at DESC, user_id LIMIT $1`,
  },
  tiersById: {
    name: "tiersById",
    text: `SELECT ${TIER} FROM loyalty_tiers WHERE id = ANY ($1::uuid[])`,
  },
  usersById: {
    name: "usersById",
    text: `SELECT id, display_name AS "displayName", email FROM users WHERE id = ANY ($1::text[])`,
  },
  ledger: {
    name: "ledger",
    text: `
      SELECT entry.* FROM unnest($1::text[]) AS asked (user_id)
      CROSS JOIN LATERAL (
        SELECT ${ENTRY} FROM loyalty_ledger_entries
        WHERE member_id = asked.user_id AND ($2::bigint IS NULL OR seq < $2::bigint)
        ORDER BY loyalty_ledger_entries.seq DESC LIMIT $3
      ) AS entry`,
  },
  invites: {
    name: "invites",
    text: `
      SELECT invite.* FROM unnest($1::text[]) AS asked (user_id)
      CROSS JOIN LATERAL (
        SELECT ${INVITE} FROM loyalty_referral_invites
        WHERE referrer_id = asked.user_id AND ($2::uuid IS NULL OR id < $2::uuid)
        ORDER BY loyalty_referral_invites.id DESC LIMIT $3
      ) AS invite`,
  },
};

export async function activeTiers(database) {
  return (await database.query(queries.activeTiers)).rows;
}
