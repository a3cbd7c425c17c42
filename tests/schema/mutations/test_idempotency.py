"""Idempotency keys, the same for every mutation: a caller's key stands for one request.

Repeated unchanged it is answered as before and writes nothing; with another input it is refused; a
refused call leaves the key free.
"""

import json
from uuid import uuid4

import pytest
from graphql import GraphQLNonNull

from schema import schema
from tests.fixtures.actors import OTHER_ADMIN
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.mutation_cases import CASES, Input, filled, selection_of
from tests.fixtures.selections import gid

REUSED = "... on IdempotencyKeyReused { key }"
MUTATIONS = list(CASES)

Inputs = tuple[Input, Input, Input]


def selection(mutation: str) -> str:
    """Returns what selects the whole answer of a mutation."""
    return f"{REUSED} {selection_of(mutation)}"


async def skipped(rows: Rows, user_id: str) -> str:
    """Returns the global id of a notification that a user did not get."""
    event_id, notification_id = uuid4(), uuid4()
    await rows.execute(
        "INSERT INTO outbox_events (id, kind, user_id, payload, delivered_at)"
        " VALUES (:id, 'TIER_UPGRADED', :user_id, '{}', now())",
        id=event_id,
        user_id=user_id,
    )
    await rows.execute(
        "INSERT INTO notifications (user_id, id, kind, status, reason, event_id)"
        " VALUES (:user_id, :id, 'TIER_UPGRADED', 'SKIPPED', 'NO_EMAIL', :event_id)",
        id=notification_id,
        user_id=user_id,
        event_id=event_id,
    )
    return gid("Notification", notification_id, user_id)


@pytest.fixture
async def inputs(make: Make, rows: Rows) -> dict[str, Inputs]:
    """For each mutation: an input, another one that succeeds as well, one that is refused."""
    await make.tier("bronze", 0)
    await make.tier("silver", 500)
    for user_id in ["ada", "bob", "dave"]:
        await make.user(user_id)
    await make.earned("ada", 600)
    await make.earned("ada", 100)
    code, other_code = [(await make.invite("ada", invitee_reward_points=10)).code for _ in range(2)]
    past = {
        "ada": "ada",
        "open_code": code,
        "other_code": other_code,
        "entry_id": gid("LedgerEntry", 1, "ada"),
        "other_entry_id": gid("LedgerEntry", 2, "ada"),
        "notification_id": await skipped(rows, "ada"),
        "other_notification_id": await skipped(rows, "bob"),
    }

    def given(template: Input) -> Input:
        made: Input = json.loads(filled(json.dumps(template), past))
        return made

    return {
        name: (given(case.good), given(case.other), given(case.refused))
        for name, case in CASES.items()
    }


def test_the_table_names_every_mutation_and_where_a_key_is_required() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    keys = {
        name: field.args["input"].type.of_type.fields["idempotencyKey"].type
        for name, field in mutation.fields.items()
    }
    assert set(keys) == set(MUTATIONS)
    required = {name for name, key_type in keys.items() if isinstance(key_type, GraphQLNonNull)}
    assert required == {name for name, case in CASES.items() if case.is_key_required}


@pytest.mark.parametrize("mutation", MUTATIONS)
class TestEveryMutation:
    async def test_repeated_it_is_answered_as_before_and_writes_nothing(
        self, api: Api, rows: Rows, inputs: dict[str, Inputs], mutation: str
    ) -> None:
        good, _, _ = inputs[mutation]
        first = await api.mutate(mutation, selection(mutation), **good, idempotencyKey="k")

        async with rows.unchanged():
            second = await api.mutate(mutation, selection(mutation), **good, idempotencyKey="k")

        assert first["replayed"] is False
        assert second == first | {"replayed": True}

    async def test_with_another_input_the_key_is_refused(
        self, api: Api, rows: Rows, inputs: dict[str, Inputs], mutation: str
    ) -> None:
        good, other, _ = inputs[mutation]
        await api.mutate(mutation, "", **good, idempotencyKey="k")

        async with rows.unchanged():
            result = await api.mutate(mutation, REUSED, **other, idempotencyKey="k")

        assert result == {
            "__typename": "IdempotencyKeyReused",
            "code": "IDEMPOTENCY_KEY_REUSED",
            "message": "The idempotency key 'k' was used for a different request. "
            "Repeat that request unchanged, or choose a new key.",
            "key": "k",
        }

    async def test_the_same_key_of_another_admin_is_another_key(
        self, api: Api, rows: Rows, inputs: dict[str, Inputs], mutation: str
    ) -> None:
        good, other, _ = inputs[mutation]
        await api.mutate(mutation, "", **good, idempotencyKey="k")

        result = await api.mutate(
            mutation, selection(mutation), caller=OTHER_ADMIN, **other, idempotencyKey="k"
        )

        assert result["replayed"] is False
        uses = "SELECT actor_id FROM idempotency_keys WHERE key = 'k' ORDER BY actor_id"
        assert await rows.all(uses) == [{"actor_id": "night-shift"}, {"actor_id": "ops"}]

    async def test_a_refused_call_leaves_the_key_free(
        self, api: Api, rows: Rows, inputs: dict[str, Inputs], mutation: str
    ) -> None:
        good, _, refused = inputs[mutation]

        async with rows.unchanged():
            refusal = await api.mutate(mutation, "", **refused, idempotencyKey="k")
        result = await api.mutate(mutation, selection(mutation), **good, idempotencyKey="k")

        assert "code" in refusal
        assert result["replayed"] is False

    async def test_a_key_of_another_mutation_is_refused(
        self, api: Api, rows: Rows, inputs: dict[str, Inputs], mutation: str
    ) -> None:
        good, _, _ = inputs[mutation]
        await api.mutate(mutation, "", **good, idempotencyKey="k")
        following = MUTATIONS[(MUTATIONS.index(mutation) + 1) % len(MUTATIONS)]

        async with rows.unchanged():
            result = await api.mutate(following, REUSED, **inputs[following][0], idempotencyKey="k")

        assert (result["__typename"], result["key"]) == ("IdempotencyKeyReused", "k")


class TestReplayLater:
    async def test_an_entry_is_as_it_was_and_the_member_as_they_are(
        self, api: Api, make: Make, inputs: dict[str, Inputs]
    ) -> None:
        call = inputs["earnPoints"][0] | {"idempotencyKey": "k"}
        first = await api.mutate("earnPoints", selection("earnPoints"), **call)
        await make.earned("ada", 1_000)

        second = await api.mutate("earnPoints", selection("earnPoints"), **call)

        assert second["entry"] == first["entry"]
        assert (first["member"]["pointsBalance"], second["member"]["pointsBalance"]) == (705, 1_705)

    async def test_a_tier_is_as_it_is_now_and_the_count_as_it_was(
        self, api: Api, inputs: dict[str, Inputs]
    ) -> None:
        call = inputs["createTier"][0] | {"idempotencyKey": "k"}
        first = await api.mutate("createTier", selection("createTier"), **call)
        await api.mutate("updateTier", "", slug="ruby", name="Pure Ruby")

        second = await api.mutate("createTier", selection("createTier"), **call)

        assert (first["membersReassessed"], second["membersReassessed"]) == (1, 1)
        assert second["tier"]["name"] == "Pure Ruby"

    async def test_an_invite_is_as_it_is_now(self, api: Api, inputs: dict[str, Inputs]) -> None:
        call = inputs["issueReferralInvite"][0] | {"idempotencyKey": "k"}
        first = await api.mutate("issueReferralInvite", selection("issueReferralInvite"), **call)
        await api.mutate("cancelReferralInvite", "", code=first["invite"]["code"])

        second = await api.mutate("issueReferralInvite", selection("issueReferralInvite"), **call)

        assert second["invite"]["id"] == first["invite"]["id"]
        assert second["invite"]["status"] == "CANCELLED"

    async def test_a_user_is_as_they_are_now_but_was_new_then(self, api: Api) -> None:
        call: Input = {"userId": "dora", "email": "dora@example.com", "idempotencyKey": "k"}
        await api.mutate("upsertUser", "", **call)
        await api.mutate("upsertUser", "", userId="dora", displayName="Dora")

        second = await api.mutate("upsertUser", selection("upsertUser"), **call)

        assert (second["created"], second["user"]["displayName"]) == (True, "Dora")
