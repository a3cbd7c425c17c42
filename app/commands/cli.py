"""The `loyalty` command and its options."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import DBAPIError

from app import server
from app.commands import termination
from app.commands.doctor import examine, is_healthy, show
from app.commands.failures import reason
from app.commands.ledger import checkpoint, verify_ledger
from app.commands.prune import EVENT_DAYS, KEY_DAYS, removals
from app.commands.prune import prune as prune_database
from app.commands.seed import (
    BASELINE_TIERS,
    read_tiers,
    seed_members,
    seed_tiers,
    seed_tiers_if_none,
)
from app.config.environment import load_database_settings, load_settings
from app.config.settings import Settings, SettingsError
from app.context import Contexts
from app.database.embedded import EmbeddedPostgresError
from app.database.location import connect, database_url
from app.database.migrate import migrate as migrate_database
from app.identity.tokens import mint_token
from app.logs import log_to_stderr
from app.main import create_app
from app.worker import MAIL_DIR, mail_dir, run_worker
from domain.enums import Role
from domain.errors.base import LoyaltyError
from notifications.service import PREVIEWS
from notifications.service import preview as preview_of
from notifications.worker import WorkerConfig

TOKEN_LIFETIME_HOURS_MAX = 24 * 365
EXAMINATION_TIMEOUT_MS = 600_000

app = typer.Typer(
    help="Loyalty tiers, points and referral credits.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(verify_ledger)
app.command()(checkpoint)
notifications = typer.Typer(help="Mail notifications.", no_args_is_help=True)
app.add_typer(notifications, name="notifications")
console = Console(stderr=True)
ResultT = TypeVar("ResultT")


def main() -> None:
    """Runs the command line; an expected failure prints one sentence and exits with status 1."""
    termination.exit_on_sigterm()
    try:
        app()
    except (SettingsError, EmbeddedPostgresError, LoyaltyError, DBAPIError, OSError) as error:
        # Never wrapped, however narrow the terminal is: a program may read the line.
        console.print(
            f"loyalty: {reason(error)}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(1)


@app.command()
def serve() -> None:
    """Run the service until Ctrl-C."""
    settings = load_settings()
    with _prepared(settings) as prepared:
        if _manages_database(settings):
            _on_database(prepared, seed_tiers_if_none)
        _welcome(prepared)
        server.run(prepared)


@app.command()
def worker(
    batch: Annotated[
        int, typer.Option(min=1, max=100, help="How many events to claim at once.")
    ] = 10,
    lease: Annotated[
        float,
        typer.Option(
            min=1,
            max=3_600,
            help="Seconds for which the worker holds a claim; sending one may take half of that.",
        ),
    ] = 60.0,
) -> None:
    """Send notifications until Ctrl-C; you can run several workers."""
    settings = load_settings()
    log_to_stderr(settings.log_level)
    with _prepared(settings) as prepared:
        if settings.smtp_url is None:
            console.print(f"No LOYALTY_SMTP_URL: mails go to {mail_dir(settings)}", style="yellow")
        console.print("The worker runs. Ctrl-C stops it after the current messages.")
        termination.run(run_worker(prepared, WorkerConfig(batch_size=batch, lease_seconds=lease)))


@app.command()
def migrate() -> None:
    """Apply all migrations to the database."""
    with database_url(load_database_settings()) as url:
        migrate_database(url)
    console.print("The database is up to date. Next: loyalty seed, then loyalty serve")


@app.command()
def seed(
    tiers: Annotated[
        Path | None,
        typer.Option(help="JSON file of tiers, lowest first, instead of the baseline tiers."),
    ] = None,
    demo: Annotated[
        int,
        typer.Option(min=0, max=1_000_000, help="Number of demo members with a history to add."),
    ] = 0,
) -> None:
    """Create the missing tiers and, with --demo, members to try the service with."""
    commands = BASELINE_TIERS if tiers is None else read_tiers(tiers)
    with _prepared(load_settings()) as settings:
        created = _on_database(settings, lambda contexts: seed_tiers(contexts, commands))
        console.print(f"{created} tiers created, {len(commands) - created} existed before.")
        if demo:
            _seed_demo(settings, demo)


@app.command()
def prune(
    older_than: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=36_500,
            metavar="DAYS",
            help=f"Minimum age; default: {EVENT_DAYS} for events, {KEY_DAYS} for keys.",
        ),
    ] = None,
) -> None:
    """Remove old delivered events and old idempotency keys."""
    removing = removals(older_than)
    try:
        with _prepared(load_settings()) as settings, Progress(console=console) as progress:
            _on_database(
                settings,
                lambda contexts: prune_database(
                    contexts.database, removing, datetime.now(UTC), progress
                ),
            )
    finally:
        # Also after an interruption or a failure: removed rows stay removed.
        for each in removing:
            console.print(f"{each.count:,} {each.name} older than {each.days} days removed.")


@app.command()
def token(
    role: Annotated[str, typer.Option(help="admin or member")],
    subject: Annotated[str, typer.Option(help="The user's id, or a name for an admin.")],
    hours: Annotated[
        float, typer.Option(min=0.01, max=TOKEN_LIFETIME_HOURS_MAX, help="Validity in hours.")
    ] = 12.0,
) -> None:
    """Print a token that the shared secret signs; the last line is the token alone."""
    settings = load_settings()
    if role.lower() not in ("admin", "member"):
        raise typer.BadParameter("must be admin or member", param_hint="--role")
    try:
        minted = mint_token(settings, subject, Role(role.upper()), round(hours * 3_600))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--subject") from None
    console.print(f"A token of {role.lower()} '{subject}', valid for {hours:g} hours:")
    typer.echo(minted)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the REST paths; needs no settings and no database."""
    # The document depends on the code alone: nothing connects, and no token is verified.
    settings = Settings.model_construct(
        database_url="postgresql+asyncpg://nobody@localhost/none", auth_secret=SecretStr("none")
    )
    typer.echo(json.dumps(create_app(settings).openapi(), indent=2))


@app.command(name="doctor")
def examine_installation(
    user: Annotated[
        str | None, typer.Option(help="Check one user, and list the user's notifications.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Check the installation and print remedies; exit status 1 if a check fails."""
    settings = load_settings()
    with database_url(settings) as url:
        # The checks read whole tables, and no caller waits for them.
        changed = {"database_url": url, "statement_timeout_ms": EXAMINATION_TIMEOUT_MS}
        running = settings.model_copy(update=changed)
        findings = _on_database(running, lambda contexts: examine(contexts.database, user))
    show(findings, Console(soft_wrap=as_json), as_json=as_json)
    if not is_healthy(findings):
        raise typer.Exit(1)


@notifications.command()
def preview(
    name: Annotated[str, typer.Argument(help=" or ".join(PREVIEWS))],
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: in mail/ in the data directory.")
    ] = None,
) -> None:
    """Write an example of a mail to an HTML file."""
    if name not in PREVIEWS:
        raise typer.BadParameter(f"must be {' or '.join(PREVIEWS)}", param_hint="NAME")
    settings = load_database_settings()
    path = output or settings.data_dir / MAIL_DIR / f"preview-{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(preview_of(name).html, encoding="utf-8")
    typer.echo(path)


def _manages_database(settings: Settings) -> bool:
    """Whether this command migrates and seeds the database: it is not a production server."""
    return settings.mode == "development" or settings.database_url is None


@contextmanager
def _prepared(settings: Settings) -> Iterator[Settings]:
    """Yields settings that name a running database, migrated if this command manages it."""
    with database_url(settings) as url:
        if _manages_database(settings):
            migrate_database(url)
        yield settings.model_copy(update={"database_url": url})


def _seed_demo(settings: Settings, count: int) -> None:
    with Progress(console=console) as progress:
        bar = progress.add_task("Members", total=count)
        _on_database(
            settings,
            lambda contexts: seed_members(contexts, count, lambda: progress.advance(bar)),
        )
    console.print(
        "Try: { members(first: 5, orderBy: LIFETIME_POINTS) "
        "{ edges { node { userId lifetimePoints } } } }",
        markup=False,
    )


def _on_database(settings: Settings, work: Callable[[Contexts], Awaitable[ResultT]]) -> ResultT:
    async def run() -> ResultT:
        assert settings.database_url is not None, "the caller has set it"
        contexts = Contexts(settings, connect(settings, settings.database_url))
        try:
            return await work(contexts)
        finally:
            await contexts.aclose()

    return termination.run(run())


def _welcome(settings: Settings) -> None:
    base = f"http://{settings.host}:{settings.port}"
    lines = [
        f"Start    {base}/",
        f"GraphiQL {base}/graphiql",
        f"GraphQL  {base}/graphql",
        f"REST     {base}/docs",
        f"Health   {base}/readyz",
    ]
    if settings.mode == "development":
        admin = mint_token(settings, "admin", Role.ADMIN, lifetime_seconds=12 * 3_600)
        lines += [
            "",
            "Your admin token, for 12 hours:",
            f"export TOKEN={admin}",
            "",
            "Try it, in another shell:",
            f"curl -s {base}/graphql -H 'content-type: application/json' "
            '-d \'{"query": "{ tiers { slug name pointThreshold } }"}\'',
            "",
            "Ctrl-C stops the service; the data stays.",
        ]
    typer.echo("\n".join(lines))
