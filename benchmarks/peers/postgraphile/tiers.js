// What is neither a column nor a relation: the ladder in order, and `progress` of a member, for
// which each request reads the ladder once.
import { loadOneWithPgClient } from "postgraphile/@dataplan/pg";
import { extendSchema } from "postgraphile/utils";

const LADDER = {
  name: "ladder",
  text: `SELECT slug, name, point_threshold::float AS "pointThreshold"
    FROM loyalty_tiers WHERE is_active ORDER BY point_threshold`,
};

async function progressOfEach(client, lifetimePoints) {
  const { rows: ladder } = await client.query(LADDER);
  return lifetimePoints.map((points) => progressOf(Number(points), ladder));
}

function progressOf(points, ladder) {
  const next = ladder.find((tier) => tier.pointThreshold > points);
  if (!next) {
    return { nextTier: null, pointsToNextTier: null, fraction: 1 };
  }
  const present = ladder.findLast((tier) => tier.pointThreshold <= points);
  const floor = present ? present.pointThreshold : 0;
  return {
    nextTier: next,
    pointsToNextTier: next.pointThreshold - points,
    fraction: (points - floor) / (next.pointThreshold - floor),
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
