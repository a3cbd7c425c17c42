export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T> | undefined;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
    ID: {
        input: string;
        output: string;
    };
    String: {
        input: string;
        output: string;
    };
    Boolean: {
        input: boolean;
        output: boolean;
    };
    Int: {
        input: number;
        output: number;
    };
    Float: {
        input: number;
        output: number;
    };
    /** Date with time (isoformat) */
    DateTime: {
        input: string;
        output: string;
    };
    /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf). */
    JSON: {
        input: unknown;
        output: unknown;
    };
    /** A whole number of points, of either sign, as far as JavaScript counts exactly: from -9007199254740991 to 9007199254740991. */
    Points: {
        input: number;
        output: number;
    };
};
/** A correction of a balance by hand. The tier stays. */
export type AdjustPointsInput = {
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey: Scalars['String']['input'];
    /** A JSON object of at most 8,192 bytes, kept as it is given. No personal data. */
    metadata?: InputMaybe<Scalars['JSON']['input']>;
    /** By how many points, of either sign; not 0. */
    points: Scalars['Points']['input'];
    /** Why, in words. At most 500 characters. */
    reason: Scalars['String']['input'];
    /** What it belongs to, such as an order's id. At most 200 characters. */
    reference?: InputMaybe<Scalars['String']['input']>;
    /** The platform's own id of the user, 1 to 128 characters. */
    userId: Scalars['ID']['input'];
};
/** AdjustPointsSuccess, or why nothing was done. */
export type AdjustPointsResult = AdjustPointsSuccess | IdempotencyKeyReused | InsufficientPoints | InvalidInput | PointsLimitExceeded | UserNotFound;
/** The balance was corrected. */
export type AdjustPointsSuccess = {
    __typename: 'AdjustPointsSuccess';
    /** The entry that was written. */
    entry: LedgerEntry;
    /** The member as they are now. */
    member: Member;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** A tier to take out of the ladder. */
export type ArchiveTierInput = {
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** The tier's slug. */
    slug: Scalars['String']['input'];
};
/** ArchiveTierSuccess, or why nothing was done. */
export type ArchiveTierResult = ArchiveTierSuccess | IdempotencyKeyReused | InvalidInput | TierNotFound;
/** The tier is archived. */
export type ArchiveTierSuccess = {
    __typename: 'ArchiveTierSuccess';
    /** How many members have another tier because of it. Nobody is mailed. */
    membersReassessed: Scalars['Points']['output'];
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
    /** The tier as it is now. */
    tier: Tier;
};
/** An invite to withdraw. */
export type CancelReferralInviteInput = {
    /** The invite's code. */
    code: Scalars['String']['input'];
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};
/** CancelReferralInviteSuccess, or why nothing was done. */
export type CancelReferralInviteResult = CancelReferralInviteSuccess | IdempotencyKeyReused | InvalidInput | InviteAlreadyConverted | InviteExpired | ReferralCodeNotFound;
/** The invite is cancelled. */
export type CancelReferralInviteSuccess = {
    __typename: 'CancelReferralInviteSuccess';
    /** The invite as it is now. */
    invite: ReferralInvite;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** Who has come by which code. */
export type CompleteReferralInput = {
    /** An invite's code, or a member's share code. Case and hyphens do not matter. */
    code: Scalars['String']['input'];
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** The user who came: known, new, and never referred before. */
    inviteeId: Scalars['ID']['input'];
};
/** CompleteReferralSuccess, or why nothing was done. */
export type CompleteReferralResult = CompleteReferralSuccess | IdempotencyKeyReused | InvalidInput | InviteAlreadyConverted | InviteCancelled | InviteExpired | InviteeAlreadyReferred | InviteeNotNew | PointsLimitExceeded | ReferralCodeNotFound | SelfReferral | UserNotFound;
/** The referral is complete: the invite converted, rewards credited. */
export type CompleteReferralSuccess = {
    __typename: 'CompleteReferralSuccess';
    /** The converted invite. */
    invite: ReferralInvite;
    /** The invitee as they are now. */
    invitee: Member;
    /** What the invitee was credited; null where only the referrer is rewarded. */
    inviteeEntry?: Maybe<LedgerEntry>;
    /** The referrer as they are now. */
    referrer: Member;
    /** What the referrer was credited. */
    referrerEntry: LedgerEntry;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** A new step of the ladder. */
export type CreateTierInput = {
    /** What the tier gives: a JSON list of at most 50 items and 16,384 bytes. */
    benefits?: InputMaybe<Scalars['JSON']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** The name to show. At most 200 characters. */
    name: Scalars['String']['input'];
    /** The lifetime points from which a member has it: 0 or more, and not taken. */
    pointThreshold: Scalars['Points']['input'];
    /** Its lasting name: lower-case letters, digits and hyphens, at most 64. */
    slug: Scalars['String']['input'];
};
/** CreateTierSuccess, or why nothing was done. */
export type CreateTierResult = CreateTierSuccess | IdempotencyKeyReused | InvalidInput | TierSlugTaken | TierThresholdTaken;
/** The tier was created. */
export type CreateTierSuccess = {
    __typename: 'CreateTierSuccess';
    /** How many members have another tier because of it. Nobody is mailed. */
    membersReassessed: Scalars['Points']['output'];
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
    /** The tier as it is now. */
    tier: Tier;
};
/** Points to give to a member. They count towards a tier. */
export type EarnPointsInput = {
    /** What it is for, in words. At most 500 characters. */
    description?: InputMaybe<Scalars['String']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey: Scalars['String']['input'];
    /** A JSON object of at most 8,192 bytes, kept as it is given. No personal data. */
    metadata?: InputMaybe<Scalars['JSON']['input']>;
    /** How many points: at least 1. */
    points: Scalars['Points']['input'];
    /** What it belongs to, such as an order's id. At most 200 characters. */
    reference?: InputMaybe<Scalars['String']['input']>;
    /** The platform's own id of the user, 1 to 128 characters. */
    userId: Scalars['ID']['input'];
};
/** EarnPointsSuccess, or why nothing was done. */
export type EarnPointsResult = EarnPointsSuccess | IdempotencyKeyReused | InvalidInput | PointsLimitExceeded | UserNotFound;
/** The points were credited. */
export type EarnPointsSuccess = {
    __typename: 'EarnPointsSuccess';
    /** The entry that was written. */
    entry: LedgerEntry;
    /** The member as they are now. */
    member: Member;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** The entry was reversed before. An entry is reversed at most once. */
export type EntryAlreadyReversed = UserError & {
    __typename: 'EntryAlreadyReversed';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The number of its reversal. */
    reversedBySeq: Scalars['Points']['output'];
    /** The number of the entry. */
    seq: Scalars['Points']['output'];
};
/** A reversal cannot itself be reversed. Write a new entry instead. */
export type EntryNotReversible = UserError & {
    __typename: 'EntryNotReversible';
    /** The reason, for programs. */
    code: ErrorCode;
    /** The kind of the entry. */
    kind: LedgerEntryKind;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** Every reason for which a call is refused: the same codes over GraphQL and REST. */
export type ErrorCode = 
/** A value that no state of the service could accept. Correct it. */
'BAD_USER_INPUT'
/** No free referral code could be drawn. Try again. */
 | 'CODE_SPACE_EXHAUSTED'
/** The entry was reversed before. */
 | 'ENTRY_ALREADY_REVERSED'
/** A reversal cannot itself be reversed. */
 | 'ENTRY_NOT_REVERSIBLE'
/** The token is valid, but not for this. */
 | 'FORBIDDEN'
/** The key was used before, for another request. */
 | 'IDEMPOTENCY_KEY_REUSED'
/** The balance does not cover what would be taken from it. */
 | 'INSUFFICIENT_POINTS'
/** Somebody has referred the invitee before. */
 | 'INVITEE_ALREADY_REFERRED'
/** The invitee has been a user for longer than referrals allow. */
 | 'INVITEE_NOT_NEW'
/** The invite has been used. */
 | 'INVITE_ALREADY_CONVERTED'
/** The invite was withdrawn. */
 | 'INVITE_CANCELLED'
/** The invite's time was up. */
 | 'INVITE_EXPIRED'
/** The member has no such ledger entry. */
 | 'LEDGER_ENTRY_NOT_FOUND'
/** A total would exceed what points can be. */
 | 'POINTS_LIMIT_EXCEEDED'
/** The code is no invite's and no member's. */
 | 'REFERRAL_CODE_NOT_FOUND'
/** Referrer and invitee are one person, by user id or e-mail address. */
 | 'SELF_REFERRAL'
/** No tier has this slug. */
 | 'TIER_NOT_FOUND'
/** A tier, active or archived, has this slug. */
 | 'TIER_SLUG_TAKEN'
/** Another active tier begins at this threshold. */
 | 'TIER_THRESHOLD_TAKEN'
/** The call needs a valid token. */
 | 'UNAUTHENTICATED'
/** The service or its database is busy. Try again shortly. */
 | 'UNAVAILABLE'
/** No such user is known. Create them with `upsertUser`. */
 | 'USER_NOT_FOUND';
/** The idempotency key was used before, for another request. */
export type IdempotencyKeyReused = UserError & {
    __typename: 'IdempotencyKeyReused';
    /** The reason, for programs. */
    code: ErrorCode;
    /** The key that was given. */
    key: Scalars['String']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** The balance does not cover what would be taken from it. */
export type InsufficientPoints = UserError & {
    __typename: 'InsufficientPoints';
    /** What the balance was at that moment. */
    balance: Scalars['Points']['output'];
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** What would have been taken from it. */
    requested: Scalars['Points']['output'];
};
/** A value that no state of the service could accept. */
export type InvalidInput = UserError & {
    __typename: 'InvalidInput';
    /** The reason, for programs. */
    code: ErrorCode;
    /** The input field that was wrong. */
    field: Scalars['String']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** The invite has been used. An invite converts once. */
export type InviteAlreadyConverted = UserError & {
    __typename: 'InviteAlreadyConverted';
    /** The reason, for programs. */
    code: ErrorCode;
    /** When that was. */
    completedAt: Scalars['DateTime']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** The invite was withdrawn. */
export type InviteCancelled = UserError & {
    __typename: 'InviteCancelled';
    /** When that was. */
    cancelledAt: Scalars['DateTime']['output'];
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** The invite's time was up before it was used. */
export type InviteExpired = UserError & {
    __typename: 'InviteExpired';
    /** The reason, for programs. */
    code: ErrorCode;
    /** The moment from which it is void. */
    expiredAt: Scalars['DateTime']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** How a referral invite came to be. */
export type InviteSource = 
/** Issued for the member, with a code of its own to hand on. */
'ISSUED'
/** Made when somebody came by the member's share code. */
 | 'SHARE_CODE';
/** Where a referral invite stands, as of the moment of asking. */
export type InviteStatus = 
/** Withdrawn before anybody used it. */
'CANCELLED'
/** Used by the invitee, once and for all. */
 | 'CONVERTED'
/** Its time was up before anybody used it. */
 | 'EXPIRED'
/** Open: it can still be converted or cancelled. */
 | 'SENT';
/** Somebody has referred the invitee before. The first referrer wins. */
export type InviteeAlreadyReferred = UserError & {
    __typename: 'InviteeAlreadyReferred';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The invitee. */
    userId: Scalars['ID']['output'];
};
/** The invitee has been a user for longer than referrals allow. */
export type InviteeNotNew = UserError & {
    __typename: 'InviteeNotNew';
    /** For how many days they have been a user. */
    ageDays: Scalars['Int']['output'];
    /** The reason, for programs. */
    code: ErrorCode;
    /** Within how many days a referral counts. */
    limitDays: Scalars['Int']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** An invite in a member's name. */
export type IssueReferralInviteInput = {
    /** In how many days it is void, 1 to 3,650; null for never. */
    expiresInDays?: InputMaybe<Scalars['Int']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey: Scalars['String']['input'];
    /** The address that the invite is meant for. Not the referrer's. */
    inviteeEmail?: InputMaybe<Scalars['String']['input']>;
    /** What the invitee gets: 0 for nothing; the operator sets the most. */
    inviteeRewardPoints?: InputMaybe<Scalars['Points']['input']>;
    /** A JSON object of at most 8,192 bytes, kept as it is given. No personal data. */
    metadata?: InputMaybe<Scalars['JSON']['input']>;
    /** What the referrer gets: at least 1; the operator sets the most. */
    rewardPoints?: InputMaybe<Scalars['Points']['input']>;
    /** Who invites: a known user, who becomes a member if they are none. */
    userId: Scalars['ID']['input'];
};
/** IssueReferralInviteSuccess, or why nothing was done. */
export type IssueReferralInviteResult = IdempotencyKeyReused | InvalidInput | IssueReferralInviteSuccess | SelfReferral | UserNotFound;
/** The invite was issued. */
export type IssueReferralInviteSuccess = {
    __typename: 'IssueReferralInviteSuccess';
    /** The invite as it is now. */
    invite: ReferralInvite;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** One change of one balance. It is never changed afterwards. */
export type LedgerEntry = Node & {
    __typename: 'LedgerEntry';
    /** The subject of the token that wrote the entry. */
    actorId?: Maybe<Scalars['ID']['output']>;
    /** The balance with this entry. */
    balanceAfter: Scalars['Points']['output'];
    /** When the entry was written. */
    createdAt: Scalars['DateTime']['output'];
    /** What it was for, in words. At most 500 characters. */
    description?: Maybe<Scalars['String']['output']>;
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
    /** Why the balance changed. */
    kind: LedgerEntryKind;
    /** A JSON object of at most 8,192 bytes, kept as it was given. No personal data. */
    metadata: Scalars['JSON']['output'];
    /** By how much: positive for a credit, negative for a debit, never 0. */
    points: Scalars['Points']['output'];
    /** What it belongs to: an order, a ticket, a referral code. */
    reference?: Maybe<Scalars['String']['output']>;
    /** The entry that this one undoes, if it is a reversal. */
    reverses?: Maybe<LedgerEntry>;
    /** The entry's number in the member's ledger: 1, 2, 3… without gaps. */
    seq: Scalars['Points']['output'];
};
/** A page of a list. */
export type LedgerEntryConnection = {
    __typename: 'LedgerEntryConnection';
    /** The items of this page, in order. */
    edges: Array<LedgerEntryEdge>;
    /** Whether and where the list goes on. */
    pageInfo: PageInfo;
};
/** An item of a list, and where it stands in it. */
export type LedgerEntryEdge = {
    __typename: 'LedgerEntryEdge';
    /** Where the item stands: pass it as `after`. */
    cursor: Scalars['String']['output'];
    /** The item itself. */
    node: LedgerEntry;
};
/** Why a balance changed. */
export type LedgerEntryKind = 
/** A correction by hand, either way. Does not count towards a tier. */
'ADJUSTMENT'
/** Points earned, for an order for example. Counts towards a tier. */
 | 'EARN'
/** Points whose time was up. The tier stays. */
 | 'EXPIRE'
/** Points spent. The tier stays. */
 | 'REDEEM'
/** What a referrer gets for a completed referral. Counts towards a tier. */
 | 'REFERRAL_BONUS'
/** What an invitee gets for it. Counts towards a tier. */
 | 'REFERRAL_WELCOME'
/** Undoes one earlier entry, with what that one counted towards a tier. */
 | 'REVERSAL'
/** A gift for reaching a tier. Counts towards a tier. */
 | 'TIER_BONUS';
/** The member has no ledger entry of this number. */
export type LedgerEntryNotFound = UserError & {
    __typename: 'LedgerEntryNotFound';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The number of the entry that the id names. */
    seq: Scalars['Points']['output'];
    /** The member that the id names. */
    userId: Scalars['ID']['output'];
};
/** A user's membership: one a user, made when it is first looked up. */
export type Member = Node & {
    __typename: 'Member';
    /** When the membership was made. */
    createdAt: Scalars['DateTime']['output'];
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
    /** The referral invites, newest first. `first` is at most 100. */
    invites: ReferralInviteConnection;
    /** The entries, newest first. `first` is at most 100. */
    ledger: LedgerEntryConnection;
    /** All qualifying points ever: they decide the tier, and spending keeps them. */
    lifetimePoints: Scalars['Points']['output'];
    /** The points to spend: the sum of the ledger, never below 0. */
    pointsBalance: Scalars['Points']['output'];
    /** How far the next tier is. */
    progress: TierProgress;
    /** The share code: whoever comes by it is credited to this member. */
    referralCode: Scalars['String']['output'];
    /** The tier that the lifetime points reach; null below the first. */
    tier?: Maybe<Tier>;
    /** Since when the member has the tier; null without a tier. */
    tierSince?: Maybe<Scalars['DateTime']['output']>;
    /** The user whose membership it is. */
    user?: Maybe<User>;
    /** The platform's own id of the user. */
    userId: Scalars['ID']['output'];
};
/** A user's membership: one a user, made when it is first looked up. */
export type MemberinvitesArgs = {
    after?: InputMaybe<Scalars['String']['input']>;
    first?: Scalars['Int']['input'];
    statuses?: InputMaybe<Array<InviteStatus>>;
};
/** A user's membership: one a user, made when it is first looked up. */
export type MemberledgerArgs = {
    after?: InputMaybe<Scalars['String']['input']>;
    first?: Scalars['Int']['input'];
    kinds?: InputMaybe<Array<LedgerEntryKind>>;
};
/** A page of a list. */
export type MemberConnection = {
    __typename: 'MemberConnection';
    /** The items of this page, in order. */
    edges: Array<MemberEdge>;
    /** Whether and where the list goes on. */
    pageInfo: PageInfo;
};
/** An item of a list, and where it stands in it. */
export type MemberEdge = {
    __typename: 'MemberEdge';
    /** Where the item stands: pass it as `after`. */
    cursor: Scalars['String']['output'];
    /** The item itself. */
    node: Member;
};
/** The orders in which members can be listed. The user id breaks every tie. */
export type MemberOrder = 
/** By lifetime points, highest first. */
'LIFETIME_POINTS'
/** By when they became members, newest first. */
 | 'NEWEST'
/** By user id, ascending. */
 | 'USER_ID';
/** What may be changed. Each field is one transaction, committed before it answers. */
export type Mutation = {
    __typename: 'Mutation';
    /** Corrects a balance by hand, either way, without touching the tier. */
    adjustPoints: AdjustPointsResult;
    /** Takes a tier out of the ladder, and puts its members on the one below. */
    archiveTier: ArchiveTierResult;
    /** Withdraws an invite that nobody has used. */
    cancelReferralInvite: CancelReferralInviteResult;
    /** Credits a member, and the invitee where the invite says so, for a new user who came by a code. The same code with the same invitee again is a replay. */
    completeReferral: CompleteReferralResult;
    /** Adds a tier, and puts every member on the tier that they now reach. */
    createTier: CreateTierResult;
    /** Gives a member points that count towards a tier. */
    earnPoints: EarnPointsResult;
    /** Issues an invite in a member's name. */
    issueReferralInvite: IssueReferralInviteResult;
    /** Takes points from a balance that covers them. */
    redeemPoints: RedeemPointsResult;
    /** Undoes a ledger entry, once, with what it counted towards a tier. */
    reverseLedgerEntry: ReverseLedgerEntryResult;
    /** Changes a tier, and puts every member on the tier that they now reach. */
    updateTier: UpdateTierResult;
    /** Makes a user known, or changes what is known of them. */
    upsertUser: UpsertUserResult;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationadjustPointsArgs = {
    input: AdjustPointsInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationarchiveTierArgs = {
    input: ArchiveTierInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationcancelReferralInviteArgs = {
    input: CancelReferralInviteInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationcompleteReferralArgs = {
    input: CompleteReferralInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationcreateTierArgs = {
    input: CreateTierInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationearnPointsArgs = {
    input: EarnPointsInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationissueReferralInviteArgs = {
    input: IssueReferralInviteInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationredeemPointsArgs = {
    input: RedeemPointsInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationreverseLedgerEntryArgs = {
    input: ReverseLedgerEntryInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationupdateTierArgs = {
    input: UpdateTierInput;
};
/** What may be changed. Each field is one transaction, committed before it answers. */
export type MutationupsertUserArgs = {
    input: UpsertUserInput;
};
/** Something that can be asked for again by its id. */
export type Node = {
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
};
/** Information to aid in pagination. */
export type PageInfo = {
    __typename: 'PageInfo';
    /** When paginating forwards, the cursor to continue. */
    endCursor?: Maybe<Scalars['String']['output']>;
    /** When paginating forwards, are there more items? */
    hasNextPage: Scalars['Boolean']['output'];
    /** When paginating backwards, are there more items? */
    hasPreviousPage: Scalars['Boolean']['output'];
    /** When paginating backwards, the cursor to continue. */
    startCursor?: Maybe<Scalars['String']['output']>;
};
/** The balance or the lifetime points would exceed what points can be. */
export type PointsLimitExceeded = UserError & {
    __typename: 'PointsLimitExceeded';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What the total may be at most. */
    limit: Scalars['Points']['output'];
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** What would have been added to it. */
    requested: Scalars['Points']['output'];
    /** What the total was at that moment. */
    total: Scalars['Points']['output'];
};
/** What may be asked. */
export type Query = {
    __typename: 'Query';
    /** The caller's own membership, made on the first visit. Null for an admin whom the platform does not know as a user. */
    me?: Maybe<Member>;
    /** A user's membership, made if they have none. Null for an unknown user. */
    member?: Maybe<Member>;
    /** The members. `first` is at most 100. `search` is the beginning of a user id, an e-mail address or a name, in any letter case. Looking for members makes none. */
    members: MemberConnection;
    /** The object with this id. Null where there is none that the caller may see. */
    node?: Maybe<Node>;
    /** The objects with these ids, in their order. At most 100. */
    nodes: Array<Maybe<Node>>;
    /** The invite with this code: for the member who issued it, and for admins. */
    referralInvite?: Maybe<ReferralInvite>;
    /** Everybody's invites, or one referrer's, newest first. `first` is at most 100. */
    referralInvites: ReferralInviteConnection;
    /** The tier, active or archived, with this slug. Public. */
    tier?: Maybe<Tier>;
    /** The tiers, by ascending threshold. Public. */
    tiers: Array<Tier>;
};
/** What may be asked. */
export type QuerymemberArgs = {
    userId: Scalars['ID']['input'];
};
/** What may be asked. */
export type QuerymembersArgs = {
    after?: InputMaybe<Scalars['String']['input']>;
    first?: Scalars['Int']['input'];
    orderBy?: MemberOrder;
    search?: InputMaybe<Scalars['String']['input']>;
    tierSlug?: InputMaybe<Scalars['String']['input']>;
};
/** What may be asked. */
export type QuerynodeArgs = {
    id: Scalars['ID']['input'];
};
/** What may be asked. */
export type QuerynodesArgs = {
    ids: Array<Scalars['ID']['input']>;
};
/** What may be asked. */
export type QueryreferralInviteArgs = {
    code: Scalars['String']['input'];
};
/** What may be asked. */
export type QueryreferralInvitesArgs = {
    after?: InputMaybe<Scalars['String']['input']>;
    first?: Scalars['Int']['input'];
    referrerId?: InputMaybe<Scalars['ID']['input']>;
    statuses?: InputMaybe<Array<InviteStatus>>;
};
/** What may be asked. */
export type QuerytierArgs = {
    slug: Scalars['String']['input'];
};
/** What may be asked. */
export type QuerytiersArgs = {
    includeInactive?: Scalars['Boolean']['input'];
};
/** Points to take from a balance that covers them. The tier stays. */
export type RedeemPointsInput = {
    /** What it is for, in words. At most 500 characters. */
    description?: InputMaybe<Scalars['String']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey: Scalars['String']['input'];
    /** A JSON object of at most 8,192 bytes, kept as it is given. No personal data. */
    metadata?: InputMaybe<Scalars['JSON']['input']>;
    /** How many points: at least 1. */
    points: Scalars['Points']['input'];
    /** What it belongs to, such as an order's id. At most 200 characters. */
    reference?: InputMaybe<Scalars['String']['input']>;
    /** The platform's own id of the user, 1 to 128 characters. */
    userId: Scalars['ID']['input'];
};
/** RedeemPointsSuccess, or why nothing was done. */
export type RedeemPointsResult = IdempotencyKeyReused | InsufficientPoints | InvalidInput | RedeemPointsSuccess | UserNotFound;
/** The points were taken. */
export type RedeemPointsSuccess = {
    __typename: 'RedeemPointsSuccess';
    /** The entry that was written. */
    entry: LedgerEntry;
    /** The member as they are now. */
    member: Member;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** The code is no invite's, and no member's where that would do. */
export type ReferralCodeNotFound = UserError & {
    __typename: 'ReferralCodeNotFound';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The code that was given. */
    referralCode: Scalars['String']['output'];
};
/** A member's invitation of somebody new. */
export type ReferralInvite = Node & {
    __typename: 'ReferralInvite';
    /** When it was cancelled. */
    cancelledAt?: Maybe<Scalars['DateTime']['output']>;
    /** The code to hand on. Letter case, spaces and hyphens do not matter. */
    code: Scalars['String']['output'];
    /** When it was converted. */
    completedAt?: Maybe<Scalars['DateTime']['output']>;
    /** When it was issued. */
    createdAt: Scalars['DateTime']['output'];
    /** The moment from which it is void; null if it never is. */
    expiresAt?: Maybe<Scalars['DateTime']['output']>;
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
    /** The user who came by it, once it is converted. */
    invitee?: Maybe<User>;
    /** The address that it was meant for, if one was given. */
    inviteeEmail?: Maybe<Scalars['String']['output']>;
    /** What the invitee gets for it; 0 where only the referrer is rewarded. */
    inviteeRewardPoints: Scalars['Points']['output'];
    /** A JSON object of at most 8,192 bytes for whoever sends the message. */
    metadata: Scalars['JSON']['output'];
    /** The user who invites. */
    referrer?: Maybe<User>;
    /** What the referrer gets for it. */
    rewardPoints: Scalars['Points']['output'];
    /** How the invite came to be. */
    source: InviteSource;
    /** Where the invite stands now. */
    status: InviteStatus;
};
/** A page of a list. */
export type ReferralInviteConnection = {
    __typename: 'ReferralInviteConnection';
    /** The items of this page, in order. */
    edges: Array<ReferralInviteEdge>;
    /** Whether and where the list goes on. */
    pageInfo: PageInfo;
};
/** An item of a list, and where it stands in it. */
export type ReferralInviteEdge = {
    __typename: 'ReferralInviteEdge';
    /** Where the item stands: pass it as `after`. */
    cursor: Scalars['String']['output'];
    /** The item itself. */
    node: ReferralInvite;
};
/** An entry to undo, by another entry. */
export type ReverseLedgerEntryInput = {
    /** The entry's `id`. */
    entryId: Scalars['ID']['input'];
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** Why, in words. At most 500 characters. */
    reason: Scalars['String']['input'];
};
/** ReverseLedgerEntrySuccess, or why nothing was done. */
export type ReverseLedgerEntryResult = EntryAlreadyReversed | EntryNotReversible | IdempotencyKeyReused | InsufficientPoints | InvalidInput | LedgerEntryNotFound | PointsLimitExceeded | ReverseLedgerEntrySuccess;
/** The entry was undone. */
export type ReverseLedgerEntrySuccess = {
    __typename: 'ReverseLedgerEntrySuccess';
    /** The entry that was written. */
    entry: LedgerEntry;
    /** The member as they are now. */
    member: Member;
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
};
/** Referrer and invitee are one person, by id or by e-mail address. */
export type SelfReferral = UserError & {
    __typename: 'SelfReferral';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The referrer. */
    userId: Scalars['ID']['output'];
};
/** A step of the loyalty ladder. */
export type Tier = Node & {
    __typename: 'Tier';
    /** What the tier gives: a JSON list of at most 50 items. */
    benefits: Scalars['JSON']['output'];
    /** When the tier was created. */
    createdAt: Scalars['DateTime']['output'];
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
    /** Whether members can have it. An archived tier keeps its row and its slug. */
    isActive: Scalars['Boolean']['output'];
    /** The name to show. */
    name: Scalars['String']['output'];
    /** The lifetime points from which a member has this tier. */
    pointThreshold: Scalars['Points']['output'];
    /** The tier's lasting name, such as `gold`. */
    slug: Scalars['String']['output'];
    /** When it was last changed. */
    updatedAt: Scalars['DateTime']['output'];
};
/** No tier has this slug. */
export type TierNotFound = UserError & {
    __typename: 'TierNotFound';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The slug that was given. */
    slug: Scalars['String']['output'];
};
/** How far a member is on the way to the next tier. */
export type TierProgress = {
    __typename: 'TierProgress';
    /** The part of the way from this threshold to the next, 0 to 1; 1 at the top. */
    fraction: Scalars['Float']['output'];
    /** The tier above the present one; null at the top of the ladder. */
    nextTier?: Maybe<Tier>;
    /** How many lifetime points are missing; null at the top of the ladder. */
    pointsToNextTier?: Maybe<Scalars['Points']['output']>;
};
/** A tier, active or archived, has this slug. */
export type TierSlugTaken = UserError & {
    __typename: 'TierSlugTaken';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The slug that is taken. */
    slug: Scalars['String']['output'];
};
/** Another active tier begins at this threshold. */
export type TierThresholdTaken = UserError & {
    __typename: 'TierThresholdTaken';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The threshold that is taken. */
    pointThreshold: Scalars['Points']['output'];
};
/** New values for a tier. What is left out, or null, stays as it is. */
export type UpdateTierInput = {
    /** What the tier gives: a JSON list of at most 50 items and 16,384 bytes. */
    benefits?: InputMaybe<Scalars['JSON']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** True brings an archived tier back, false archives it. */
    isActive?: InputMaybe<Scalars['Boolean']['input']>;
    /** The name to show. At most 200 characters. */
    name?: InputMaybe<Scalars['String']['input']>;
    /** The lifetime points from which a member has it. */
    pointThreshold?: InputMaybe<Scalars['Points']['input']>;
    /** The tier's slug. It cannot be changed. */
    slug: Scalars['String']['input'];
};
/** UpdateTierSuccess, or why nothing was done. */
export type UpdateTierResult = IdempotencyKeyReused | InvalidInput | TierNotFound | TierThresholdTaken | UpdateTierSuccess;
/** The tier was changed. */
export type UpdateTierSuccess = {
    __typename: 'UpdateTierSuccess';
    /** How many members have another tier because of it. Nobody is mailed. */
    membersReassessed: Scalars['Points']['output'];
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
    /** The tier as it is now. */
    tier: Tier;
};
/** What the platform knows of a user. What is left out stays; null removes it. */
export type UpsertUserInput = {
    /** What to call them. At most 200 characters. */
    displayName?: InputMaybe<Scalars['String']['input']>;
    /** Where mail reaches them. At most 254 characters. */
    email?: InputMaybe<Scalars['String']['input']>;
    /** Your own name for this request, 1 to 255 characters: repeated with the same input it is answered as before, and done only once. */
    idempotencyKey?: InputMaybe<Scalars['String']['input']>;
    /** Whether they agree to be told of tiers and offers. A new user has not agreed. */
    marketingMessages?: InputMaybe<Scalars['Boolean']['input']>;
    /** The platform's own id of the user, 1 to 128 characters. */
    userId: Scalars['ID']['input'];
};
/** UpsertUserSuccess, or why nothing was done. */
export type UpsertUserResult = IdempotencyKeyReused | InvalidInput | UpsertUserSuccess;
/** The user is known as given. */
export type UpsertUserSuccess = {
    __typename: 'UpsertUserSuccess';
    /** Whether the user was unknown before. */
    created: Scalars['Boolean']['output'];
    /** Whether this is the answer to an earlier, equal request: nothing was done again. Totals and tiers are as they are now, entries as they were written. */
    replayed: Scalars['Boolean']['output'];
    /** The user as they are now. */
    user: User;
};
/** A user of the platform, as this service knows them. */
export type User = Node & {
    __typename: 'User';
    /** When this service first heard of them: referrals count from here. */
    createdAt: Scalars['DateTime']['output'];
    /** What to call them, if that is known. */
    displayName?: Maybe<Scalars['String']['output']>;
    /** Where mail reaches them, if that is known. */
    email?: Maybe<Scalars['String']['output']>;
    /** Identifies this object among all objects. Treat it as opaque. */
    id: Scalars['ID']['output'];
    /** Whether they have agreed to be told of tiers and offers. False until they do. */
    marketingMessages: Scalars['Boolean']['output'];
    /** The platform's own id of the user. */
    userId: Scalars['ID']['output'];
};
/** Why a call was refused. A refused call has changed nothing, not even its key. */
export type UserError = {
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
};
/** No such user is known. Create them with `upsertUser`. */
export type UserNotFound = UserError & {
    __typename: 'UserNotFound';
    /** The reason, for programs. */
    code: ErrorCode;
    /** What was wrong and what to do, for people. */
    message: Scalars['String']['output'];
    /** The id that was given. */
    userId: Scalars['ID']['output'];
};
