"""`loyalty doctor`: nothing on a healthy database, and each of the faults that are seeded here."""

import io
import json
from collections.abc import Mapping

import pytest
from rich.console import Console

from app.commands.doctor import Verdict, examine, is_healthy, show
from app.config.settings import Settings
from db.engine.database import Database
from domain.errors.not_found import UserNotFound
from tests.fixtures.database import SECRET, Rows
from tests.fixtures.factories import Make
from tests.fixtures.mail import Mailbox, MakeWorker
from tests.fixtures.served import run

EVENT = "(id, kind, user_id, payload, available_at, delivered_at, dead_at, attempts, last_error)"
HEALTHY = {
    "migrations are at the newest revision",
    "benefits can be served",
    "thresholds are ascending and unique",
    "codes are unique across members and invites",
    "every code has a claim by its owner",
    "balances equal ledgers",
    "tiers follow from lifetime points",
    "the service cannot alter the ledger",
    "events do not wait",
    "events are not given up",
    "every delivered event has its record",
    "users who reached a tier can be notified",
}
WARNINGS = {"no address", "rights"}
# By the check that finds them: what somebody did to the tables, and what is said of it.
FAULTS: Mapping[str, tuple[str, list[str], str]] = {
    "migrations": (
        "migrations are at the newest revision",
        ["UPDATE alembic_version SET version_num = '2026_11_22_first_tables'"],
        "the database is at 2026_11_22_first_tables",
    ),
    "thresholds": (
        "thresholds are ascending and unique",
        [
            "DROP INDEX uq_loyalty_tiers_active_threshold",
            "UPDATE loyalty_tiers SET point_threshold = 5000 WHERE slug IN ('gold', 'platinum')",
        ],
        "tiers gold, platinum all begin at 5000",
    ),
    "benefits": (
        "benefits can be served",
        ["UPDATE loyalty_tiers SET benefits = '[1e400]' WHERE slug = 'gold'"],
        "benefits of gold: ",
    ),
    "shared code": (
        "codes are unique across members and invites",
        [
            "UPDATE loyalty_members SET referral_code = "
            "(SELECT code FROM loyalty_referral_invites LIMIT 1) WHERE user_id = 'bob'"
        ],
        "is had by an invite of ada, member bob",
    ),
    "unclaimed code": (
        "every code has a claim by its owner",
        ["DELETE FROM loyalty_referral_codes WHERE owner_id = 'bob'"],
        "of bob is claimed by nobody",
    ),
    "balance": (
        "balances equal ledgers",
        ["UPDATE loyalty_members SET points_balance = points_balance + 1 WHERE user_id = 'ada'"],
        "the balance of ada is 1201, their ledger has 1200 in 1 entries",
    ),
    "lifetime": (
        "balances equal ledgers",
        ["UPDATE loyalty_members SET lifetime_points = 1300 WHERE user_id = 'ada'"],
        "the lifetime points of ada are 1300, their ledger has 1200",
    ),
    "rights": (
        "the service cannot alter the ledger",
        ["GRANT UPDATE ON loyalty_ledger_entries TO loyalty_service"],
        "the service is loyalty_service, who may update the ledger",
    ),
    "tier": (
        "tiers follow from lifetime points",
        [
            "UPDATE loyalty_members SET tier_id = "
            "(SELECT id FROM loyalty_tiers WHERE slug = 'platinum') WHERE user_id = 'bob'"
        ],
        "bob with 0 lifetime points has platinum",
    ),
    "stuck": (
        "events do not wait",
        [
            f"INSERT INTO outbox_events {EVENT} VALUES (gen_random_uuid(), 'TIER_UPGRADED', 'bob', "
            "'{}', now() - interval '16 minutes', NULL, NULL, 0, NULL)"
        ],
        "TIER_UPGRADED of bob is due since ",
    ),
    "dead": (
        "events are not given up",
        [
            f"INSERT INTO outbox_events {EVENT} VALUES (gen_random_uuid(), 'TIER_UPGRADED', 'bob', "
            "'{}', now(), NULL, now(), 10, '451 no')"
        ],
        "TIER_UPGRADED of bob was given up after 10 tries: 451 no",
    ),
    "no record": (
        "every delivered event has its record",
        ["DELETE FROM notifications WHERE user_id = 'ada'"],
        "TIER_UPGRADED of ada is done, and there is no record of how",
    ),
    "no address": (
        "users who reached a tier can be notified",
        ["UPDATE notifications SET status = 'SKIPPED', reason = 'NO_EMAIL' WHERE user_id = 'ada'"],
        "ada reached a tier and got no mail: NO_EMAIL",
    ),
}
# A code that two have can be claimed by one of them only.
ALSO = {"shared code": ["every code has a claim by its owner"]}


@pytest.fixture(autouse=True)
async def healthy(make: Make, make_worker: MakeWorker) -> None:
    await make.baseline_tiers()
    await make.user("ada", email="ada@example.com", marketing_messages=True)
    await make.earned("ada", 1_200)
    await make.member("bob", email="bob@example.com")
    await make.invite("ada", invitee_email="cyd@example.com")
    # A member who wants no mails is not a fault.
    await make.user("dan")
    await make.earned("dan", 1_000)
    await make_worker().run_once()


async def test_a_healthy_database_has_nothing(database: Database) -> None:
    findings = await examine(database)
    assert {finding.check for finding in findings} == HEALTHY
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert not any(finding.problems for finding in findings)
    assert is_healthy(findings)


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {check for check, _, _ in FAULTS.values()} == HEALTHY
    assert len(FAULTS) >= 10


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found_and_named(database: Database, rows: Rows, fault: str) -> None:
    check, statements, problem = FAULTS[fault]
    for statement in statements:
        await rows.execute(statement)

    findings = {finding.check: finding for finding in await examine(database)}

    found = findings[check]
    assert {name for name, each in findings.items() if each.problems} == {
        check,
        *ALSO.get(fault, ()),
    }
    assert any(problem in each for each in found.problems), found
    assert found.remedy
    expected = Verdict.WARNING if fault in WARNINGS else Verdict.FAILED
    assert found.verdict is expected
    assert is_healthy(list(findings.values())) == (expected is Verdict.WARNING)


async def test_a_service_with_its_logins_own_rights_is_warned_of(database_url: str) -> None:
    database = Database(database_url)
    findings = {finding.check: finding for finding in await examine(database)}
    await database.aclose()

    found = findings["the service cannot alter the ledger"]
    assert [problem.split(", who may ")[1] for problem in found.problems] == [
        "update the ledger",
        "delete from the ledger",
        "empty the ledger",
        "take away its triggers",
    ]
    assert found.verdict is Verdict.WARNING
    assert is_healthy(list(findings.values()))


async def test_of_one_user_it_shows_the_mails(database: Database, make: Make, rows: Rows) -> None:
    await rows.execute("UPDATE loyalty_members SET points_balance = 5 WHERE user_id = 'bob'")
    await make.earned("ada", 4_000)

    ada, dan, bob = [await examine(database, user_id) for user_id in ("ada", "dan", "bob")]

    assert [line.split(", reached")[0] for line in ada[-1].problems] == ["silver", "gold"]
    assert [line.split(": ")[1] for line in ada[-1].problems] == ["SENT", "not yet"]
    assert dan[-1].problems[0].endswith(": SKIPPED MARKETING_OPTED_OUT")
    assert ada[-1].problems[1].endswith(": not yet")
    assert bob[-1].problems == ["the user has reached no tier"]
    assert [is_healthy(findings) for findings in (ada, dan, bob)] == [True, True, False]


async def test_of_one_user_it_tells_what_the_mail_server_said(
    database: Database, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
) -> None:
    mailbox.answers = ["451 4.3.0 Later", "550 5.1.1 Nobody here"]
    await make.earned("ada", 4_000)
    for expected in ("not yet 451 4.3.0 Later", "FAILED 550 5.1.1 Nobody here"):
        await rows.execute("UPDATE outbox_events SET available_at = now()")
        await make_worker().run_once()
        findings = await examine(database, "ada")
        assert findings[-1].problems[1].endswith(f": {expected}")


async def test_an_unknown_user_is_an_error(database: Database) -> None:
    with pytest.raises(UserNotFound):
        await examine(database, "nobody")


async def test_hostile_words_do_not_break_the_table(database: Database, rows: Rows) -> None:
    await rows.execute("UPDATE outbox_events SET dead_at = now(), last_error = '[/red]\u001b[31m'")
    output = io.StringIO()
    show(await examine(database), Console(file=output, width=200), as_json=False)
    assert "[/red]" in output.getvalue()
    assert "failed" in output.getvalue()
    assert "\u001b" not in output.getvalue()


async def test_the_command_exits_as_scripts_need_it(settings: Settings, rows: Rows) -> None:
    environment = {
        "LOYALTY_DATABASE_URL": str(settings.database_url),
        "LOYALTY_AUTH_ISSUER": settings.auth_issuer,
        "LOYALTY_AUTH_AUDIENCE": settings.auth_audience,
        "LOYALTY_AUTH_SECRET": SECRET,
    }
    # What a request may take of the database is no measure for it.
    hasty = {**environment, "LOYALTY_STATEMENT_TIMEOUT_MS": "1"}
    well = run("doctor", "--json", settings=hasty)
    assert (well.returncode, well.stderr) == (0, "")
    assert {finding["verdict"] for finding in json.loads(well.stdout)} == {"ok"}

    await rows.execute("UPDATE loyalty_members SET points_balance = 5 WHERE user_id = 'bob'")
    ill = run("doctor", settings={**environment, "COLUMNS": "240"})
    assert ill.returncode == 1
    assert "the balance of bob is 5" in ill.stdout
