"""`loyalty doctor`: checks an installation, and names a remedy for each problem."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import TextClause
from sqlalchemy.exc import DBAPIError

from app.database.migrate import is_unmigrated, newest_revision, present_revision
from db.engine.database import Database
from db.engine.sessions import Reader
from db.repositories import users
from db.verification import checks
from db.verification.checks import Upgrade
from domain.errors.base import InvalidInput
from domain.errors.not_found import UserNotFound
from domain.values import json_list


class Verdict(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """The problems that one check has found, a sentence each, at most 20; and the remedy."""

    check: str
    verdict: Verdict
    problems: Sequence[str] = ()
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Queries that return one row for each problem, and the remedy for them."""

    name: str
    queries: Sequence[TextClause]
    remedy: str
    verdict: Verdict = Verdict.FAILED


_CHECKS = (
    Check(
        "thresholds are ascending and unique",
        [checks.EQUAL_THRESHOLDS],
        "Give each active tier a threshold of its own with updateTier, or archive one.",
    ),
    Check(
        "codes are unique across members and invites",
        [checks.SHARED_CODES],
        "Cancel the invite, or give the member another code, in the database and in "
        "loyalty_referral_codes.",
    ),
    Check(
        "every code has a claim by its owner",
        [checks.UNCLAIMED_CODES],
        "Correct the claim in loyalty_referral_codes: without it the code cannot be used.",
    ),
    Check(
        "balances equal ledgers",
        [checks.UNBALANCED, checks.WRONG_LIFETIME],
        "A table was changed outside the service. Find out how, and set the member's totals "
        "to the sums of the ledger.",
    ),
    Check(
        "tiers follow from lifetime points",
        [checks.WRONG_TIERS],
        "Call updateTier with any tier's present values: it reassesses every member.",
    ),
    Check(
        "the service cannot alter the ledger",
        [checks.TOO_MUCH_ALLOWED],
        "Unset LOYALTY_DATABASE_ROLE, or have an administrator make the role: "
        "docs/runbook.md, The service's role.",
        Verdict.WARNING,
    ),
    Check(
        "events do not wait",
        [checks.STUCK],
        "Run a worker: loyalty worker. If one runs, its log has the reason.",
    ),
    Check(
        "events are not given up",
        [checks.DEAD],
        "Correct the cause that the error names, then call replayNotification. Do nothing if "
        "the mailbox does not exist.",
    ),
    Check(
        "every delivered event has its record",
        [checks.UNRECORDED],
        "Set the event's delivered_at to null: a worker claims it again.",
    ),
    Check(
        "users who reached a tier can be notified",
        [checks.UNREACHABLE],
        "Give them an e-mail address with upsertUser, then call replayNotification.",
        Verdict.WARNING,
    ),
)


async def examine(database: Database, user_id: str | None = None) -> list[Finding]:
    """Returns what every check finds for all users, or for one.

    Raises:
        UserNotFound: the user does not exist.
    """
    async with database.reader() as reader:
        migrations = await _migrations(reader)
        if migrations.verdict is not Verdict.OK:
            # The other queries need the tables of the newest migration.
            return [migrations]
        if user_id is not None and await users.by_id(reader, user_id) is None:
            raise UserNotFound(user_id)
        findings = [migrations, await _benefits(reader)]
        findings += [await _examined(reader, check, user_id) for check in _CHECKS]
        if user_id is not None:
            findings.append(await _notified(reader, user_id))
        return findings


def show(findings: Sequence[Finding], console: Console, *, as_json: bool) -> None:
    """Prints the findings as a table or as JSON."""
    if as_json:
        console.file.write(orjson.dumps([asdict(finding) for finding in findings]).decode() + "\n")
        return
    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}
    table = Table("", "check", "found", "what to do", show_lines=True)
    for finding in findings:
        table.add_row(
            Text(finding.verdict, style=colours[finding.verdict]),
            finding.check,
            Text("\n".join(map(_printable, finding.problems))),
            finding.remedy if finding.verdict is not Verdict.OK else None,
        )
    console.print(table)


def _printable(problem: str) -> str:
    # A mail server chooses its answer, which may contain control sequences of a terminal.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in problem
    )


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing has failed; warnings do not count."""
    return all(finding.verdict is not Verdict.FAILED for finding in findings)


async def _migrations(reader: Reader) -> Finding:
    name, expected = "migrations are at the newest revision", newest_revision()
    try:
        present = await present_revision(reader)
    except DBAPIError as error:
        if not is_unmigrated(error):
            raise
        present = "nothing"
    if present == expected:
        return Finding(name, Verdict.OK)
    problem = f"the database is at {present}, the code expects {expected}"
    return Finding(name, Verdict.FAILED, [problem], "Run: loyalty migrate")


async def _benefits(reader: Reader) -> Finding:
    problems = [
        f"benefits of {slug}: {problem}"
        for slug, text in await checks.benefits(reader)
        if (problem := _invalid(text))
    ]
    return _finding(
        "benefits can be served",
        problems,
        "Set them again with updateTier: a JSON list of plain values.",
    )


def _invalid(text: str) -> str | None:
    try:
        json_list("benefits", orjson.loads(text))
    except InvalidInput as error:
        return error.problem
    except orjson.JSONDecodeError as error:
        return str(error)
    return None


async def _examined(reader: Reader, check: Check, user_id: str | None) -> Finding:
    problems = [
        problem for query in check.queries for problem in await checks.ask(reader, query, user_id)
    ]
    return _finding(check.name, problems, check.remedy, check.verdict)


def _finding(
    name: str, problems: Sequence[str], remedy: str, verdict: Verdict = Verdict.FAILED
) -> Finding:
    if not problems:
        return Finding(name, Verdict.OK)
    return Finding(name, verdict, problems, remedy)


async def _notified(reader: Reader, user_id: str) -> Finding:
    """Returns the status of the notification of every tier upgrade of one user."""
    lines = [
        f"{_upgrade(upgrade)} {upgrade.created_at:%Y-%m-%d %H:%M}: "
        + " ".join(filter(None, [upgrade.status or "not yet", upgrade.reason]))
        for upgrade in await checks.upgrades_of(reader, user_id)
    ]
    return Finding(
        "notifications of tier upgrades", Verdict.OK, lines or ["the user has reached no tier"]
    )


def _upgrade(upgrade: Upgrade) -> str:
    if upgrade.tier_slug is None:
        return "a tier whose event was pruned, delivered"
    return f"{upgrade.tier_slug}, reached"
