"""Payloads are the same read whole and resolved, whatever is asked of them."""

from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from schema import schema
from schema.error_channels import INTERNAL_SERVER_ERROR
from tests.fixtures.actors import ADMIN
from tests.fixtures.executions import RESOLVERS_ONLY, Executions, many, normal, questions_count
from tests.fixtures.factories import Make
from tests.fixtures.generated_documents import changes
from tests.fixtures.selections import gid

WORDS: dict[str, list[Any]] = {"after": [None, "no cursor"]}

GiveOne = Callable[[str], Awaitable[dict[str, Any]]]


@pytest.fixture
async def give_one(make: Make) -> GiveOne:
    """Makes the input of one more change by a mutation that will succeed."""
    await make.baseline_tiers()
    await make.member("ada", email="ada@example.com")
    await make.invite("ada")
    await make.earned("ada", 990)
    numbers = count()

    async def earning(_key: str) -> dict[str, Any]:
        return {"userId": "ada", "points": 3, "metadata": {"é": [1.5, None]}}

    async def reversing(_key: str) -> dict[str, Any]:
        entry = await make.earned("ada", 7, description="a mistake")
        return {"entryId": gid("LedgerEntry", entry.seq, "ada"), "reason": "undone"}

    async def inviting(_key: str) -> dict[str, Any]:
        return {"userId": "ada", "inviteeEmail": "eve@example.com"}

    async def completing(key: str) -> dict[str, Any]:
        await make.user(key)
        invite = await make.invite("ada", invitee_reward_points=5 * (next(numbers) % 2))
        return {"code": invite.code, "inviteeId": key}

    inputs = {
        "earnPoints": earning,
        "reverseLedgerEntry": reversing,
        "issueReferralInvite": inviting,
        "completeReferral": completing,
    }

    async def give(name: str) -> dict[str, Any]:
        key = f"key-{next(numbers)}"
        return await inputs[name](key) | {"idempotencyKey": key}

    return give


@pytest.fixture
def often_compiled(executions: Executions) -> Iterator[None]:
    """Fails if the property compared the resolvers with themselves nearly always."""
    yield
    assert executions.compiled.asked > questions_count(200) / 8


@many(200)
@given(
    data=st.data(),
    name=st.sampled_from(
        ["earnPoints", "reverseLedgerEntry", "issueReferralInvite", "completeReferral"]
    ),
)
async def test_any_payload(
    executions: Executions, give_one: GiveOne, often_compiled: None, data: st.DataObject, name: str
) -> None:
    question = data.draw(changes(schema._schema, WORDS, name))
    question.variables["input"] = await give_one(name)

    at_once = await executions.ask(executions.compiled, question, ADMIN)
    resolved = await executions.ask(RESOLVERS_ONLY, question, ADMIN)

    assert normal(at_once) == normal(resolved)
    assert INTERNAL_SERVER_ERROR not in at_once.codes
    event(at_once.codes[0] if at_once.codes else "answered")
