"""What a mutation answers is the same, whether it is written at once or resolved field by field."""

from typing import Any

import pytest

from app.context import Contexts
from tests.fixtures.executions import resolved
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.queries import Statements

MEMBER = """
    id userId referralCode pointsBalance lifetimePoints tierSince createdAt
    tier { id slug name pointThreshold benefits isActive createdAt updatedAt }
    progress { nextTier { slug createdAt } pointsToNextTier fraction }
"""
ENTRY = "id seq kind points balanceAfter description reference metadata createdAt hash actorId"
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
GIVEN: dict[str, Any] = {
    "userId": "ada",
    "points": 1_500,
    "description": 'Quotes " and \\ and é',
    "metadata": {"lines": [1, 2.5, None], "nested": {"é": True}},
    "idempotencyKey": "k",
}
TWO_STATEMENTS = 2


async def earn(api: Api, **given: Any) -> Any:
    """Returns the answer; the same call again is a replay."""
    return (await api.ask(EARN, {"input": GIVEN | given}))["earned"]


async def earn_resolved(api: Api, contexts: Contexts, **given: Any) -> Any:
    """Returns the answer of the resolvers."""
    with resolved(contexts):
        return await earn(api, **given)


@pytest.mark.parametrize("points", [1_500, 1, 100_000])
async def test_a_change_of_points(api: Api, contexts: Contexts, make: Make, points: int) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    at_once = await earn(api, points=points)
    by_resolvers = await earn_resolved(api, contexts, points=points)

    assert at_once == by_resolvers
    assert list(at_once) == ["__typename", "written", "member"]
    assert at_once["member"]["balance"] == points


async def test_without_any_tier(api: Api, contexts: Contexts, make: Make) -> None:
    await make.user("ada")
    at_once = await earn(api)
    assert at_once == await earn_resolved(api, contexts)
    assert at_once["member"]["tier"] is None
    assert at_once["member"]["progress"] == {
        "nextTier": None,
        "pointsToNextTier": None,
        "fraction": 1.0,
    }


async def test_it_is_placed_by_the_tiers_that_were_locked(
    api: Api, contexts: Contexts, make: Make, statements: Statements
) -> None:
    """Read anew it might be a later one, by which the member was not placed."""
    await make.baseline_tiers()
    await make.member("ada")
    await earn(api, idempotencyKey="warm")

    with statements.recorded() as recorded:
        await earn(api, idempotencyKey="k1")
        await earn_resolved(api, contexts, idempotencyKey="k2")

    assert len(recorded) == 2 * TWO_STATEMENTS, recorded


async def test_a_refusal(api: Api, contexts: Contexts) -> None:
    refused = await earn(api)
    assert refused == await earn_resolved(api, contexts)
    assert refused["code"] == "USER_NOT_FOUND"


async def test_changes_within_one_document_are_placed_each_by_its_own_tiers(
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


LISTS = """
    mutation($input: EarnPointsInput!, $first: Int!, $people: Boolean!) {
        earned: earnPoints(input: $input) {
            ... on EarnPointsSuccess {
                entry { seq reverses { seq } }
                member {
                    pointsBalance
                    newest: ledger(first: $first) { edges { node { seq balanceAfter } } }
                    user @include(if: $people) { email marketingMessages }
                    tier { slug }
                    invites(statuses: [SENT]) { edges { node { code referrer { userId } } } }
                }
            }
        }
    }
"""


class TestWhatIsNotAtHand:
    """Lists and people are read after the commit, in one statement."""

    @pytest.fixture(autouse=True)
    async def ada(self, make: Make) -> None:
        await make.baseline_tiers()
        await make.member("ada", email="ada@example.com")
        await make.invite("ada")
        await make.earned("ada", 10)

    async def test_is_read_in_one_statement(
        self, api: Api, contexts: Contexts, statements: Statements
    ) -> None:
        given: dict[str, Any] = {"input": GIVEN, "first": 2, "people": True}
        await api.ask(LISTS, given | {"input": GIVEN | {"idempotencyKey": "warm"}})

        with statements.recorded() as recorded:
            answer = await api.ask(LISTS, given)

        assert len(recorded) == TWO_STATEMENTS + 1, recorded
        member = answer["earned"]["member"]
        assert list(member) == ["pointsBalance", "newest", "user", "tier", "invites"]
        assert [edge["node"] for edge in member["newest"]["edges"]] == [
            {"seq": 3, "balanceAfter": 3_010},
            {"seq": 2, "balanceAfter": 1_510},
        ]
        assert member["user"] == {"email": "ada@example.com", "marketingMessages": False}
        assert member["invites"]["edges"][0]["node"]["referrer"] == {"userId": "ada"}
        assert answer["earned"]["entry"] == {"seq": 3, "reverses": None}
        with resolved(contexts):
            assert answer == await api.ask(LISTS, given)

    async def test_is_read_of_each_object(self, api: Api, make: Make) -> None:
        await make.user("bob", email="bob@example.com")
        invite = await make.invite("ada", invitee_reward_points=5)

        answer = await api.ask(
            """
            mutation($code: String!) {
                completeReferral(input: {code: $code, inviteeId: "bob"}) {
                    ... on CompleteReferralSuccess {
                        invite { invitee { userId } referrer { userId } }
                        referrer { user { email } ledger { edges { node { points } } } }
                        invitee { user { email } ledger { edges { node { points } } } }
                    }
                }
            }
            """,
            {"code": invite.code},
        )

        assert answer["completeReferral"] == {
            "invite": {"invitee": {"userId": "bob"}, "referrer": {"userId": "ada"}},
            "referrer": {
                "user": {"email": "ada@example.com"},
                "ledger": {"edges": [{"node": {"points": points}} for points in [500, 10]]},
            },
            "invitee": {
                "user": {"email": "bob@example.com"},
                "ledger": {"edges": [{"node": {"points": 5}}]},
            },
        }

    async def test_is_read_only_where_it_is_included(
        self, api: Api, statements: Statements
    ) -> None:
        with statements.recorded() as recorded:
            answers = [
                await api.ask(
                    LISTS,
                    {
                        "input": GIVEN | {"idempotencyKey": str(people)},
                        "first": 1,
                        "people": people,
                    },
                )
                for people in [True, False]
            ]

        assert ["user" in answer["earned"]["member"] for answer in answers] == [True, False]
        read = [statement for statement in recorded if statement.startswith("SELECT ARRAY")]
        assert ["notification_preferences" in statement for statement in read] == [True, False]

    async def test_an_argument_out_of_range_is_an_error_and_nothing_undone(
        self, api: Api, contexts: Contexts, make: Make
    ) -> None:
        given: dict[str, Any] = {"input": GIVEN, "first": 101, "people": True}

        answers = [await api.graphql(LISTS, given)]
        with resolved(contexts):
            answers.append(await api.graphql(LISTS, given))

        for answer in answers:
            assert answer.codes == ["BAD_USER_INPUT"]
            assert answer.errors[0]["path"] == ["earned", "member", "newest"]
        assert (await earn(api))["member"]["balance"] == 1_510
