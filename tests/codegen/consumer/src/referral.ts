/** A referral as an admin's tool performs it, from two new users to a spent bonus. */
import {
  CompleteReferralDocument,
  EarnPointsDocument,
  IssueReferralInviteDocument,
  RedeemPointsDocument,
  UpsertUserDocument,
} from '@loyalty/types';
import type { GraphQLClient } from 'graphql-request';

import { completed, earned, issued, redeemed, upserted } from './results.js';

export interface Referral {
  readonly users: string[];
  readonly code: string;
  readonly completion: string;
  readonly replay: string;
  readonly secondInvitee: string;
  readonly unknownCode: string;
  readonly earning: string;
  readonly tooMuch: string;
  readonly spending: string;
}

export async function performReferral(admin: GraphQLClient): Promise<Referral> {
  const upsert = async (userId: string) =>
    upserted((await admin.request(UpsertUserDocument, { input: { userId } })).upsertUser);
  const complete = async (code: string, inviteeId: string) => {
    const input = { code, inviteeId };
    return completed((await admin.request(CompleteReferralDocument, { input })).completeReferral);
  };
  const redeem = async (points: number) => {
    const input = { userId: 'ada', points, idempotencyKey: `spend-${points}` };
    return redeemed((await admin.request(RedeemPointsDocument, { input })).redeemPoints);
  };

  const users = [await upsert('ada'), await upsert('grace'), await upsert('mary')];
  const invite = {
    userId: 'ada',
    rewardPoints: 600,
    inviteeRewardPoints: 100,
    metadata: { campaign: 'spring' },
    idempotencyKey: 'invite-1',
  };
  const { issueReferralInvite } = await admin.request(IssueReferralInviteDocument, {
    input: invite,
  });
  const code = issued(issueReferralInvite);
  const order = { userId: 'ada', points: 500, reference: 'order-1', idempotencyKey: 'order-1' };
  return {
    users,
    code,
    completion: await complete(code, 'grace'),
    replay: await complete(code.toLowerCase(), 'grace'),
    secondInvitee: await complete(code, 'mary'),
    unknownCode: await complete('0000000000', 'mary'),
    earning: earned((await admin.request(EarnPointsDocument, { input: order })).earnPoints),
    tooMuch: await redeem(5000),
    spending: await redeem(50),
  };
}
