"""Query.ledgerCheckpoint: a signed digest of all chains, as anybody can work it out."""

import base64
from hashlib import sha256
from typing import Any

import pytest

from app.config.checkpoint_key import is_signed_by
from app.config.settings import Settings
from domain.checkpoints import SignedCheckpoint
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api

QUERY = """{ ledgerCheckpoint {
  asOf members entries digest statement signature publicKey algorithm } }"""


async def checkpoint(api: Api) -> Any:
    return (await api.ask(QUERY))["ledgerCheckpoint"]


class TestWithoutAKey:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"checkpoint_key": None})

    async def test_there_is_none(self, api: Api) -> None:
        assert await checkpoint(api) is None


class TestWithAKey:
    async def test_it_is_of_all_that_is_older_than_ten_seconds(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        for user_id in ["ada", "bob", "cy"]:
            await make.member(user_id)
        await rows.execute(
            "INSERT INTO loyalty_ledger_entries "
            "(member_id, seq, id, kind, points, balance_after, actor_id, created_at) "
            "SELECT member_id, seq, gen_random_uuid(), 'EARN', 1, seq, 'ops', "
            "clock_timestamp() - (20 - 5 * seq) * interval '1 second' "
            "FROM (VALUES ('ada', 1), ('ada', 2), ('ada', 3), ('ada', 4), ('bob', 1)) "
            "AS entry (member_id, seq)"
        )

        taken = await checkpoint(api)

        heads = await rows.all(
            "SELECT hash FROM loyalty_ledger_entries "
            "WHERE (member_id, seq) IN (('ada', 2), ('bob', 1)) ORDER BY hash"
        )
        digest = sha256(b"".join(bytes(head["hash"]) for head in heads)).hexdigest()  # type: ignore[call-overload]
        assert (taken["members"], taken["entries"], taken["digest"]) == (2, 3, digest)
        signed = SignedCheckpoint(
            taken["statement"],
            base64.b64decode(taken["signature"]),
            base64.b64decode(taken["publicKey"]),
        )
        assert taken["algorithm"] == "Ed25519"
        assert is_signed_by(signed, signed.public_key)
        assert digest in taken["statement"]

    async def test_of_an_empty_ledger(self, api: Api) -> None:
        taken = await checkpoint(api)
        assert (taken["members"], taken["entries"]) == (0, 0)
        assert taken["digest"] == sha256(b"").hexdigest()


class TestOfALargeLedger:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"statement_timeout_ms": 500})

    async def test_the_error_says_what_takes_one_all_the_same(
        self, api: Api, faults: Faults
    ) -> None:
        async with faults.locked("LOCK TABLE loyalty_ledger_entries"):
            answer = await api.graphql(QUERY)

        assert answer.codes == ["LEDGER_TOO_LARGE"]
        assert "'loyalty checkpoint' takes one" in answer.errors[0]["message"]
