"""Whether everything holds that must, by the tests' own rules and by the service's command."""

import asyncio
import json

from tests.fixtures.database import Rows
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.served import run
from tests.stress.callers import production


async def assert_sound(url: str) -> None:
    """Fails and names what is wrong in a database whose tiers were not changed."""
    await assert_invariants(Rows(url), tiers_unchanged=True)
    verified = await asyncio.to_thread(run, "verify-ledger", "--json", settings=production(url))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    entries = await Rows(url).value("SELECT count(*) FROM loyalty_ledger_entries")
    assert json.loads(verified.stdout)["entries"] == entries
