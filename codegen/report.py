"""Prints the changes of a schema, and compares them with the accepted changes."""

import typer

from codegen.breaking import Change, Changes
from codegen.paths import ACCEPTED_FILE
from codegen.releases import Unreadable

SEPARATOR = " # "


def report(changes: Changes, base: str) -> int:
    """Prints the changes since `base`; returns the exit status, 1 where one is not accepted.

    Raises:
        Unreadable: a line of the accepted changes gives no reason.
    """
    accepted = accepted_changes(ACCEPTED_FILE.read_text(encoding="utf-8"))
    refused = [change for change in changes.breaking if str(change) not in accepted]
    agreed = [change for change in changes.breaking if str(change) in accepted]
    typer.echo(f"The schema against {base}:")
    _list("Breaking", refused)
    _list("Breaking, and accepted", agreed)
    _list("Dangerous", changes.dangerous)
    _list("Safe", changes.safe)
    if past := accepted.keys() - {str(change) for change in agreed}:
        typer.echo(f"\nNo longer needed in {ACCEPTED_FILE.name}:")
        typer.echo("\n".join(f"  {line}" for line in sorted(past)))
    if refused:
        typer.echo(
            f"\nTo accept a breaking change, add its line and '{SEPARATOR.strip()} the reason' to "
            f"codegen/{ACCEPTED_FILE.name}."
        )
    return int(bool(refused))


def accepted_changes(text: str) -> dict[str, str]:
    """Returns the reason of each accepted change, by the change as `report` prints it.

    Raises:
        Unreadable: a line gives no reason.
    """
    lines = [line.strip() for line in text.splitlines()]
    reasons = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        change, _, reason = line.partition(SEPARATOR)
        if not reason.strip():
            raise Unreadable(f"codegen/{ACCEPTED_FILE.name}: no reason after '#': {line}")
        reasons[change.strip()] = reason.strip()
    return reasons


def _list(title: str, changes: list[Change]) -> None:
    if changes:
        typer.echo(f"\n{title} ({len(changes)}):")
        typer.echo("\n".join(f"  {change}" for change in changes))
