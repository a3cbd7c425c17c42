/** Does the referral and shows the dashboard against a running service; prints both as JSON. */
import { SearchMembersDocument, TiersDocument } from '@loyalty/types';
import type { MemberBody } from '@loyalty/types/rest';
import { GraphQLClient } from 'graphql-request';

import { myDashboard } from './dashboard.js';
import { performReferral } from './referral.js';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`set ${name}`);
  }
  return value;
}

const service = required('SERVICE_URL');
const client = (token?: string) =>
  new GraphQLClient(`${service}/graphql`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

const { tiers } = await client().request(TiersDocument, {});
const admin = client(required('ADMIN_TOKEN'));
const referral = await performReferral(admin);
const dashboard = await myDashboard(client(required('ADA_TOKEN')));
const found = await admin.request(SearchMembersDocument, {
  search: 'a',
  orderBy: 'LIFETIME_POINTS',
});
const answer = await fetch(`${service}/api/v1/loyalty/members/ada`, {
  headers: { authorization: `Bearer ${required('ADA_TOKEN')}` },
});
const rest = (await answer.json()) as MemberBody;

const shown = {
  tiers: tiers.map((tier) => tier.slug),
  referral,
  dashboard,
  members: found.members.edges.map(({ node }) => `${node.userId} ${node.lifetimePoints}`),
  restBalance: rest.pointsBalance,
};
process.stdout.write(JSON.stringify(shown));
