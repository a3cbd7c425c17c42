/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends {
    [key: string]: unknown;
}> = {
    [K in keyof T]: T[K];
};
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | {
    [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never;
};
import type * as Types from './schema.js';
export type MyDashboardQueryVariables = Exact<{
    ledgerFirst?: number;
    invitesFirst?: number;
}>;
export type MyDashboardQuery = {
    me: DashboardFieldsFragment | null;
};
export type MemberDashboardQueryVariables = Exact<{
    userId: string;
    ledgerFirst?: number;
    invitesFirst?: number;
}>;
export type MemberDashboardQuery = {
    member: DashboardFieldsFragment | null;
};
export type MemberLedgerQueryVariables = Exact<{
    userId: string;
    first?: number;
    after?: string | null | undefined;
    kinds?: Array<Types.LedgerEntryKind> | Types.LedgerEntryKind | null | undefined;
}>;
export type MemberLedgerQuery = {
    member: {
        id: string;
        ledger: LedgerPageFieldsFragment;
    } | null;
};
export type MemberInvitesQueryVariables = Exact<{
    userId: string;
    first?: number;
    after?: string | null | undefined;
    statuses?: Array<Types.InviteStatus> | Types.InviteStatus | null | undefined;
}>;
export type MemberInvitesQuery = {
    member: {
        id: string;
        invites: InvitePageFieldsFragment;
    } | null;
};
export type TierFieldsFragment = {
    id: string;
    slug: string;
    name: string;
    pointThreshold: number;
    benefits: unknown;
    isActive: boolean;
};
export type ProgressFieldsFragment = {
    pointsToNextTier: number | null;
    fraction: number;
    nextTier: TierFieldsFragment | null;
};
export type LedgerEntryFieldsFragment = {
    id: string;
    seq: number;
    kind: Types.LedgerEntryKind;
    points: number;
    balanceAfter: number;
    description: string | null;
    reference: string | null;
    metadata: unknown;
    createdAt: string;
    reverses: {
        id: string;
        seq: number;
    } | null;
};
export type InviteFieldsFragment = {
    id: string;
    code: string;
    source: Types.InviteSource;
    status: Types.InviteStatus;
    inviteeEmail: string | null;
    rewardPoints: number;
    inviteeRewardPoints: number;
    metadata: unknown;
    expiresAt: string | null;
    completedAt: string | null;
    cancelledAt: string | null;
    createdAt: string;
};
export type InviteWithPeopleFieldsFragment = {
    referrer: UserFieldsFragment | null;
    invitee: UserFieldsFragment | null;
} & InviteFieldsFragment;
export type MemberFieldsFragment = {
    id: string;
    userId: string;
    referralCode: string;
    pointsBalance: number;
    lifetimePoints: number;
    tierSince: string | null;
    createdAt: string;
    tier: TierFieldsFragment | null;
    progress: ProgressFieldsFragment;
};
export type UserFieldsFragment = {
    id: string;
    userId: string;
    email: string | null;
    displayName: string | null;
    marketingMessages: boolean;
    createdAt: string;
};
export type PageFieldsFragment = {
    hasNextPage: boolean;
    endCursor: string | null;
};
export type LedgerPageFieldsFragment = {
    edges: Array<{
        cursor: string;
        node: LedgerEntryFieldsFragment;
    }>;
    pageInfo: PageFieldsFragment;
};
export type InvitePageFieldsFragment = {
    edges: Array<{
        cursor: string;
        node: InviteFieldsFragment;
    }>;
    pageInfo: PageFieldsFragment;
};
export type DashboardFieldsFragment = {
    user: UserFieldsFragment | null;
    ledger: LedgerPageFieldsFragment;
    invites: InvitePageFieldsFragment;
} & MemberFieldsFragment;
export type ReferralInviteQueryVariables = Exact<{
    code: string;
}>;
export type ReferralInviteQuery = {
    referralInvite: InviteFieldsFragment | null;
};
export type ReferralInvitesQueryVariables = Exact<{
    first?: number;
    after?: string | null | undefined;
    statuses?: Array<Types.InviteStatus> | Types.InviteStatus | null | undefined;
    referrerId?: string | null | undefined;
}>;
export type ReferralInvitesQuery = {
    referralInvites: {
        edges: Array<{
            cursor: string;
            node: InviteWithPeopleFieldsFragment;
        }>;
        pageInfo: PageFieldsFragment;
    };
};
export type SearchMembersQueryVariables = Exact<{
    first?: number;
    after?: string | null | undefined;
    search?: string | null | undefined;
    tierSlug?: string | null | undefined;
    orderBy?: Types.MemberOrder;
}>;
export type SearchMembersQuery = {
    members: {
        edges: Array<{
            cursor: string;
            node: {
                user: UserFieldsFragment | null;
            } & MemberFieldsFragment;
        }>;
        pageInfo: PageFieldsFragment;
    };
};
export type EarnPointsMutationVariables = Exact<{
    input: Types.EarnPointsInput;
}>;
export type EarnPointsMutation = {
    earnPoints: {
        __typename: 'EarnPointsSuccess';
        replayed: boolean;
        entry: LedgerEntryFieldsFragment;
        member: MemberFieldsFragment;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'PointsLimitExceeded';
        code: Types.ErrorCode;
        message: string;
    } & PointsLimitExceededFieldsFragment) | ({
        __typename: 'UserNotFound';
        code: Types.ErrorCode;
        message: string;
    } & UserNotFoundFieldsFragment);
};
export type RedeemPointsMutationVariables = Exact<{
    input: Types.RedeemPointsInput;
}>;
export type RedeemPointsMutation = {
    redeemPoints: ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InsufficientPoints';
        code: Types.ErrorCode;
        message: string;
    } & InsufficientPointsFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | {
        __typename: 'RedeemPointsSuccess';
        replayed: boolean;
        entry: LedgerEntryFieldsFragment;
        member: MemberFieldsFragment;
    } | ({
        __typename: 'UserNotFound';
        code: Types.ErrorCode;
        message: string;
    } & UserNotFoundFieldsFragment);
};
export type AdjustPointsMutationVariables = Exact<{
    input: Types.AdjustPointsInput;
}>;
export type AdjustPointsMutation = {
    adjustPoints: {
        __typename: 'AdjustPointsSuccess';
        replayed: boolean;
        entry: LedgerEntryFieldsFragment;
        member: MemberFieldsFragment;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InsufficientPoints';
        code: Types.ErrorCode;
        message: string;
    } & InsufficientPointsFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'PointsLimitExceeded';
        code: Types.ErrorCode;
        message: string;
    } & PointsLimitExceededFieldsFragment) | ({
        __typename: 'UserNotFound';
        code: Types.ErrorCode;
        message: string;
    } & UserNotFoundFieldsFragment);
};
export type ReverseLedgerEntryMutationVariables = Exact<{
    input: Types.ReverseLedgerEntryInput;
}>;
export type ReverseLedgerEntryMutation = {
    reverseLedgerEntry: ({
        __typename: 'EntryAlreadyReversed';
        code: Types.ErrorCode;
        message: string;
    } & EntryAlreadyReversedFieldsFragment) | ({
        __typename: 'EntryNotReversible';
        code: Types.ErrorCode;
        message: string;
    } & EntryNotReversibleFieldsFragment) | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InsufficientPoints';
        code: Types.ErrorCode;
        message: string;
    } & InsufficientPointsFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'LedgerEntryNotFound';
        code: Types.ErrorCode;
        message: string;
    } & LedgerEntryNotFoundFieldsFragment) | ({
        __typename: 'PointsLimitExceeded';
        code: Types.ErrorCode;
        message: string;
    } & PointsLimitExceededFieldsFragment) | {
        __typename: 'ReverseLedgerEntrySuccess';
        replayed: boolean;
        entry: LedgerEntryFieldsFragment;
        member: MemberFieldsFragment;
    };
};
export type IssueReferralInviteMutationVariables = Exact<{
    input: Types.IssueReferralInviteInput;
}>;
export type IssueReferralInviteMutation = {
    issueReferralInvite: ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | {
        __typename: 'IssueReferralInviteSuccess';
        replayed: boolean;
        invite: InviteWithPeopleFieldsFragment;
    } | ({
        __typename: 'SelfReferral';
        code: Types.ErrorCode;
        message: string;
    } & SelfReferralFieldsFragment) | ({
        __typename: 'UserNotFound';
        code: Types.ErrorCode;
        message: string;
    } & UserNotFoundFieldsFragment);
};
export type CancelReferralInviteMutationVariables = Exact<{
    input: Types.CancelReferralInviteInput;
}>;
export type CancelReferralInviteMutation = {
    cancelReferralInvite: {
        __typename: 'CancelReferralInviteSuccess';
        replayed: boolean;
        invite: InviteWithPeopleFieldsFragment;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'InviteAlreadyConverted';
        code: Types.ErrorCode;
        message: string;
    } & InviteAlreadyConvertedFieldsFragment) | ({
        __typename: 'InviteExpired';
        code: Types.ErrorCode;
        message: string;
    } & InviteExpiredFieldsFragment) | ({
        __typename: 'ReferralCodeNotFound';
        code: Types.ErrorCode;
        message: string;
    } & ReferralCodeNotFoundFieldsFragment);
};
export type CompleteReferralMutationVariables = Exact<{
    input: Types.CompleteReferralInput;
}>;
export type CompleteReferralMutation = {
    completeReferral: {
        __typename: 'CompleteReferralSuccess';
        replayed: boolean;
        invite: InviteWithPeopleFieldsFragment;
        referrer: MemberFieldsFragment;
        invitee: MemberFieldsFragment;
        referrerEntry: LedgerEntryFieldsFragment;
        inviteeEntry: LedgerEntryFieldsFragment | null;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'InviteAlreadyConverted';
        code: Types.ErrorCode;
        message: string;
    } & InviteAlreadyConvertedFieldsFragment) | ({
        __typename: 'InviteCancelled';
        code: Types.ErrorCode;
        message: string;
    } & InviteCancelledFieldsFragment) | ({
        __typename: 'InviteExpired';
        code: Types.ErrorCode;
        message: string;
    } & InviteExpiredFieldsFragment) | ({
        __typename: 'InviteeAlreadyReferred';
        code: Types.ErrorCode;
        message: string;
    } & InviteeAlreadyReferredFieldsFragment) | ({
        __typename: 'InviteeNotNew';
        code: Types.ErrorCode;
        message: string;
    } & InviteeNotNewFieldsFragment) | ({
        __typename: 'PointsLimitExceeded';
        code: Types.ErrorCode;
        message: string;
    } & PointsLimitExceededFieldsFragment) | ({
        __typename: 'ReferralCodeNotFound';
        code: Types.ErrorCode;
        message: string;
    } & ReferralCodeNotFoundFieldsFragment) | ({
        __typename: 'SelfReferral';
        code: Types.ErrorCode;
        message: string;
    } & SelfReferralFieldsFragment) | ({
        __typename: 'UserNotFound';
        code: Types.ErrorCode;
        message: string;
    } & UserNotFoundFieldsFragment);
};
export type EntryAlreadyReversedFieldsFragment = {
    seq: number;
    reversedBySeq: number;
};
export type EntryNotReversibleFieldsFragment = {
    kind: Types.LedgerEntryKind;
};
export type IdempotencyKeyReusedFieldsFragment = {
    key: string;
};
export type InsufficientPointsFieldsFragment = {
    balance: number;
    requested: number;
};
export type InvalidInputFieldsFragment = {
    field: string;
};
export type InviteAlreadyConvertedFieldsFragment = {
    completedAt: string;
};
export type InviteCancelledFieldsFragment = {
    cancelledAt: string;
};
export type InviteExpiredFieldsFragment = {
    expiredAt: string;
};
export type InviteeAlreadyReferredFieldsFragment = {
    userId: string;
};
export type InviteeNotNewFieldsFragment = {
    ageDays: number;
    limitDays: number;
};
export type LedgerEntryNotFoundFieldsFragment = {
    userId: string;
    seq: number;
};
export type PointsLimitExceededFieldsFragment = {
    total: number;
    requested: number;
    limit: number;
};
export type ReferralCodeNotFoundFieldsFragment = {
    referralCode: string;
};
export type SelfReferralFieldsFragment = {
    userId: string;
};
export type TierNotFoundFieldsFragment = {
    slug: string;
};
export type TierSlugTakenFieldsFragment = {
    slug: string;
};
export type TierThresholdTakenFieldsFragment = {
    pointThreshold: number;
};
export type UserNotFoundFieldsFragment = {
    userId: string;
};
export type CreateTierMutationVariables = Exact<{
    input: Types.CreateTierInput;
}>;
export type CreateTierMutation = {
    createTier: {
        __typename: 'CreateTierSuccess';
        membersReassessed: number;
        replayed: boolean;
        tier: TierFieldsFragment;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'TierSlugTaken';
        code: Types.ErrorCode;
        message: string;
    } & TierSlugTakenFieldsFragment) | ({
        __typename: 'TierThresholdTaken';
        code: Types.ErrorCode;
        message: string;
    } & TierThresholdTakenFieldsFragment);
};
export type UpdateTierMutationVariables = Exact<{
    input: Types.UpdateTierInput;
}>;
export type UpdateTierMutation = {
    updateTier: ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'TierNotFound';
        code: Types.ErrorCode;
        message: string;
    } & TierNotFoundFieldsFragment) | ({
        __typename: 'TierThresholdTaken';
        code: Types.ErrorCode;
        message: string;
    } & TierThresholdTakenFieldsFragment) | {
        __typename: 'UpdateTierSuccess';
        membersReassessed: number;
        replayed: boolean;
        tier: TierFieldsFragment;
    };
};
export type ArchiveTierMutationVariables = Exact<{
    input: Types.ArchiveTierInput;
}>;
export type ArchiveTierMutation = {
    archiveTier: {
        __typename: 'ArchiveTierSuccess';
        membersReassessed: number;
        replayed: boolean;
        tier: TierFieldsFragment;
    } | ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | ({
        __typename: 'TierNotFound';
        code: Types.ErrorCode;
        message: string;
    } & TierNotFoundFieldsFragment);
};
export type TiersQueryVariables = Exact<{
    includeInactive?: boolean;
}>;
export type TiersQuery = {
    tiers: Array<TierFieldsFragment>;
};
export type TierQueryVariables = Exact<{
    slug: string;
}>;
export type TierQuery = {
    tier: TierFieldsFragment | null;
};
export type UpsertUserMutationVariables = Exact<{
    input: Types.UpsertUserInput;
}>;
export type UpsertUserMutation = {
    upsertUser: ({
        __typename: 'IdempotencyKeyReused';
        code: Types.ErrorCode;
        message: string;
    } & IdempotencyKeyReusedFieldsFragment) | ({
        __typename: 'InvalidInput';
        code: Types.ErrorCode;
        message: string;
    } & InvalidInputFieldsFragment) | {
        __typename: 'UpsertUserSuccess';
        created: boolean;
        replayed: boolean;
        user: UserFieldsFragment;
    };
};
export {};
