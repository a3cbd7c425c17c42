"""What fails in the middle leaves nothing, and the same call works once the fault is gone."""

from typing import Any

import pytest

from schema.types.node import global_id
from tests.fixtures.actors import ADA
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

WELCOME = "NEW.kind = 'REFERRAL_WELCOME'"
# The mutation, its input, and the statement in it that fails, from the first to the last.
FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("earnPoints", {"userId": "ada", "points": 5_000}, "INSERT ON idempotency_keys", "true"),
    ("earnPoints", {"userId": "ada", "points": 5_000}, "INSERT ON loyalty_ledger_entries", "true"),
    ("earnPoints", {"userId": "ada", "points": 5_000}, "UPDATE ON loyalty_members", "true"),
    ("earnPoints", {"userId": "ada", "points": 5_000}, "INSERT ON outbox_events", "true"),
    ("earnPoints", {"userId": "new", "points": 5_000}, "INSERT ON loyalty_members", "true"),
    ("earnPoints", {"userId": "new", "points": 5_000}, "INSERT ON loyalty_referral_codes", "true"),
    ("earnPoints", {"userId": "new", "points": 5_000}, "INSERT ON outbox_events", "true"),
    ("earnPoints", {"userId": "new", "points": 5_000}, "UPDATE ON idempotency_keys", "true"),
    ("redeemPoints", {"userId": "ada", "points": 5}, "UPDATE ON loyalty_members", "true"),
    (
        "adjustPoints",
        {"userId": "ada", "points": -5, "reason": "r"},
        "UPDATE ON loyalty_members",
        "true",
    ),
    (
        "reverseLedgerEntry",
        {"entryId": global_id("LedgerEntry", 1, "ada"), "reason": "r"},
        "UPDATE ON loyalty_members",
        "true",
    ),
    ("issueReferralInvite", {"userId": "new"}, "INSERT ON loyalty_referral_codes", "true"),
    ("issueReferralInvite", {"userId": "new"}, "INSERT ON loyalty_referral_invites", "true"),
    ("completeReferral", {"inviteeId": "new"}, "INSERT ON loyalty_members", "true"),
    ("completeReferral", {"inviteeId": "new"}, "INSERT ON loyalty_referral_attributions", "true"),
    ("completeReferral", {"inviteeId": "new"}, "UPDATE ON loyalty_referral_invites", "true"),
    ("completeReferral", {"inviteeId": "new"}, "INSERT ON loyalty_ledger_entries", WELCOME),
    ("completeReferral", {"inviteeId": "new"}, "UPDATE ON loyalty_members", "NEW.user_id = 'new'"),
    ("completeReferral", {"inviteeId": "new"}, "INSERT ON outbox_events", "true"),
    ("completeReferral", {"inviteeId": "new"}, "UPDATE ON idempotency_keys", "true"),
    ("cancelReferralInvite", {}, "UPDATE ON idempotency_keys", "true"),
    (
        "createTier",
        {"slug": "copper", "name": "Copper", "pointThreshold": 10},
        "UPDATE ON loyalty_members",
        "true",
    ),
    ("updateTier", {"slug": "gold", "pointThreshold": 10}, "UPDATE ON loyalty_members", "true"),
    ("archiveTier", {"slug": "bronze"}, "UPDATE ON loyalty_members", "true"),
    (
        "upsertUser",
        {"userId": "new", "email": "new@example.com", "marketingMessages": True},
        "INSERT ON notification_preferences",
        "true",
    ),
]


@pytest.fixture
async def code(make: Make) -> str:
    """A past: ada is a member with points and an invite, of whose code this is the value."""
    await make.baseline_tiers()
    await make.user("ada")
    await make.user("new")
    await make.earned("ada", 100)
    return (await make.invite("ada", invitee_reward_points=1_000)).code


@pytest.mark.parametrize(
    ("field", "given", "statement", "when"),
    FAULTS,
    ids=[f"{field}-{statement.replace(' ', '-')}" for field, _, statement, _ in FAULTS],
)
async def test_a_mutation_that_fails_in_the_middle(
    api: Api,
    rows: Rows,
    faults: Faults,
    code: str,
    field: str,
    given: dict[str, Any],
    statement: str,
    when: str,
) -> None:
    fields = {**given, "idempotencyKey": "key"}
    if field in ("completeReferral", "cancelReferralInvite"):
        fields["code"] = code
    query = (
        f"mutation($input: {field[0].upper()}{field[1:]}Input!) "
        f"{{ {field}(input: $input) {{ __typename }} }}"
    )

    async with rows.unchanged(), faults.failing(statement, when=when):
        answer = await api.graphql(query, {"input": fields})

    assert answer.data is None
    assert answer.codes == ["INTERNAL_SERVER_ERROR"]
    assert "fault" not in str(answer.errors)
    again = await api.mutate(field, "", **fields)
    assert again["__typename"] == f"{field[0].upper()}{field[1:]}Success"
    # The tier's change is not in the ledger: upgrades before and after it differ.
    await assert_invariants(rows, tiers_unchanged="Tier" not in field)


async def test_a_commit_that_fails(api: Api, rows: Rows, faults: Faults, code: str) -> None:
    complete = (
        f'mutation {{ completeReferral(input: {{code: "{code}", inviteeId: "new"}}) '
        "{ __typename } }"
    )

    async with rows.unchanged(), faults.failing_at_commit("INSERT ON outbox_events"):
        answer = await api.graphql(complete)

    assert answer.codes == ["INTERNAL_SERVER_ERROR"]
    await api.mutate("completeReferral", "", code=code, inviteeId="new")
    await assert_invariants(rows)


@pytest.mark.parametrize("statement", ["loyalty_members", "loyalty_referral_codes"])
async def test_a_first_look_up_that_fails(
    api: Api, make: Make, rows: Rows, faults: Faults, statement: str
) -> None:
    await make.baseline_tiers()

    async with rows.unchanged(), faults.failing(f"INSERT ON {statement}"):
        answer = await api.request("GET", "/api/v1/loyalty/members/ada", caller=ADA)

    # Not even the user that the token has made known.
    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_SERVER_ERROR"
    answer = await api.request("GET", "/api/v1/loyalty/members/ada", caller=ADA)
    assert answer.status_code == 200
    await assert_invariants(rows)


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "57014", "55P03"])
async def test_what_a_retry_may_cure_says_so(
    api: Api, rows: Rows, faults: Faults, code: str, sqlstate: str
) -> None:
    completion = {"code": code, "inviteeId": "new"}

    async with rows.unchanged(), faults.failing("INSERT ON outbox_events", sqlstate=sqlstate):
        answer = await api.request("POST", "/api/v1/loyalty/referrals/complete", json=completion)

    assert answer.status_code == 503
    assert answer.json()["code"] == "UNAVAILABLE"
    assert "retry-after" in answer.headers
    answer = await api.request("POST", "/api/v1/loyalty/referrals/complete", json=completion)
    assert answer.json()["replayed"] is False
    await assert_invariants(rows)
