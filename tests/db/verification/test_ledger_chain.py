"""Every entry carries a hash of itself and of its predecessor, which anybody can recompute."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.fixtures.chain import entry_hash
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make

LEDGER = "SELECT * FROM loyalty_ledger_entries ORDER BY member_id, seq"
# What JSON writers disagree about, if they disagree at all.
ODD_TEXTS = [
    'quotes " and \\ and /',
    "\b\f\n\r\t\x01\x1f\x7f\x80",
    "ligature \ufb01, accents e\u0301 \u00e9, line \u2028 end",
    "\N{PILE OF POO} \ud7ff\ue000\ufffd",
    "</script> & <!-- 'x' -->",
]
APPEND = (
    "INSERT INTO loyalty_ledger_entries "
    "(member_id, seq, id, kind, points, balance_after, reference, actor_id, hash) "
    "VALUES ('ada', :seq, gen_random_uuid(), 'EARN', 5, 5, :reference, :actor_id, :hash)"
)


async def append(rows: Rows, seq: int, **given: Any) -> None:
    """Inserts an entry past all code but the database's own."""
    defaults: dict[str, Any] = {"reference": None, "actor_id": "ops", "hash": None}
    await rows.execute(APPEND, seq=seq, **(defaults | given))


async def test_anybody_can_recompute_it(make: Make, rows: Rows) -> None:
    await make.baseline_tiers()
    await make.user("ada")
    await make.user('b"ö\\b')
    for _ in range(2):
        await make.earned('b"ö\\b', 9_007_199_254_740_991 // 3, reference="order 7")
    await make.redeemed('b"ö\\b', 1, description="A cup", metadata={"cups": 1})
    await make.converted((await make.invite("ada", invitee_reward_points=5)).code, 'b"ö\\b')

    previous: dict[object, bytes] = {}
    entries = await rows.all(LEDGER)
    for entry in entries:
        expected = entry_hash(previous.get(entry["member_id"]), entry)
        assert entry["hash"] == expected
        previous[entry["member_id"]] = expected
    assert len(entries) == 5
    assert any(entry["invite_id"] for entry in entries)


@pytest.mark.parametrize("odd", ODD_TEXTS)
async def test_odd_letters_are_written_as_json_writes_them(
    make: Make, rows: Rows, odd: str
) -> None:
    await make.member("ada")
    await append(rows, 1, reference=odd, actor_id=odd)
    [entry] = await rows.all(LEDGER)
    assert entry["hash"] == entry_hash(None, entry)


async def test_nobody_chooses_a_hash(make: Make, rows: Rows) -> None:
    await make.member("ada")
    await append(rows, 1, hash=b"chosen")
    [entry] = await rows.all(LEDGER)
    assert entry["hash"] == entry_hash(None, entry)


async def test_entries_of_one_statement_are_chained(make: Make, rows: Rows) -> None:
    await make.member("ada")
    await rows.execute(
        "INSERT INTO loyalty_ledger_entries "
        "(member_id, seq, id, kind, points, balance_after, actor_id) "
        "SELECT 'ada', n, gen_random_uuid(), 'EARN', 1, n, 'ops' FROM generate_series(1, 5) AS n"
    )
    stored = await rows.all("SELECT hash FROM loyalty_ledger_entries ORDER BY seq")
    assert stored == await rows.all(
        "SELECT ledger_chain(entry) OVER (PARTITION BY member_id ORDER BY seq) AS hash "
        "FROM loyalty_ledger_entries AS entry ORDER BY seq"
    )
    assert len({str(each) for each in stored}) == 5


async def test_an_entry_without_its_predecessor_is_refused(make: Make, rows: Rows) -> None:
    await make.member("ada")
    await append(rows, 1)
    async with rows.unchanged():
        with pytest.raises(DBAPIError, match="needs the entry before it"):
            await append(rows, 3)


async def test_what_may_have_to_be_forgotten_is_not_hashed(make: Make, rows: Rows) -> None:
    await make.user("ada", email="ada@example.com", display_name="Ada")
    await make.earned("ada", 5, description="For Ada", metadata={"name": "Ada"})
    [entry] = await rows.all(LEDGER)
    forgotten = entry | {"description": None, "metadata": {}}
    assert entry["hash"] == entry_hash(None, forgotten)
