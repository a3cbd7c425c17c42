"""`reverseLedgerEntry`: what it refuses, why, and that a refusal leaves nothing behind."""

from typing import Any

import pytest

from domain.points import POINTS_MAX
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, assert_uncoercible, bad_texts, complaints
from tests.fixtures.selections import gid

GOOD: dict[str, Any] = {"entryId": gid("LedgerEntry", 1, "ada"), "reason": "Returned"}
NO_ENTRY = "entryId: is not the id of a ledger entry."
NO_ID = "entryId: is not an id of this service. Take it from an object's id."
BAD: list[Case] = [
    *bad_texts("entryId", 1_024),
    ({"entryId": "garbage!"}, NO_ID),
    ({"entryId": "größe"}, NO_ID),
    ({"entryId": "Zm9v"}, NO_ID),
    ({"entryId": gid("LedgerEntry", 1)}, NO_ID),
    ({"entryId": gid("Tier", 1, "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "one", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "-1", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "²", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", "", "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", 0, "ada")}, NO_ENTRY),
    (
        {"entryId": gid("LedgerEntry", 1, "u" * 129)},
        "entryId: must have at most 128 characters, not 129.",
    ),
    ({"entryId": gid("LedgerEntry", POINTS_MAX + 1, "ada")}, NO_ENTRY),
    ({"entryId": gid("LedgerEntry", 10**300, "ada")}, NO_ENTRY),
    (
        {"entryId": gid("LedgerEntry", 1, "a\x00")},
        "entryId: must not contain NUL characters or lone surrogates.",
    ),
    *bad_texts("reason", 500),
    *bad_texts("idempotencyKey", 255),
]


class TestRefusals:
    async def test_points_that_were_spent_since(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await make.redeemed("ada", 1)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry", "... on InsufficientPoints { balance requested }", **GOOD
            )

        assert result == {
            "__typename": "InsufficientPoints",
            "code": "INSUFFICIENT_POINTS",
            "message": "The balance is 249 points; 250 were to be taken from it.",
            "balance": 249,
            "requested": 250,
        }

    async def test_a_second_time(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await make.earned("ada", 250)
        await api.mutate("reverseLedgerEntry", "", **GOOD)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry", "... on EntryAlreadyReversed { seq reversedBySeq }", **GOOD
            )

        assert result == {
            "__typename": "EntryAlreadyReversed",
            "code": "ENTRY_ALREADY_REVERSED",
            "message": "Entry 1 was reversed before, by entry 3.",
            "seq": 1,
            "reversedBySeq": 3,
        }

    async def test_a_reversal(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        await api.mutate("reverseLedgerEntry", "", **GOOD)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on EntryNotReversible { kind }",
                entryId=gid("LedgerEntry", 2, "ada"),
                reason="Changed my mind",
            )

        assert result == {
            "__typename": "EntryNotReversible",
            "code": "ENTRY_NOT_REVERSIBLE",
            "message": "An entry of kind REVERSAL cannot be reversed. Write a new entry instead.",
            "kind": "REVERSAL",
        }

    async def test_a_balance_beyond_the_limit(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 100)
        await make.redeemed("ada", 100)
        await api.mutate(
            "adjustPoints", "", userId="ada", points=POINTS_MAX, reason="x", idempotencyKey="a"
        )

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on PointsLimitExceeded { total requested limit }",
                entryId=gid("LedgerEntry", 2, "ada"),
                reason="Returned",
            )

        assert result == {
            "__typename": "PointsLimitExceeded",
            "code": "POINTS_LIMIT_EXCEEDED",
            "message": f"100 points on top of {POINTS_MAX} would exceed the limit "
            f"of {POINTS_MAX} points.",
            "total": POINTS_MAX,
            "requested": 100,
            "limit": POINTS_MAX,
        }

    @pytest.mark.parametrize(
        ("seq", "user_id"), [(2, "ada"), (1, "bob"), (1, "nobody"), (POINTS_MAX, "ada")]
    )
    async def test_an_entry_that_is_not_there(
        self, api: Api, make: Make, rows: Rows, seq: int, user_id: str
    ) -> None:
        await make.user("bob")
        await make.user("ada")
        await make.earned("ada", 250)

        async with rows.unchanged():
            result = await api.mutate(
                "reverseLedgerEntry",
                "... on LedgerEntryNotFound { userId seq }",
                entryId=gid("LedgerEntry", seq, user_id),
                reason="Returned",
            )

        assert result == {
            "__typename": "LedgerEntryNotFound",
            "code": "LEDGER_ENTRY_NOT_FOUND",
            "message": f"The user '{user_id}' has no ledger entry {seq}. Look it up in the ledger.",
            "userId": user_id,
            "seq": seq,
        }


class TestBadInput:
    async def test_malformed_values(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)

        async with rows.unchanged():
            assert await complaints(api, "reverseLedgerEntry", GOOD, BAD) == BAD

    async def test_values_of_another_type(self, api: Api, make: Make, rows: Rows) -> None:
        await make.user("ada")
        await make.earned("ada", 250)
        cases: list[dict[str, Any]] = [
            *({"entryId": value} for value in [None, 1.5, True, ["a"]]),
            *({"reason": value} for value in [None, 5, True]),
            {"idempotencyKey": 5},
            {"unknown": 1},
        ]
        async with rows.unchanged():
            await assert_uncoercible(api, "reverseLedgerEntry", GOOD, cases)
