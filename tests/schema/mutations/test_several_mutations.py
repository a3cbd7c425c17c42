"""Several mutations in one document: one after the other, each in a transaction of its own."""

import pytest

from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api

SEVERAL = """
mutation($a: EarnPointsInput!, $b: EarnPointsInput!, $c: EarnPointsInput!) {
  a: earnPoints(input: $a) { ...Changed }
  b: earnPoints(input: $b) { ...Changed }
  c: earnPoints(input: $c) { ...Changed }
}
fragment Changed on EarnPointsResult {
  __typename
  ... on EarnPointsSuccess {
    entry { seq }
    member { pointsBalance tier { slug } ledger { edges { node { seq } } } progress { fraction } }
  }
}"""


def earn(points: int, user_id: str = "ada") -> dict[str, object]:
    return {"userId": user_id, "points": points, "idempotencyKey": f"k-{points}"}


def changed(seq: int, balance: int, tier: str, fraction: float) -> dict[str, object]:
    return {
        "__typename": "EarnPointsSuccess",
        "entry": {"seq": seq},
        "member": {
            "pointsBalance": balance,
            "tier": {"slug": tier},
            "ledger": {"edges": [{"node": {"seq": each}} for each in range(seq, 0, -1)]},
            "progress": {"fraction": fraction},
        },
    }


class TestSeveralMutations:
    @pytest.fixture(autouse=True)
    async def past(self, make: Make) -> None:
        await make.tier("bronze", 0)
        await make.tier("gold", 100)
        await make.member("ada")

    async def test_run_one_after_the_other_and_each_sees_what_it_has_done(self, api: Api) -> None:
        data = await api.ask(SEVERAL, {"a": earn(25), "b": earn(50), "c": earn(100)})

        assert data == {
            "a": changed(1, 25, "bronze", 0.25),
            "b": changed(2, 75, "bronze", 0.75),
            "c": changed(3, 175, "gold", 1.0),
        }

    async def test_a_refused_one_leaves_the_others(self, api: Api) -> None:
        data = await api.ask(SEVERAL, {"a": earn(25), "b": earn(50, "nobody"), "c": earn(100)})

        assert data == {
            "a": changed(1, 25, "bronze", 0.25),
            "b": {"__typename": "UserNotFound"},
            "c": changed(2, 125, "gold", 1.0),
        }

    async def test_a_broken_one_leaves_those_before_it_committed(
        self, api: Api, rows: Rows
    ) -> None:
        await rows.execute(
            "ALTER TABLE loyalty_ledger_entries ADD CONSTRAINT broken CHECK (points <> 50)"
        )

        answer = await api.graphql(SEVERAL, {"a": earn(25), "b": earn(50), "c": earn(100)})

        # A result cannot be null, so the whole data is; the first change stands all the same.
        assert (answer.data, answer.codes) == (None, ["INTERNAL_SERVER_ERROR"])
        assert answer.errors[0]["path"] == ["b"]
        ledger = "SELECT seq, points FROM loyalty_ledger_entries"
        assert await rows.all(ledger) == [{"seq": 1, "points": 25}]
        keys = "SELECT key FROM idempotency_keys WHERE actor_id = 'ops'"
        assert await rows.all(keys) == [{"key": "k-25"}]
        assert await rows.value("SELECT points_balance FROM loyalty_members") == 25

    async def test_of_different_subjects_see_each_other(self, api: Api) -> None:
        data = await api.ask(
            """mutation {
              a: earnPoints(input: { userId: "ada", points: 100, idempotencyKey: "a" }) {
                ... on EarnPointsSuccess { member { tier { name } user { displayName } } } }
              b: updateTier(input: { slug: "gold", name: "Pure Gold" }) { __typename }
              c: upsertUser(input: { userId: "ada", displayName: "Ada" }) { __typename }
              d: earnPoints(input: { userId: "ada", points: 1, idempotencyKey: "d" }) {
                ... on EarnPointsSuccess { member { tier { name } user { displayName } } } }
            }"""
        )

        assert data["a"]["member"] == {"tier": {"name": "Gold"}, "user": {"displayName": None}}
        assert data["d"]["member"] == {
            "tier": {"name": "Pure Gold"},
            "user": {"displayName": "Ada"},
        }
