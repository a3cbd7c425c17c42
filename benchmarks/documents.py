"""The documents that the driver sends, and PostGraphile's own for the same fields."""

_ENTRY = "seq kind points balanceAfter description reference createdAt"
_TIER = "slug name pointThreshold benefits"
_PROGRESS = "pointsToNextTier fraction nextTier { slug name pointThreshold }"

DOCUMENTS = {
    "Nothing": "query Nothing { __typename }",
    "Tiers": "query Tiers { tiers { slug name pointThreshold benefits isActive } }",
    "Dashboard": f"""
        query Dashboard($userId: ID!) {{
          member(userId: $userId) {{
            userId referralCode pointsBalance lifetimePoints tierSince createdAt
            tier {{ {_TIER} }}
            progress {{ {_PROGRESS} }}
            user {{ displayName email }}
            ledger(first: 20) {{
              edges {{ node {{ {_ENTRY} }} }}
              pageInfo {{ hasNextPage endCursor }}
            }}
            invites(first: 10) {{
              edges {{
                node {{ code status rewardPoints inviteeRewardPoints expiresAt createdAt }}
              }}
              pageInfo {{ hasNextPage }}
            }}
          }}
        }}
    """,
    "Members": f"""
        query Members {{
          members(first: 100) {{
            edges {{
              node {{
                userId pointsBalance lifetimePoints
                tier {{ {_TIER} }}
                progress {{ {_PROGRESS} }}
                ledger(first: 5) {{
                  edges {{ node {{ {_ENTRY} }} }}
                  pageInfo {{ hasNextPage endCursor }}
                }}
              }}
            }}
            pageInfo {{ hasNextPage }}
          }}
        }}
    """,
    "LedgerPage": f"""
        query LedgerPage($userId: ID!, $first: Int!, $after: String) {{
          member(userId: $userId) {{
            ledger(first: $first, after: $after) {{
              edges {{ node {{ {_ENTRY} }} }}
              pageInfo {{ hasNextPage endCursor }}
            }}
          }}
        }}
    """,
    "Earn": """
        mutation Earn($input: EarnPointsInput!) {
          earnPoints(input: $input) {
            __typename
            ... on EarnPointsSuccess {
              entry { seq kind points balanceAfter reference }
              member {
                pointsBalance lifetimePoints
                tier { slug }
                progress { pointsToNextTier }
              }
            }
          }
        }
    """,
    "Issue": """
        mutation Issue($input: IssueReferralInviteInput!) {
          issueReferralInvite(input: $input) {
            __typename
            ... on IssueReferralInviteSuccess { invite { code status rewardPoints } }
          }
        }
    """,
    "Complete": """
        mutation Complete($input: CompleteReferralInput!) {
          completeReferral(input: $input) {
            __typename
            ... on CompleteReferralSuccess {
              invite { code status }
              referrer { pointsBalance lifetimePoints tier { slug } }
            }
          }
        }
    """,
}

_LEDGER_EDGES = f"edges {{ node {{ {_ENTRY} }} }} pageInfo {{ hasNextPage endCursor }}"
_LEDGER = "ledger: loyaltyLedgerEntriesByMemberId"
# PostGraphile names fields after tables and columns; aliases give them the names that they have
# in ours, so that the answers can be compared.
POSTGRAPHILE_DOCUMENTS = {
    "Nothing": DOCUMENTS["Nothing"],
    "Tiers": DOCUMENTS["Tiers"],
    "Dashboard": f"""
        query Dashboard($userId: String!) {{
          member: loyaltyMemberByUserId(userId: $userId) {{
            userId referralCode pointsBalance lifetimePoints tierSince createdAt
            tier: loyaltyTierByTierId {{ {_TIER} }}
            progress {{ {_PROGRESS} }}
            user: userByUserId {{ displayName email }}
            {_LEDGER}(first: 20, orderBy: [SEQ_DESC]) {{ {_LEDGER_EDGES} }}
            invites: loyaltyReferralInvitesByReferrerId(first: 10, orderBy: [ROW_ID_DESC]) {{
              edges {{
                node {{
                  code status: statusNow rewardPoints inviteeRewardPoints expiresAt createdAt
                }}
              }}
              pageInfo {{ hasNextPage }}
            }}
          }}
        }}
    """,
    "Members": f"""
        query Members {{
          members: allLoyaltyMembers(first: 100, orderBy: [CREATED_AT_DESC, USER_ID_ASC]) {{
            edges {{
              node {{
                userId pointsBalance lifetimePoints
                tier: loyaltyTierByTierId {{ {_TIER} }}
                progress {{ {_PROGRESS} }}
                {_LEDGER}(first: 5, orderBy: [SEQ_DESC]) {{ {_LEDGER_EDGES} }}
              }}
            }}
            pageInfo {{ hasNextPage }}
          }}
        }}
    """,
    "LedgerPage": f"""
        query LedgerPage($userId: String!, $first: Int!, $after: Cursor) {{
          member: loyaltyMemberByUserId(userId: $userId) {{
            {_LEDGER}(first: $first, after: $after, orderBy: [SEQ_DESC]) {{ {_LEDGER_EDGES} }}
          }}
        }}
    """,
    "Earn": """
        mutation Earn($input: BenchEarnPointsInput!) {
          earnPoints: benchEarnPoints(input: $input) {
            entry: result {
              seq kind points balanceAfter reference
              member: loyaltyMemberByMemberId {
                pointsBalance lifetimePoints
                tier: loyaltyTierByTierId { slug }
                progress { pointsToNextTier }
              }
            }
          }
        }
    """,
    "Issue": """
        mutation Issue($input: BenchIssueInviteInput!) {
          issueReferralInvite: benchIssueInvite(input: $input) {
            invite: result { code status rewardPoints }
          }
        }
    """,
    "Complete": """
        mutation Complete($input: BenchCompleteReferralInput!) {
          completeReferral: benchCompleteReferral(input: $input) {
            invite: result {
              code status
              referrer: loyaltyMemberByReferrerId {
                pointsBalance lifetimePoints
                tier: loyaltyTierByTierId { slug }
              }
            }
          }
        }
    """,
}
