"""`loyalty verify-ledger` and `loyalty checkpoint`: detect changes of past ledger entries."""

import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands import termination
from app.config.checkpoint_key import CheckpointKey, is_signed_by, read_key
from app.config.environment import load_settings
from app.config.settings import PREFIX, TIMEOUT_MS_MAX, Settings, SettingsError
from app.database.location import connect, database_url
from db.engine.sessions import Reader
from db.verification import checkpoints, ledger
from db.verification.ledger import WRONG_MAX, Wrong
from domain.checkpoints import ALGORITHM, Checkpoint, SignedCheckpoint, read_statement
from domain.errors.base import InvalidInput

ResultT = TypeVar("ResultT")
_console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The number of verified members and entries, and the problems: at most 20 of the ledger."""

    members: int
    entries: int
    wrong: list[Wrong]
    broken_checkpoints: list[str]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong and not self.broken_checkpoints


def verify_ledger(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A file that `loyalty checkpoint` wrote, to compare the ledger with."),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(help="Key that must have signed it, in base64; default: our own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Verify every entry of every member; exit status 1 if anything is wrong."""
    settings = load_settings()
    saved = {path: _read_file(path) for path in checkpoint or []}
    signer = _expected_signer(settings, public_key) if saved else b""

    async def verify(reader: Reader) -> Verdict:
        broken = [
            f"{path}: {problem}"
            for path, signed in saved.items()
            if (problem := await _broken(reader, signed, signer))
        ]
        return await _verified(reader, broken)

    verdict = _reading(settings, verify)
    if as_json:
        typer.echo(_as_json(verdict))
    else:
        _show(verdict)
    if not verdict.is_sound:
        raise typer.Exit(1)


def checkpoint() -> None:
    """Print a signed digest of the whole ledger; keep it outside this installation."""
    settings = load_settings()
    key = _own_key(settings)
    signed = key.sign(_reading(settings, checkpoints.take))
    document = {
        "statement": signed.statement,
        "signature": base64.b64encode(signed.signature).decode(),
        "publicKey": base64.b64encode(signed.public_key).decode(),
        "algorithm": ALGORITHM,
    }
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _reading(settings: Settings, work: Callable[[Reader], Awaitable[ResultT]]) -> ResultT:
    """Returns the result of `work`, which may take longer than a request."""
    unlimited = settings.model_copy(update={"statement_timeout_ms": TIMEOUT_MS_MAX})

    async def run(url: str) -> ResultT:
        database = connect(unlimited, url)
        try:
            async with database.reader() as reader:
                return await work(reader)
        finally:
            await database.aclose()

    with database_url(settings) as url:
        return termination.run(run(url))


async def _verified(reader: Reader, broken_checkpoints: list[str]) -> Verdict:
    size = await ledger.size(reader)
    members, entries, wrong = 0, 0, list[Wrong]()
    columns = (TextColumn("Entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console) as progress:
        bar = progress.add_task("", total=size.entries)
        async for found, wrong_there in ledger.ranges(reader):
            members, entries = members + found.members, entries + found.entries
            wrong += wrong_there
            progress.update(bar, completed=entries)
            if len(wrong) >= WRONG_MAX:
                break
    return Verdict(members, entries, wrong[:WRONG_MAX], broken_checkpoints)


async def _broken(reader: Reader, signed: SignedCheckpoint, signer: bytes) -> str | None:
    """Returns the problem with a checkpoint, or None if the ledger still matches it."""
    if not is_signed_by(signed, signer):
        return f"it is not signed by the key {base64.b64encode(signer).decode()}"
    then = read_statement(signed.statement)
    now = await checkpoints.as_of(reader, then.as_of)
    if now == then:
        return None
    return (
        f"up to {then.as_of:%Y-%m-%d %H:%M:%S} UTC the ledger had {_amount(then)}; "
        f"of the same time it now has {_amount(now)}: the past was changed"
    )


def _amount(checkpoint: Checkpoint) -> str:
    return (
        f"{checkpoint.entries} entries of {checkpoint.members} members, "
        f"digest {checkpoint.digest.hex()[:16]}…"
    )


def _read_file(path: Path) -> SignedCheckpoint:
    # Whatever is missing or of the wrong kind makes it another file.
    with suppress(ValueError, TypeError, KeyError, InvalidInput):
        document = orjson.loads(path.read_bytes())
        read_statement(document["statement"])
        return SignedCheckpoint(
            document["statement"],
            base64.b64decode(document["signature"], validate=True),
            read_key(document["publicKey"]),
        )
    raise typer.BadParameter(f"{path} is not a checkpoint", param_hint="--checkpoint")


def _own_key(settings: Settings) -> CheckpointKey:
    if settings.checkpoint_key is None:
        raise SettingsError(
            f"{PREFIX}CHECKPOINT_KEY: set it to 32 bytes in base64; make them with: "
            "openssl rand -base64 32"
        )
    return CheckpointKey(read_key(settings.checkpoint_key.get_secret_value()))


def _expected_signer(settings: Settings, public_key: str | None) -> bytes:
    if public_key is None:
        return _own_key(settings).public_key
    try:
        return read_key(public_key)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--public-key") from None


def _as_json(verdict: Verdict) -> str:
    return orjson.dumps(
        {
            "isSound": verdict.is_sound,
            "members": verdict.members,
            "entries": verdict.entries,
            "wrong": [
                {"memberId": each.member_id, "seq": each.seq, "problem": each.problem}
                for each in verdict.wrong
            ],
            "brokenCheckpoints": verdict.broken_checkpoints,
        }
    ).decode()


def _show(verdict: Verdict) -> None:
    for each in verdict.wrong:
        entry = "" if each.seq is None else f", entry {each.seq}"
        typer.echo(f"{each.member_id}{entry}: {each.problem}")
    for problem in verdict.broken_checkpoints:
        typer.echo(problem)
    looked_at = f"{verdict.entries} entries of {verdict.members} members were looked at"
    if verdict.is_sound:
        typer.echo(f"The ledger is sound: {looked_at}.")
    elif verdict.wrong:
        typer.echo(f"The ledger is broken, first at {verdict.wrong[0].member_id}: {looked_at}.")
    else:
        typer.echo(f"The ledger is sound in itself, and not what it was: {looked_at}.")
