"""A change of one field is made past the executor, once, and answered as the executor would."""

from dataclasses import replace
from typing import Any

import pytest

from app.context import Contexts
from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.executions import resolved
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Answer, Api
from tests.fixtures.queries import Statements

LOCKED_AND_WRITTEN = 2
SELECTIONS = {
    "earnPoints": "... on EarnPointsSuccess { entry { seq } member { ...Of } replayed }",
    "redeemPoints": "... on InsufficientPoints { balance requested }",
    "issueReferralInvite": "... on IssueReferralInviteSuccess { invite { rewardPoints } }",
    "upsertUser": "... on UpsertUserSuccess { user { email displayName } created }",
}
OF = "fragment Of on Member { pointsBalance tier { slug } ledger(first: 1) { edges { cursor } } }"
EARN = {"points": 5, "idempotencyKey": "k"}

# A mutation, what its input has besides the user, and who asks.
ASKED: dict[str, tuple[str, dict[str, Any], Caller]] = {
    "a credit": ("earnPoints", EARN | {"metadata": {"é": [1, None]}}, ADMIN),
    "a refusal": ("redeemPoints", {"points": 999, "idempotencyKey": "k"}, ADMIN),
    "points that cannot be": ("earnPoints", EARN | {"points": 0}, ADMIN),
    "points of a wrong type": ("earnPoints", EARN | {"points": "5"}, ADMIN),
    "null for what is needed": ("earnPoints", EARN | {"points": None}, ADMIN),
    "null for what is not": ("earnPoints", EARN | {"reference": None, "metadata": None}, ADMIN),
    "something left out": ("earnPoints", {"points": 5}, ADMIN),
    "a key left out": ("issueReferralInvite", {"rewardPoints": 5}, ADMIN),
    "something unknown": ("earnPoints", EARN | {"colour": "red"}, ADMIN),
    "null that removes": ("upsertUser", {"displayName": None, "email": "b@example.com"}, ADMIN),
    "not an admin": ("earnPoints", EARN, ADA),
    "without a token": ("earnPoints", EARN, NOBODY),
}


def document(field: str, more: str = "") -> str:
    """Returns a mutation of one field, by another name, and more besides."""
    selection = SELECTIONS[field]
    name = f"{field[0].upper()}{field[1:]}Input"
    return (
        f"mutation($input: {name}!) {{ done: {field}(input: $input) {{ __typename "
        f"... on UserError {{ code message }} {selection} }} {more} }}"
        + (OF if "...Of" in selection else "")
    )


async def answer_to(api: Api, text: str, variables: Any, caller: Caller = ADMIN) -> Answer:
    """Returns the answer, without what is of the document and not of the change."""
    answer = await api.graphql(text, variables, caller=caller)
    if answer.data is not None:
        answer.data.pop("more", None)
    for error in answer.errors:
        error["message"] = error["message"].replace("bea", "ann")
    return answer


@pytest.fixture
async def people(make: Make) -> None:
    """Two members who are alike."""
    await make.baseline_tiers()
    for user_id in ("ann", "bea"):
        await make.member(user_id, display_name="B")


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("case", ASKED)
async def test_both_give_the_same_answer(api: Api, case: str) -> None:
    field, given, caller = ASKED[case]
    direct = await answer_to(api, document(field), {"input": given | {"userId": "ann"}}, caller)
    # Whose keys are others.
    colleague = replace(caller, subject="night-shift")
    executed = await answer_to(
        api, document(field, "more: __typename"), {"input": given | {"userId": "bea"}}, colleague
    )
    assert direct == executed


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("variables", [None, {}, {"input": None}, {"input": []}, {"input": "ann"}])
async def test_no_input_at_all(api: Api, variables: Any) -> None:
    direct = await answer_to(api, document("earnPoints"), variables)
    executed = await answer_to(api, document("earnPoints", "more: __typename"), variables)
    assert direct == executed
    assert direct.errors


@pytest.mark.usefixtures("people")
async def test_an_input_in_the_document(api: Api) -> None:
    answer = await api.ask(
        """
        mutation($points: Points = 7, $key: String!) {
            earnPoints(input: {userId: "ann", points: $points, idempotencyKey: $key}) {
                ... on EarnPointsSuccess { member { pointsBalance } }
            }
        }
        """,
        {"key": "k"},
    )
    assert answer == {"earnPoints": {"member": {"pointsBalance": 7}}}


@pytest.mark.usefixtures("people")
async def test_what_is_left_to_the_resolvers_is_not_done_again(
    api: Api, contexts: Contexts, statements: Statements
) -> None:
    given = {"input": {"userId": "ann", **EARN}}
    with statements.recorded() as recorded, resolved(contexts):
        answer = await api.ask(
            "mutation($input: EarnPointsInput!) { earnPoints(input: $input) {"
            " ... on EarnPointsSuccess { entry { seq } member { pointsBalance } replayed } } }",
            given,
        )
    assert answer["earnPoints"] == {
        "entry": {"seq": 1},
        "member": {"pointsBalance": 5},
        "replayed": False,
    }
    assert len(recorded) == LOCKED_AND_WRITTEN, recorded


@pytest.mark.usefixtures("people")
async def test_a_refusal_is_not_asked_for_again(api: Api, statements: Statements) -> None:
    with statements.recorded() as recorded:
        answer = await api.mutate("redeemPoints", "", userId="ann", points=999, idempotencyKey="k")
    assert answer["code"] == "INSUFFICIENT_POINTS"
    assert len(recorded) == 1, recorded
