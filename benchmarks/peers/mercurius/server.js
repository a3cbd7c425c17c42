// Mercurius as its users write it well: the JIT on, a loader for every relation with one batched
// lateral query, prepared statements, one transaction of few round trips for each mutation.
import { randomInt } from "node:crypto";

import Fastify from "fastify";
import { createVerifier } from "fast-jwt";
import mercurius from "mercurius";
import pg from "pg";

import { answerEarn, answerIssue, answerComplete } from "./mutations.js";
import { activeTiers, queries } from "./queries.js";

const POOL_SIZE = 20;

// Points are safe integers; as text they would have to be read again.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ max: POOL_SIZE });
const verify = createVerifier({
  key: process.env.AUTH_SECRET,
  algorithms: ["HS256"],
  allowedIss: process.env.AUTH_ISSUER,
  allowedAud: process.env.AUTH_AUDIENCE,
});

const typeDefs = `
  scalar JSON
  scalar DateTime
  scalar Points
  type Tier {
    slug: String!
    name: String!
    pointThreshold: Points!
    benefits: JSON!
    isActive: Boolean!
  }
  type TierProgress { pointsToNextTier: Points fraction: Float! nextTier: Tier }
  type User { displayName: String email: String }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type LedgerEntry {
    seq: Points!
    kind: String!
    points: Points!
    balanceAfter: Points!
    description: String
    reference: String
    createdAt: DateTime!
  }
  type LedgerEntryEdge { cursor: String! node: LedgerEntry! }
  type LedgerEntryConnection { edges: [LedgerEntryEdge!]! pageInfo: PageInfo! }
  type ReferralInvite {
    code: String!
    status: String!
    rewardPoints: Points!
    inviteeRewardPoints: Points!
    expiresAt: DateTime
    createdAt: DateTime!
  }
  type ReferralInviteEdge { cursor: String! node: ReferralInvite! }
  type ReferralInviteConnection { edges: [ReferralInviteEdge!]! pageInfo: PageInfo! }
  type Member {
    userId: ID!
    referralCode: String!
    pointsBalance: Points!
    lifetimePoints: Points!
    tierSince: DateTime
    createdAt: DateTime!
    tier: Tier
    progress: TierProgress!
    user: User
    ledger(first: Int! = 20, after: String): LedgerEntryConnection!
    invites(first: Int! = 20, after: String): ReferralInviteConnection!
  }
  type MemberEdge { cursor: String! node: Member! }
  type MemberConnection { edges: [MemberEdge!]! pageInfo: PageInfo! }
  type Query {
    tiers: [Tier!]!
    member(userId: ID!): Member
    members(first: Int! = 20): MemberConnection!
  }
  input EarnPointsInput {
    userId: ID!
    points: Points!
    reference: String
    idempotencyKey: String!
  }
  input IssueReferralInviteInput { userId: ID! rewardPoints: Points! idempotencyKey: String! }
  input CompleteReferralInput { code: String! inviteeId: ID! }
  type EarnPointsSuccess { entry: LedgerEntry! member: Member! }
  type IssueReferralInviteSuccess { invite: ReferralInvite! }
  type CompleteReferralSuccess { invite: ReferralInvite! referrer: Member! }
  type Mutation {
    earnPoints(input: EarnPointsInput!): EarnPointsSuccess!
    issueReferralInvite(input: IssueReferralInviteInput!): IssueReferralInviteSuccess!
    completeReferral(input: CompleteReferralInput!): CompleteReferralSuccess!
  }
`;

function requireAdmin({ role }) {
  if (role !== "admin") {
    throw new mercurius.ErrorWithProps("an admin's token, please", { code: "FORBIDDEN" });
  }
}

// A page is asked for with one row more: whether there is one says whether the list goes on.
function connection(rows, first, cursorOf) {
  const page = rows.slice(0, first);
  return {
    edges: page.map((row) => ({ cursor: cursorOf(row), node: row })),
    pageInfo: {
      hasNextPage: rows.length > first,
      endCursor: page.length ? cursorOf(page[page.length - 1]) : null,
    },
  };
}

// The rows of each object's list, all objects with the same arguments in one statement.
async function pages(asked, query, idOf, cursorOf) {
  const answers = new Array(asked.length);
  const groups = Map.groupBy(asked.keys(), (index) => JSON.stringify(asked[index].params));
  for (const indexes of groups.values()) {
    const { first, after } = asked[indexes[0]].params;
    const ids = indexes.map((index) => asked[index].obj.userId);
    const { rows } = await pool.query({ ...query, values: [ids, after ?? null, first + 1] });
    const byId = Map.groupBy(rows, idOf);
    for (const index of indexes) {
      answers[index] = connection(byId.get(asked[index].obj.userId) ?? [], first, cursorOf);
    }
  }
  return answers;
}

async function byKey(asked, query, keyOf, idOf) {
  const keys = [...new Set(asked.map(({ obj }) => keyOf(obj)))];
  const { rows } = await pool.query({ ...query, values: [keys] });
  const found = new Map(rows.map((row) => [idOf(row), row]));
  return asked.map(({ obj }) => found.get(keyOf(obj)) ?? null);
}

function progressOf(lifetimePoints, tiers) {
  const next = tiers.find((tier) => tier.pointThreshold > lifetimePoints);
  if (!next) {
    return { nextTier: null, pointsToNextTier: null, fraction: 1 };
  }
  const present = tiers.findLast((tier) => tier.pointThreshold <= lifetimePoints);
  const reachedAt = present ? present.pointThreshold : 0;
  return {
    nextTier: next,
    pointsToNextTier: next.pointThreshold - lifetimePoints,
    fraction: (lifetimePoints - reachedAt) / (next.pointThreshold - reachedAt),
  };
}

const resolvers = {
  Query: {
    tiers: () => activeTiers(pool),
    async member(_, { userId }, context) {
      requireAdmin(context);
      const { rows } = await pool.query({ ...queries.member, values: [userId] });
      return rows[0] ?? null;
    },
    async members(_, { first }, context) {
      requireAdmin(context);
      const { rows } = await pool.query({ ...queries.members, values: [first + 1] });
      return connection(rows, first, (row) => `${row.createdAt.toISOString()},${row.userId}`);
    },
  },
  Mutation: {
    earnPoints(_, { input }, context) {
      requireAdmin(context);
      return answerEarn(pool, context.actorId, input);
    },
    issueReferralInvite(_, { input }, context) {
      requireAdmin(context);
      return answerIssue(pool, context.actorId, input, newCode());
    },
    completeReferral(_, { input }, context) {
      requireAdmin(context);
      return answerComplete(pool, context.actorId, input);
    },
  },
};

const loaders = {
  Member: {
    tier: (asked) =>
      byKey(
        asked,
        queries.tiersById,
        (member) => member.tierId,
        (tier) => tier.id,
      ),
    user: (asked) =>
      byKey(
        asked,
        queries.usersById,
        (member) => member.userId,
        (user) => user.id,
      ),
    async progress(asked) {
      const tiers = await activeTiers(pool);
      return asked.map(({ obj }) => progressOf(obj.lifetimePoints, tiers));
    },
    ledger: (asked) =>
      pages(
        asked,
        queries.ledger,
        (entry) => entry.memberId,
        (entry) => String(entry.seq),
      ),
    invites: (asked) =>
      pages(
        asked,
        queries.invites,
        (invite) => invite.referrerId,
        (invite) => invite.id,
      ),
  },
};

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function newCode() {
  return Array.from({ length: 10 }, () => ALPHABET[randomInt(32)]).join("");
}

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  loaders,
  jit: 1,
  context(request) {
    const { authorization } = request.headers;
    if (!authorization) {
      return { role: "anonymous" };
    }
    const claims = verify(authorization.slice("Bearer ".length));
    return { role: claims.role, actorId: claims.sub };
  },
});
process.once("SIGTERM", async () => {
  await app.close();
  await pool.end();
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
