"""What a mutation answers is the same, whether it is written at once or resolved field by field."""

from typing import Any

import pytest

from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.queries import Statements

MEMBER = """
    id userId referralCode pointsBalance lifetimePoints tierSince createdAt
    tier { id slug name pointThreshold benefits isActive createdAt updatedAt }
    progress { nextTier { slug createdAt } pointsToNextTier fraction }
"""
ENTRY = "id seq kind points balanceAfter description reference metadata createdAt hash"
EARN = f"""
    fragment Who on Member {{ {MEMBER} }}
    mutation($input: EarnPointsInput!) {{
        earned: earnPoints(input: $input) {{
            __typename
            ... on EarnPointsSuccess {{
                written: entry {{ __typename {ENTRY} again: seq }}
                member {{ __typename ...Who ... on Node {{ id }} }}
                member {{ balance: pointsBalance }}
                ... @skip(if: true) {{ replayed }}
            }}
            ... on UserError {{ code message }}
        }}
    }}
"""
# What depends on a variable is left to the resolvers.
BY_RESOLVERS = EARN.replace("(input: $input)", "(input: $input) @include(if: $yes)").replace(
    "EarnPointsInput!", "EarnPointsInput!, $yes: Boolean!"
)
GIVEN: dict[str, Any] = {
    "userId": "ada",
    "points": 1_500,
    "description": 'Quotes " and \\ and é',
    "metadata": {"lines": [1, 2.5, None], "nested": {"é": True}},
    "idempotencyKey": "k",
}
TWO_STATEMENTS = 2


async def earn(api: Api, document: str, **given: Any) -> Any:
    """Returns the answer; the resolvers' document answers a repeat of the other's call."""
    variables: dict[str, Any] = {"input": GIVEN | given}
    if document is BY_RESOLVERS:
        variables["yes"] = True
    return (await api.ask(document, variables))["earned"]


@pytest.mark.parametrize("points", [1_500, 1, 100_000])
async def test_a_change_of_points(api: Api, make: Make, points: int) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    at_once = await earn(api, EARN, points=points)
    resolved = await earn(api, BY_RESOLVERS, points=points)

    assert at_once == resolved
    assert list(at_once) == ["__typename", "written", "member"]
    assert at_once["member"]["balance"] == points


async def test_without_any_tier(api: Api, make: Make) -> None:
    await make.user("ada")
    at_once = await earn(api, EARN)
    assert at_once == await earn(api, BY_RESOLVERS)
    assert at_once["member"]["tier"] is None
    assert at_once["member"]["progress"] == {
        "nextTier": None,
        "pointsToNextTier": None,
        "fraction": 1.0,
    }


async def test_it_is_placed_by_the_ladder_that_was_held(
    api: Api, make: Make, statements: Statements
) -> None:
    """Read anew it might be a later one, by which the member was not placed."""
    await make.baseline_tiers()
    await make.member("ada")
    await earn(api, EARN, idempotencyKey="warm")

    with statements.recorded() as recorded:
        for key, document in [("k1", EARN), ("k2", BY_RESOLVERS)]:
            await earn(api, document, idempotencyKey=key)

    assert len(recorded) == 2 * TWO_STATEMENTS, recorded


async def test_a_refusal(api: Api) -> None:
    refused = await earn(api, EARN)
    assert refused == await earn(api, BY_RESOLVERS)
    assert refused["code"] == "USER_NOT_FOUND"


async def test_changes_within_one_document_are_placed_each_by_its_own_ladder(
    api: Api, make: Make
) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    earn_more = 'earnPoints(input: {userId: "ada", points: 1000, idempotencyKey: "%s"})'
    member = "... on EarnPointsSuccess { member { tier { slug } progress { pointsToNextTier } } }"

    answers = await api.ask(
        f"""
        mutation {{
            first: {earn_more % 1} {{ {member} }}
            archived: archiveTier(input: {{slug: "silver"}}) {{ __typename }}
            second: {earn_more % 2} {{ {member} }}
        }}
        """
    )

    assert answers["first"]["member"]["tier"] == {"slug": "silver"}
    assert answers["second"]["member"]["tier"] == {"slug": "bronze"}
