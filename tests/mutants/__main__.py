"""`python -m tests.mutants`: makes every fault in a copy, and shows which tests notice it."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.database.embedded import EmbeddedPostgresError, embedded_postgres
from tests.fixtures.database import FAST_SERVER
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.trial import Copy, Run, Verdict, tracked_files

BASELINE_TIMEOUT_SECONDS = 900.0
_WIDTH_WITHOUT_TERMINAL = 150
_COLOURS = {Verdict.KILLED: "green", Verdict.SURVIVED: "bold red", Verdict.UNDECIDED: "bold yellow"}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)
on_the_side = Console(stderr=True)


class NotSound(Exception):
    """The tests fail without any fault: what they say of faults would mean nothing."""


def _chosen(names: list[str] | None) -> list[Mutant]:
    known = {mutant.name: mutant for mutant in MUTANTS}
    if unknown := [name for name in names or () if name not in known]:
        raise typer.BadParameter(f"no {', '.join(unknown)}; there are {', '.join(known)}")
    return [mutant for name, mutant in known.items() if not names or name in names]


@contextmanager
def _copies(count: int) -> Iterator[list[Copy]]:
    """Yields copies of the project, and a database server for their tests alone."""
    with ExitStack() as stack:

        def folder(prefix: str) -> Path:
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix))
            return Path(made).resolve()

        # A folder of its own for the server's data: it is closed to everybody else.
        data = folder("loyalty-tests-")
        own_server = stack.enter_context(embedded_postgres(data, settings=FAST_SERVER))
        server_url = os.environ.get("TEST_DATABASE_URL", own_server)
        copies = [Copy(folder("loyalty-mutants-"), server_url) for _ in range(count)]
        files = tracked_files()
        for copy in copies:
            copy.add(files)
        yield copies


@dataclass
class Trials:
    """Mutants, and what has come of them so far."""

    chosen: list[Mutant]
    shows_output: bool
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def killed(self) -> int:
        """How many mutants have been killed."""
        return sum(
            mutant.name in self.runs and self._verdict(mutant) is Verdict.KILLED
            for mutant in self.chosen
        )

    async def run(self, copies: list[Copy], progress: Progress) -> None:
        """Tries every mutant out, as many at a time as there are copies."""
        bar = progress.add_task("all of their tests, without any fault", total=len(self.chosen) + 1)
        await self._require_sound(copies[0])
        progress.update(bar, advance=1, description="")
        waiting = iter(self.chosen)

        async def work(copy: Copy) -> None:
            for mutant in waiting:
                progress.update(bar, description=mutant.name)
                self.runs[mutant.name] = await copy.try_out(mutant)
                verdict = self._verdict(mutant)
                if self.shows_output or verdict is not Verdict.KILLED:
                    _tell(f"{mutant.name}: {verdict.value}", self.runs[mutant.name])
                progress.update(bar, advance=1)

        async with asyncio.TaskGroup() as group:
            for copy in copies:
                group.create_task(work(copy))

    def table(self) -> Table:
        """Returns what is known, a row for each mutant that was tried out."""
        table = Table(title="Would the tests notice?", title_justify="left")
        table.add_column("mutant", overflow="fold")
        table.add_column("what it breaks", ratio=3)
        table.add_column("tests that must fail", ratio=4, overflow="fold")
        table.add_column("verdict", no_wrap=True)
        table.add_column("s", justify="right", no_wrap=True)
        for mutant in self.chosen:
            if mutant.name in self.runs:
                table.add_row(*self._row(mutant))
        return table

    def _row(self, mutant: Mutant) -> tuple[str, ...]:
        tests = "\n".join(test.removeprefix("tests/").replace("[", r"\[") for test in mutant.tests)
        verdict = self._verdict(mutant)
        coloured = f"[{_COLOURS[verdict]}]{verdict.value}[/]"
        seconds = self.runs[mutant.name].seconds
        return mutant.name, mutant.breaks, tests, coloured, f"{seconds:.1f}"

    def _verdict(self, mutant: Mutant) -> Verdict:
        return self.runs[mutant.name].verdict(mutant.tests)

    async def _require_sound(self, copy: Copy) -> None:
        tests = sorted({test for mutant in self.chosen for test in mutant.tests})
        run = await copy.run(tests, timeout_seconds=BASELINE_TIMEOUT_SECONDS)
        if unsound := run.unsound(tests):
            _tell("Without any fault, the tests must run and pass", run)
            on_the_side.print("These do not:", *unsound, sep="\n", markup=False)
            raise NotSound


@app.command()
def mutants(
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these; left out, all.", metavar="[NAME]...")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="How many at a time.")] = 2,
    output: Annotated[
        bool, typer.Option("--output", help="Show what pytest says of every mutant.")
    ] = False,
) -> None:
    """Seed faults into a copy of the program, one at a time, and see whether its tests notice.

    A mutant is KILLED when each test that is named for it has run and failed, after passing on the
    program as it is. Exit status 1 tells that one was not.
    """
    trials = Trials(_chosen(names), output)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, TextColumn("{task.description}"), console=on_the_side)
    try:
        with progress, _copies(min(jobs, len(trials.chosen))) as copies:
            asyncio.run(trials.run(copies, progress))
    except NotSound:
        raise typer.Exit(2) from None
    finally:
        # What is known when somebody stops it is shown as well.
        if trials.runs:
            console.print(trials.table())
        console.print(f"{trials.killed} of {len(trials.chosen)} mutants killed.")
    if trials.killed < len(trials.chosen):
        raise typer.Exit(1)


def _tell(what: str, run: Run) -> None:
    on_the_side.rule(what)
    on_the_side.print(run.output, markup=False, highlight=False)
    for file in run.elsewhere:
        on_the_side.print(
            f"loaded from the project itself, not from the copy: {file}", markup=False
        )


def main() -> None:
    """Runs the command line; a failure with a reason is printed, with exit status 2."""
    # As Ctrl-C does: it unwinds what is open, and so removes the copies and stops what was started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(prog_name="python -m tests.mutants")
    except (EmbeddedPostgresError, subprocess.CalledProcessError, FileNotFoundError) as error:
        on_the_side.print(f"mutants: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
