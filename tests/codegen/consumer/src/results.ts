/** The message that a person gets for each result. A case that is missing here does not compile. */
import type {
  CompleteReferralMutation,
  EarnPointsMutation,
  IssueReferralInviteMutation,
  RedeemPointsMutation,
  UpsertUserMutation,
} from '@loyalty/types';

function unhandled(result: never): never {
  throw new Error(`a result that this version does not know: ${JSON.stringify(result)}`);
}

export function upserted(result: UpsertUserMutation['upsertUser']): string {
  switch (result.__typename) {
    case 'UpsertUserSuccess':
      return `${result.user.userId} is known`;
    case 'UserErased':
      return `${result.userId} was erased at ${result.erasedAt}`;
    case 'IdempotencyKeyReused':
      return `${result.key} was used before`;
    case 'InvalidInput':
      return `${result.field}: ${result.message}`;
    default:
      return unhandled(result);
  }
}

export function issued(result: IssueReferralInviteMutation['issueReferralInvite']): string {
  switch (result.__typename) {
    case 'IssueReferralInviteSuccess':
      return result.invite.code;
    case 'UserNotFound':
    case 'UserErased':
    case 'SelfReferral':
      return `${result.code} ${result.userId}`;
    case 'IdempotencyKeyReused':
      return `${result.key} was used before`;
    case 'InvalidInput':
      return `${result.field}: ${result.message}`;
    default:
      return unhandled(result);
  }
}

export function completed(result: CompleteReferralMutation['completeReferral']): string {
  switch (result.__typename) {
    case 'CompleteReferralSuccess':
      return `${result.referrer.userId} +${result.referrerEntry.points}, ${result.invitee.userId} +${result.inviteeEntry?.points ?? 0}${result.replayed ? ', as before' : ''}`;
    case 'ReferralCodeNotFound':
      return `no such code: ${result.referralCode}`;
    case 'InviteExpired':
      return `expired at ${result.expiredAt}`;
    case 'InviteCancelled':
      return `cancelled at ${result.cancelledAt}`;
    case 'InviteAlreadyConverted':
      return `used at ${result.completedAt}`;
    case 'UserNotFound':
    case 'SelfReferral':
    case 'InviteeAlreadyReferred':
      return `${result.code} ${result.userId}`;
    case 'InviteeNotNew':
      return `${result.ageDays} days old, of ${result.limitDays}`;
    case 'PointsLimitExceeded':
      return `${result.total} and ${result.requested} are over ${result.limit}`;
    case 'IdempotencyKeyReused':
      return `${result.key} was used before`;
    case 'InvalidInput':
      return `${result.field}: ${result.message}`;
    default:
      return unhandled(result);
  }
}

export function earned(result: EarnPointsMutation['earnPoints']): string {
  switch (result.__typename) {
    case 'EarnPointsSuccess':
      return `${result.entry.kind} ${result.entry.points}: ${result.member.pointsBalance}`;
    case 'UserNotFound':
      return `${result.code} ${result.userId}`;
    case 'PointsLimitExceeded':
      return `${result.total} and ${result.requested} are over ${result.limit}`;
    case 'IdempotencyKeyReused':
      return `${result.key} was used before`;
    case 'InvalidInput':
      return `${result.field}: ${result.message}`;
    default:
      return unhandled(result);
  }
}

export function redeemed(result: RedeemPointsMutation['redeemPoints']): string {
  switch (result.__typename) {
    case 'RedeemPointsSuccess':
      return `${result.entry.kind} ${result.entry.points}: ${result.member.pointsBalance}`;
    case 'UserNotFound':
      return `${result.code} ${result.userId}`;
    case 'InsufficientPoints':
      return `${result.balance} of ${result.requested}`;
    case 'IdempotencyKeyReused':
      return `${result.key} was used before`;
    case 'InvalidInput':
      return `${result.field}: ${result.message}`;
    default:
      return unhandled(result);
  }
}
