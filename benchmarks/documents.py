"""The documents that are driven at the contenders, and PostGraphile's own for the same fields."""

_ENTRY = "seq kind points balanceAfter description reference createdAt"
_TIER = "slug name pointThreshold benefits"
_PROGRESS = "pointsToNextTier fraction nextTier { slug name pointThreshold }"

DOCUMENTS = {
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
        query LedgerPage($userId: ID!, $after: String) {{
          member(userId: $userId) {{
            ledger(first: 20, after: $after) {{
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

_POSTGRAPHILE_LEDGER = f"""
    edges {{ node {{ {_ENTRY} }} }}
    pageInfo {{ hasNextPage endCursor }}
"""
# Aliases give each field the name that it has in ours; `answers.py` does the rest.
POSTGRAPHILE_DOCUMENTS = {
    "Tiers": """
        query Tiers {
          tiers: allLoyaltyTiers(condition: {isActive: true}, orderBy: [POINT_THRESHOLD_ASC]) {
            nodes { slug name pointThreshold benefits isActive }
          }
        }
    """,
}
