/** The dashboard of one member, as a page would show it, and every entry behind it. */
import {
  type DashboardFieldsFragment,
  type LedgerEntryFieldsFragment,
  MemberLedgerDocument,
  MyDashboardDocument,
} from '@loyalty/types';
import type { GraphQLClient } from 'graphql-request';

export interface Dashboard {
  readonly balance: number;
  readonly tier: string | null;
  readonly next: string | null;
  readonly entries: string[];
  readonly invites: string[];
}

export async function myDashboard(member: GraphQLClient): Promise<Dashboard> {
  const { me } = await member.request(MyDashboardDocument, { ledgerFirst: 1 });
  if (me === null) {
    throw new Error('the token is of somebody whom the platform does not know');
  }
  const { nextTier, pointsToNextTier } = me.progress;
  const entries = await wholeLedger(member, me);
  return {
    balance: me.pointsBalance,
    tier: me.tier?.slug ?? null,
    next: nextTier && `${pointsToNextTier} to ${nextTier.slug}`,
    entries: entries.map((entry) => `${entry.seq} ${entry.kind} ${entry.points}`),
    invites: me.invites.edges.map(({ node }) => `${node.status} ${JSON.stringify(node.metadata)}`),
  };
}

async function wholeLedger(
  member: GraphQLClient,
  { userId, ledger }: DashboardFieldsFragment,
): Promise<LedgerEntryFieldsFragment[]> {
  const entries = ledger.edges.map((edge) => edge.node);
  let { hasNextPage, endCursor: after } = ledger.pageInfo;
  while (hasNextPage) {
    const next = await member.request(MemberLedgerDocument, { userId, first: 1, after });
    const page = next.member?.ledger;
    entries.push(...(page?.edges ?? []).map((edge) => edge.node));
    hasNextPage = page?.pageInfo.hasNextPage ?? false;
    after = page?.pageInfo.endCursor ?? null;
  }
  return entries;
}
