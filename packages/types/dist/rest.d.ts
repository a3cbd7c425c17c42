export interface paths {
    '/api/v1/loyalty/members/{user_id}': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A user's membership, made if they have none
         * @description For the user themselves, and for admins.
         */
        get: operations['get_member_api_v1_loyalty_members__user_id__get'];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    '/api/v1/loyalty/members/{user_id}/referrals': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Issue a referral invite in a member's name
         * @description For admins.
         */
        post: operations['post_referral_api_v1_loyalty_members__user_id__referrals_post'];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    '/api/v1/loyalty/referrals/complete': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete a referral, and credit whom it rewards
         * @description For admins. The same code with the same invitee again is answered as before.
         */
        post: operations['post_completion_api_v1_loyalty_referrals_complete_post'];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    '/api/v1/loyalty/tiers': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The active tiers, by ascending threshold
         * @description Public.
         */
        get: operations['get_tiers_api_v1_loyalty_tiers_get'];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    '/healthz': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description Public. Asks no database: a process that answers need not be restarted.
         */
        get: operations['healthz_healthz_get'];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    '/readyz': {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the service can do its work
         * @description Public. Asks the database, and whether its tables are as this code expects them.
         */
        get: operations['readyz_readyz_get'];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * CompleteReferralBody
         * @description Who has come by which code.
         */
        CompleteReferralBody: {
            /**
             * Code
             * @description An invite's code, or a member's share code.
             */
            code: string;
            /**
             * Inviteeid
             * @description The user who came.
             */
            inviteeId: string;
        };
        /**
         * ConversionBody
         * @description A completed referral.
         */
        ConversionBody: {
            /** @description The converted invite. */
            invite: components['schemas']['InviteBody'];
            /** @description The invitee as they are now. */
            invitee: components['schemas']['MemberBody'];
            /** @description The referrer as they are now. */
            referrer: components['schemas']['MemberBody'];
            /**
             * Replayed
             * @description Whether it was complete before: nobody is credited twice.
             */
            replayed: boolean;
        };
        /**
         * HealthBody
         * @description That the process answers.
         */
        HealthBody: {
            /**
             * Status
             * @description Always `ok`.
             */
            status: string;
        };
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components['schemas']['ValidationError'][];
        };
        /**
         * InviteBody
         * @description A member's invitation of somebody new.
         */
        InviteBody: {
            /**
             * Cancelledat
             * @description When it was cancelled.
             */
            cancelledAt: string | null;
            /**
             * Code
             * @description The code to hand on.
             */
            code: string;
            /**
             * Completedat
             * @description When it was converted.
             */
            completedAt: string | null;
            /**
             * Createdat
             * Format: date-time
             * @description When it was issued.
             */
            createdAt: string;
            /**
             * Expiresat
             * @description From when it is void; null for never.
             */
            expiresAt: string | null;
            /**
             * Inviteeemail
             * @description The address that it was meant for.
             */
            inviteeEmail: string | null;
            /**
             * Inviteeid
             * @description The user who came by it, once converted.
             */
            inviteeId: string | null;
            /**
             * Inviteerewardpoints
             * @description What the invitee gets; 0 for nothing.
             */
            inviteeRewardPoints: number;
            /**
             * Metadata
             * @description For whoever sends the message.
             */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Referrerid
             * @description The user who invites.
             */
            referrerId: string;
            /**
             * Rewardpoints
             * @description What the referrer gets.
             */
            rewardPoints: number;
            /** @description How the invite came to be. */
            source: components['schemas']['InviteSource'];
            /** @description Where it stands now. */
            status: components['schemas']['InviteStatus'];
        };
        /**
         * InviteSource
         * @description How an invite came to be.
         * @enum {string}
         */
        InviteSource: 'ISSUED' | 'SHARE_CODE';
        /**
         * InviteStatus
         * @description Where a referral invite stands; EXPIRED is never stored, it follows from the clock.
         * @enum {string}
         */
        InviteStatus: 'SENT' | 'CONVERTED' | 'EXPIRED' | 'CANCELLED';
        /**
         * IssueInviteBody
         * @description An invite to issue. What is left out takes the operator's default.
         */
        IssueInviteBody: {
            /**
             * Expiresindays
             * @description In how many days it is void, 1 to 3,650; null for never.
             */
            expiresInDays?: number | null;
            /**
             * Inviteeemail
             * @description The address that it is meant for.
             */
            inviteeEmail?: string | null;
            /**
             * Inviteerewardpoints
             * @description What the invitee gets.
             */
            inviteeRewardPoints?: number | null;
            /**
             * Metadata
             * @description A JSON object of at most 8,192 bytes.
             */
            metadata?: unknown;
            /**
             * Rewardpoints
             * @description What the referrer gets: 1 to 9007199254740991, or the operator's limit.
             */
            rewardPoints?: number | null;
        };
        /**
         * MemberBody
         * @description A user's membership.
         */
        MemberBody: {
            /**
             * Createdat
             * Format: date-time
             * @description When the membership was made.
             */
            createdAt: string;
            /**
             * Lifetimepoints
             * @description All qualifying points ever.
             */
            lifetimePoints: number;
            /**
             * Pointsbalance
             * @description The points to spend.
             */
            pointsBalance: number;
            /** @description How far the next tier is. */
            progress: components['schemas']['ProgressBody'];
            /**
             * Referralcode
             * @description The share code.
             */
            referralCode: string;
            /** @description The tier that they reach; null below the first. */
            tier: components['schemas']['TierBody'] | null;
            /**
             * Tiersince
             * @description Since when; null without a tier.
             */
            tierSince: string | null;
            /**
             * Userid
             * @description The platform's own id of the user.
             */
            userId: string;
        };
        /**
         * ProgressBody
         * @description How far a member is on the way to the next tier.
         */
        ProgressBody: {
            /**
             * Fraction
             * @description The part of the way, 0 to 1; 1 at the top.
             */
            fraction: number;
            /** @description The tier above; null at the top. */
            nextTier: components['schemas']['TierBody'] | null;
            /**
             * Pointstonexttier
             * @description Lifetime points missing; null at the top.
             */
            pointsToNextTier: number | null;
        };
        /**
         * ReadinessBody
         * @description Whether the service can do its work, and if not, why.
         */
        ReadinessBody: {
            /**
             * Database
             * @description `ok`, `away`, or `not migrated`.
             */
            database: string;
            /**
             * Expected Revision
             * @description The step that this code needs.
             */
            expected_revision: string;
            /**
             * Revision
             * @description The step of `migrations/` at which the database is.
             */
            revision: string | null;
            /**
             * Status
             * @description `ready` or `unavailable`.
             */
            status: string;
        };
        /**
         * TierBody
         * @description A step of the loyalty ladder.
         */
        TierBody: {
            /**
             * Benefits
             * @description What the tier gives.
             */
            benefits: unknown[];
            /**
             * Name
             * @description The name to show.
             */
            name: string;
            /**
             * Pointthreshold
             * @description The lifetime points from which a member has it.
             */
            pointThreshold: number;
            /**
             * Slug
             * @description The tier's lasting name.
             */
            slug: string;
        };
        /** ValidationError */
        ValidationError: {
            /** Context */
            ctx?: Record<string, never>;
            /** Input */
            input?: unknown;
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type CompleteReferralBody = components['schemas']['CompleteReferralBody'];
export type ConversionBody = components['schemas']['ConversionBody'];
export type HealthBody = components['schemas']['HealthBody'];
export type HttpValidationError = components['schemas']['HTTPValidationError'];
export type InviteBody = components['schemas']['InviteBody'];
export type InviteSource = components['schemas']['InviteSource'];
export type InviteStatus = components['schemas']['InviteStatus'];
export type IssueInviteBody = components['schemas']['IssueInviteBody'];
export type MemberBody = components['schemas']['MemberBody'];
export type ProgressBody = components['schemas']['ProgressBody'];
export type ReadinessBody = components['schemas']['ReadinessBody'];
export type TierBody = components['schemas']['TierBody'];
export type ValidationError = components['schemas']['ValidationError'];
export type $defs = Record<string, never>;
export interface operations {
    get_member_api_v1_loyalty_members__user_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The platform's own id of the user. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['MemberBody'];
                };
            };
            /** @description A refusal. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['HTTPValidationError'];
                };
            };
            /** @description A refusal. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    post_referral_api_v1_loyalty_members__user_id__referrals_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own name for this request: repeated, it is answered as before. */
                'Idempotency-Key'?: string | null;
            };
            path: {
                /** @description The platform's own id of the user. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                'application/json': components['schemas']['IssueInviteBody'];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['InviteBody'];
                };
            };
            /** @description A refusal. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['HTTPValidationError'];
                };
            };
            /** @description A refusal. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    post_completion_api_v1_loyalty_referrals_complete_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description Your own name for this request: repeated, it is answered as before. */
                'Idempotency-Key'?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                'application/json': components['schemas']['CompleteReferralBody'];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['ConversionBody'];
                };
            };
            /** @description A refusal. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A refusal. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['HTTPValidationError'];
                };
            };
            /** @description A refusal. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/problem+json': {
                        /**
                         * Code
                         * @description The reason, for programs.
                         */
                        code: string;
                        /**
                         * Detail
                         * @description What was wrong and what to do.
                         */
                        detail: string;
                        /**
                         * Status
                         * @description The HTTP status.
                         */
                        status: number;
                        /**
                         * Title
                         * @description The phrase of the HTTP status.
                         */
                        title: string;
                        /**
                         * Type
                         * @description Always `about:blank`.
                         */
                        type: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    get_tiers_api_v1_loyalty_tiers_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['TierBody'][];
                };
            };
        };
    };
    healthz_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['HealthBody'];
                };
            };
        };
    };
    readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['ReadinessBody'];
                };
            };
            /** @description Not now; the body says why. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    'application/json': components['schemas']['ReadinessBody'];
                };
            };
        };
    };
}
