// The writes: the same steps as the service's, each mutation one transaction.
import { createHash } from "node:crypto";

import { columns, activeTiers, queries } from "./queries.js";

const { MEMBER, ENTRY, INVITE } = columns;
// The advisory lock that locks the tiers.
const LOCK_TIERS = { name: "hold", text: "SELECT pg_advisory_xact_lock_shared(x'101A171E'::int)" };
const CLAIM_KEY = {
  name: "claim",
  text: `INSERT INTO idempotency_keys (actor_id, key, operation, request_hash)
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key`,
};
const EARLIER_USE = {
  name: "earlier",
  text: "SELECT request_hash, result FROM idempotency_keys WHERE actor_id = $1 AND key = $2",
};
const LOCK = {
  name: "lock",
  text: `SELECT ${MEMBER}, ledger_seq AS "ledgerSeq" FROM loyalty_members
    WHERE user_id = ANY ($1::text[]) ORDER BY user_id FOR UPDATE`,
};
// Entry, totals and tier in one statement.
const CREDIT = {
  name: "credit",
  text: `
    WITH entry AS (
      INSERT INTO loyalty_ledger_entries
        (member_id, seq, id, kind, points, balance_after, reference, invite_id, actor_id)
      VALUES ($1, $2, uuidv7(), $3, $4, $5, $6, $7, $8)
      RETURNING *
    ), member AS (
      UPDATE loyalty_members SET ledger_seq = $2, points_balance = $5, lifetime_points = $9,
        tier_id = $10::uuid,
        tier_since = CASE WHEN tier_id IS DISTINCT FROM $10::uuid THEN now() ELSE tier_since END
      WHERE user_id = $1
    )
    SELECT ${ENTRY} FROM entry`,
};
const RECORD = {
  name: "record",
  text: `INSERT INTO outbox_events (id, kind, user_id, payload)
    VALUES (uuidv7(), 'TIER_UPGRADED', $1, $2) RETURNING pg_notify('loyalty_outbox', '')`,
};
const KEEP_RESULT = {
  name: "keep",
  text: "UPDATE idempotency_keys SET result = $3 WHERE actor_id = $1 AND key = $2",
};
const ENTRY_BY_KEY = {
  name: "entryByKey",
  text: `SELECT ${ENTRY} FROM loyalty_ledger_entries WHERE member_id = $1 AND seq = $2`,
};
const INVITE_BY_KEY = {
  name: "inviteByKey",
  text: `SELECT ${INVITE} FROM loyalty_referral_invites WHERE referrer_id = $1 AND id = $2`,
};
const ISSUE = {
  name: "issue",
  text: `
    WITH invite AS (
      INSERT INTO loyalty_referral_invites
        (referrer_id, id, code, source, status, reward_points, invitee_reward_points, expires_at)
      VALUES ($1, uuidv7(), $2, 'ISSUED', 'SENT', $3, 0, now() + interval '30 days')
      RETURNING *
    ), claim AS (
      INSERT INTO loyalty_referral_codes (code, owner_id, invite_id)
      SELECT code, referrer_id, id FROM invite
    )
    SELECT ${INVITE} FROM invite`,
};
const CODE_CLAIM = {
  name: "codeClaim",
  text: `SELECT owner_id AS "ownerId", invite_id AS "inviteId" FROM loyalty_referral_codes
    WHERE code = $1`,
};
const ELIGIBLE = {
  name: "eligible",
  text: `SELECT status = 'SENT' AND (expires_at > now() OR expires_at IS NULL)
      AND users.id <> referrer_id AND users.created_at > now() - interval '30 days' AS "isEligible"
    FROM loyalty_referral_invites AS invite, users
    WHERE referrer_id = $1 AND invite.id = $2 AND users.id = $3 FOR UPDATE OF invite`,
};
const CONVERT = {
  name: "convert",
  text: `
    WITH attribution AS (
      INSERT INTO loyalty_referral_attributions (invitee_id, referrer_id, invite_id)
      VALUES ($3, $1, $2)
    )
    UPDATE loyalty_referral_invites
    SET status = 'CONVERTED', invitee_id = $3, completed_at = now()
    WHERE referrer_id = $1 AND id = $2
    RETURNING ${INVITE}`,
};

async function inTransaction(pool, work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const answer = await work(client);
    await client.query("COMMIT");
    return answer;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

// Does the work once for each key; `replay` reads the first answer again.
async function once(client, actorId, operation, input, work, replay) {
  const { idempotencyKey: key, ...request } = input;
  const fingerprint = createHash("sha256").update(JSON.stringify(request)).digest();
  const claim = { ...CLAIM_KEY, values: [actorId, key, operation, fingerprint] };
  if ((await client.query(claim)).rowCount === 1) {
    const { answer, reference } = await work();
    await client.query({ ...KEEP_RESULT, values: [actorId, key, reference] });
    return answer;
  }
  const [earlier] = (await client.query({ ...EARLIER_USE, values: [actorId, key] })).rows;
  if (!fingerprint.equals(earlier.request_hash)) {
    throw new Error("the idempotency key was used for another request");
  }
  return replay(earlier.result);
}

async function lock(client, userIds) {
  const { rows } = await client.query({ ...LOCK, values: [userIds] });
  if (rows.length !== userIds.length) {
    throw new Error("no such member");
  }
  return new Map(rows.map((member) => [member.userId, member]));
}

async function credit(client, actorId, member, kind, points, reference, inviteId) {
  const tiers = await activeTiers(client);
  const lifetimePoints = member.lifetimePoints + points;
  const before = tiers.find((tier) => tier.id === member.tierId);
  const after = tiers.findLast((tier) => tier.pointThreshold <= lifetimePoints);
  const [seq, balance] = [member.ledgerSeq + 1, member.pointsBalance + points];
  const written = await client.query({
    ...CREDIT,
    values: [
      ...[member.userId, seq, kind, points, balance, reference ?? null, inviteId, actorId],
      ...[lifetimePoints, after?.id ?? null],
    ],
  });
  if (after && (!before || after.pointThreshold > before.pointThreshold)) {
    const event = {
      userId: member.userId,
      ledgerSeq: seq,
      tierId: after.id,
      tierSlug: after.slug,
      tierName: after.name,
      previousTierSlug: before?.slug ?? null,
      lifetimePoints,
    };
    await client.query({ ...RECORD, values: [member.userId, event] });
  }
  const totals = { pointsBalance: balance, lifetimePoints, tierId: after?.id ?? null };
  return { entry: written.rows[0], member: { ...member, ...totals } };
}

export function answerEarn(pool, actorId, input) {
  const { userId, points, reference } = input;
  return inTransaction(pool, (client) =>
    once(
      client,
      actorId,
      "EarnPoints",
      input,
      async () => {
        await client.query(LOCK_TIERS);
        const member = (await lock(client, [userId])).get(userId);
        const answer = await credit(client, actorId, member, "EARN", points, reference, null);
        return { answer, reference: { member_id: userId, seq: answer.entry.seq } };
      },
      async ({ member_id, seq }) => ({
        entry: (await client.query({ ...ENTRY_BY_KEY, values: [member_id, seq] })).rows[0],
        member: (await client.query({ ...queries.member, values: [member_id] })).rows[0],
      }),
    ),
  );
}

export function answerIssue(pool, actorId, input, code) {
  const { userId, rewardPoints } = input;
  return inTransaction(pool, (client) =>
    once(
      client,
      actorId,
      "IssueReferralInvite",
      input,
      async () => {
        await lock(client, [userId]);
        const issued = await client.query({ ...ISSUE, values: [userId, code, rewardPoints] });
        const [invite] = issued.rows;
        return { answer: { invite }, reference: { referrer_id: userId, invite_id: invite.id } };
      },
      async ({ referrer_id, invite_id }) => ({
        invite: (await client.query({ ...INVITE_BY_KEY, values: [referrer_id, invite_id] }))
          .rows[0],
      }),
    ),
  );
}

export function answerComplete(pool, actorId, { code, inviteeId }) {
  return inTransaction(pool, async (client) => {
    const [claim] = (await client.query({ ...CODE_CLAIM, values: [code] })).rows;
    if (!claim?.inviteId) {
      throw new Error("no such code");
    }
    await client.query(LOCK_TIERS);
    const members = await lock(client, [claim.ownerId, inviteeId]);
    const key = [claim.ownerId, claim.inviteId, inviteeId];
    const [judged] = (await client.query({ ...ELIGIBLE, values: key })).rows;
    if (!judged?.isEligible) {
      throw new Error("the referral is refused");
    }
    // A second referral of one invitee violates the primary key of the attributions.
    const [invite] = (await client.query({ ...CONVERT, values: key })).rows;
    const referrer = members.get(claim.ownerId);
    const credited = await credit(
      ...[client, actorId, referrer, "REFERRAL_BONUS", invite.rewardPoints, code, invite.id],
    );
    return { invite, referrer: credited.member };
  });
}
