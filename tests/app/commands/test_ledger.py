"""`loyalty verify-ledger` and `loyalty checkpoint`, as an operator and an auditor run them."""

import asyncio
import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.config.checkpoint_key import CheckpointKey, is_signed_by
from app.config.settings import Settings
from domain.checkpoints import SignedCheckpoint
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.served import run

KEY = base64.b64encode(bytes(range(32))).decode()
PUBLIC_KEY = base64.b64encode(CheckpointKey(bytes(range(32))).public_key).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
# Old enough for a checkpoint: what is younger than ten seconds is not in it.
OLD_ENTRIES = """
    INSERT INTO loyalty_ledger_entries
        (member_id, seq, id, kind, points, balance_after, reference, actor_id, created_at)
    SELECT 'ada', n, gen_random_uuid(), 'EARN', 1, n, 'order', 'ops',
        now() - (60 - n) * interval '1 minute'
    FROM generate_series(1, 3) AS n
"""
REWRITE = (
    "ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER refuse_row_changes",
    "UPDATE loyalty_ledger_entries SET reference = 'another' WHERE seq = 2",
    # With every hash made anew: the ledger is sound in itself.
    "UPDATE loyalty_ledger_entries AS entry SET hash = chained.hash FROM ("
    "SELECT member_id, seq, ledger_chain(entry) OVER (PARTITION BY member_id ORDER BY seq) AS hash "
    "FROM loyalty_ledger_entries AS entry) AS chained "
    "WHERE chained.member_id = entry.member_id AND chained.seq = entry.seq",
)


@pytest.fixture
async def environment(settings: Settings, make: Make, rows: Rows) -> dict[str, str]:
    """The settings of a service in production, where ada has three old entries."""
    await make.member("ada")
    await rows.execute(OLD_ENTRIES)
    await rows.execute(
        "UPDATE loyalty_members SET points_balance = 3, lifetime_points = 3, ledger_seq = 3"
    )
    return {
        "LOYALTY_DATABASE_URL": str(settings.database_url),
        "LOYALTY_AUTH_ISSUER": "https://issuer.example",
        "LOYALTY_AUTH_AUDIENCE": "loyalty",
        "LOYALTY_AUTH_SECRET": SECRET,
        "LOYALTY_CHECKPOINT_KEY": KEY,
    }


async def loyalty(*arguments: object, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(run, *map(str, arguments), settings=settings)


async def saved_checkpoint(folder: Path, settings: dict[str, str]) -> Path:
    """Returns the file in which `loyalty checkpoint > FILE` leaves a checkpoint."""
    printed = await loyalty("checkpoint", settings=settings)
    assert printed.returncode == 0, printed.stderr
    path = folder / "checkpoint.json"
    path.write_text(printed.stdout)
    return path


async def verdict(*arguments: object, settings: dict[str, str]) -> tuple[int, dict[str, Any]]:
    said = await loyalty("verify-ledger", "--json", *arguments, settings=settings)
    return said.returncode, json.loads(said.stdout)


async def test_a_sound_ledger(environment: dict[str, str]) -> None:
    said = await loyalty("verify-ledger", settings=environment)
    assert said.returncode == 0
    assert said.stdout == "The ledger is sound: 3 entries of 1 members were looked at.\n"


async def test_a_broken_ledger_names_the_first_wrong_entry(
    environment: dict[str, str], rows: Rows
) -> None:
    for statement in REWRITE[:2]:
        await rows.execute(statement)

    said = await loyalty("verify-ledger", settings=environment)
    status, found = await verdict(settings=environment)

    assert (said.returncode, status) == (1, 1)
    assert said.stdout.startswith("ada, entry 2: its hash is not that of what it says\n")
    assert found == {
        "isSound": False,
        "members": 1,
        "entries": 3,
        "wrong": [{"memberId": "ada", "seq": 2, "problem": "its hash is not that of what it says"}],
        "brokenCheckpoints": [],
    }


class TestCheckpoints:
    async def test_a_ledger_that_has_grown_still_holds_them(
        self, environment: dict[str, str], make: Make, tmp_path: Path
    ) -> None:
        path = await saved_checkpoint(tmp_path, environment)
        await make.earned("ada", 5)
        await make.user("bob")
        await make.earned("bob", 5)

        auditor = environment | {"LOYALTY_CHECKPOINT_KEY": ""}
        for settings, by in [(environment, []), (auditor, ["--public-key", PUBLIC_KEY])]:
            status, found = await verdict("--checkpoint", path, *by, settings=settings)
            assert (status, found["brokenCheckpoints"]) == (0, [])

    async def test_a_past_that_was_rewritten_does_not(
        self, environment: dict[str, str], rows: Rows, tmp_path: Path
    ) -> None:
        path = await saved_checkpoint(tmp_path, environment)
        for statement in REWRITE:
            await rows.execute(statement)

        status, found = await verdict("--checkpoint", path, settings=environment)

        assert status == 1
        assert found["wrong"] == []
        [problem] = found["brokenCheckpoints"]
        assert "the ledger had 3 entries of 1 members" in problem
        assert problem.endswith("the past was changed")

    @pytest.mark.parametrize("forgery", ["text", "key"])
    async def test_what_somebody_else_has_signed_is_none_of_ours(
        self, environment: dict[str, str], tmp_path: Path, forgery: str
    ) -> None:
        other = environment | {"LOYALTY_CHECKPOINT_KEY": OTHER_KEY if forgery == "key" else KEY}
        path = await saved_checkpoint(tmp_path, other)
        if forgery == "text":
            path.write_text(path.read_text().replace("3 entries", "4 entries"))

        status, found = await verdict("--checkpoint", path, settings=environment)

        assert status == 1
        assert found["brokenCheckpoints"] == [f"{path}: it is not signed by the key {PUBLIC_KEY}"]

    @pytest.mark.parametrize("content", ['{"statement": 1}', "no JSON"])
    async def test_another_file_is_no_checkpoint(
        self, environment: dict[str, str], tmp_path: Path, content: str
    ) -> None:
        path = tmp_path / "file"
        path.write_text(content)
        said = await loyalty("verify-ledger", "--checkpoint", path, settings=environment)
        assert said.returncode == 2
        assert "is not a checkpoint" in " ".join(said.stderr.replace("│", "").split())

    async def test_without_a_key_it_says_how_to_make_one(self, environment: dict[str, str]) -> None:
        said = await loyalty("checkpoint", settings=environment | {"LOYALTY_CHECKPOINT_KEY": ""})
        assert said.returncode == 1
        assert "openssl rand -base64 32" in said.stderr

    async def test_anybody_can_check_one(
        self, environment: dict[str, str], rows: Rows, tmp_path: Path
    ) -> None:
        document = json.loads((await saved_checkpoint(tmp_path, environment)).read_text())
        signed = SignedCheckpoint(
            document["statement"],
            base64.b64decode(document["signature"]),
            base64.b64decode(document["publicKey"]),
        )
        assert document["publicKey"] == PUBLIC_KEY
        assert is_signed_by(signed, signed.public_key)
        assert not is_signed_by(signed, bytes(32))
        digest = "SELECT encode(sha256(hash), 'hex') FROM loyalty_ledger_entries WHERE seq = 3"
        assert str(await rows.value(digest)) in signed.statement
