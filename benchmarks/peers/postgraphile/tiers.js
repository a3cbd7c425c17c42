// What is neither a column nor a relation: the tiers in order, and `progress` of a member, for
// which each request reads the tiers once.
import { loadOneWithPgClient } from "postgraphile/@dataplan/pg";
import { extendSchema } from "postgraphile/utils";

const ACTIVE_TIERS = {
  name: "activeTiers",
  text: `SELECT slug, name, point_threshold::float AS "pointThreshold"
    FROM loyalty_tiers WHERE is_active ORDER BY point_threshold`,
};

async function progressOfEach(client, lifetimePoints) {
  const { rows: activeTiers } = await client.query(ACTIVE_TIERS);
  return lifetimePoints.map((points) => progressOf(Number(points), activeTiers));
}

function progressOf(points, activeTiers) {
  const next = activeTiers.find((tier) => tier.pointThreshold > points);
  if (!next) {
    return { nextTier: null, pointsToNextTier: null, fraction: 1 };
  }
  const present = activeTiers.findLast((tier) => tier.pointThreshold <= points);
  const reachedAt = present ? present.pointThreshold : 0;
  return {
    nextTier: next,
    pointsToNextTier: next.pointThreshold - points,
    fraction: (points - reachedAt) / (next.pointThreshold - reachedAt),
  };
}

export const TiersPlugin = extendSchema((build) => {
  const { loyalty_tiers: loyaltyTiers } = build.pgResources;
  const { sql } = build;
  return {
    typeDefs: `
      type TierStep { slug: String! name: String! pointThreshold: BigInt! }
      type TierProgress { nextTier: TierStep pointsToNextTier: BigInt fraction: Float! }
      extend type LoyaltyMember { progress: TierProgress! }
      extend type Query { tiers: [LoyaltyTier!]! }
    `,
    objects: {
      Query: {
        plans: {
          tiers() {
            const $tiers = loyaltyTiers.find();
            $tiers.where(sql`${$tiers}.is_active`);
            $tiers.orderBy({ attribute: "point_threshold", direction: "ASC" });
            return $tiers;
          },
        },
      },
      LoyaltyMember: {
        plans: {
          progress: ($member) =>
            loadOneWithPgClient(
              loyaltyTiers.executor,
              $member.get("lifetime_points"),
              progressOfEach,
            ),
        },
      },
    },
  };
});
