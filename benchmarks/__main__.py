"""`python -m benchmarks`: loads the rows, starts everybody, compares, measures, and reports."""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.database.embedded import EmbeddedPostgresError
from benchmarks.contenders import CONTENDERS, Contender, ContenderFailed, Running, Stage
from benchmarks.driver import DriverFailed
from benchmarks.loading import filled, postgres
from benchmarks.proof import prove, prove_ledger
from benchmarks.reporting.machine import describe
from benchmarks.reporting.page import PAGE, write_page
from benchmarks.reporting.tables import LARGE, LATEST, as_json, failures, save, saved, show
from benchmarks.rounds import COLD_STARTS, Results, WorkerConfig, drive, soak, started
from benchmarks.rows import ArgumentSignature
from benchmarks.work import WORK, Ground, Work
from codegen.node import NodeUnavailable

LARGE_MEMBERS = 500_000
DATA_DIR = Path(".data")
# One process is compared with one process.
UNASKED = ",".join(each.name for each in CONTENDERS.values() if each.processes == 1)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


def _chosen(known: dict[str, Any], names: str | None, option: str) -> list[Any]:
    wanted = names.split(",") if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(
            f"no {', '.join(unknown)}; there are {', '.join(known)}", param_hint=option
        )
    return [known[name] for name in known if name in wanted]


@app.command()
def bench(
    only: Annotated[
        str | None, typer.Option(help=f"Some of the work, with commas: {', '.join(WORK)}.")
    ] = None,
    contenders: Annotated[
        str | None, typer.Option(help=f"Some of: {', '.join(CONTENDERS)}.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long a cell lasts.")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How often it is measured.")] = 3,
    requests: Annotated[
        int, typer.Option(min=0, max=10_000_000, help="Dashboards to watch our memory over.")
    ] = 0,
    large: Annotated[
        bool, typer.Option("--large", help="500,000 members, 10 million entries.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Load the rows anew.")] = False,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Write the table into docs/performance.md.")
    ] = False,
) -> None:
    """Measure the service beside its peers: same work, same rows, answers compared first."""
    if large and write_docs:
        raise typer.BadParameter("--write-docs goes without --large, whose last run it finds")
    work: list[Work] = _chosen(WORK, only, "--only")
    who: list[Contender] = _chosen(CONTENDERS, contenders or UNASKED, "--contenders")
    if write_docs and any(contender.processes > 1 for contender in who):
        raise typer.BadParameter("--write-docs compares one process with one process")
    shape = ArgumentSignature(members=LARGE_MEMBERS) if large else ArgumentSignature()
    config = WorkerConfig(seconds=seconds, warmup_seconds=seconds / 4, rounds=rounds)
    # What must be fetched is fetched before the clock starts.
    for contender in who:
        contender.command()
    results = Results()
    with postgres(DATA_DIR / ("bench-large" if large else "bench")) as server_url:
        target = filled(server_url, shape, console, fresh=fresh)
        machine = asyncio.run(describe(target.url, [contender.name for contender in who]))
        ground = Ground(target)
        console.print("Starting everybody, and comparing their answers")
        with started(Stage.on(target.url), who, results, COLD_STARTS) as running:
            prove(running, ground)
            _measure(running, work, ground, config, results)
            if requests:
                _soak(running, ground, requests, results)
            prove_ledger(ground)
    options = {
        "command": "make bench" if len(sys.argv) == 1 else f"python -m benchmarks {_arguments()}",
        "seconds": seconds,
        "rounds": rounds,
        "requests": requests,
        "members": shape.members,
        "entries": shape.entries,
        "whale_entries": shape.whale_entries,
    }
    report = as_json(results, machine, options)
    path = LARGE if large else LATEST
    save(report, path)
    show(report, console)
    if write_docs:
        write_page(report, saved(LARGE))
    _say_what_next(report, path, is_written=write_docs)


def _measure(
    running: list[Running], work: list[Work], ground: Ground, config: WorkerConfig, results: Results
) -> None:
    columns = (BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
        bar = progress.add_task("", total=len(running) * len(work) * config.rounds)

        def advance(what: str) -> None:
            progress.update(bar, description=what, advance=1)

        drive(running, work, ground, config, results, advance)


def _soak(running: list[Running], ground: Ground, requests: int, results: Results) -> None:
    with Progress(console=console) as progress:
        for one in running:
            bar = progress.add_task(f"Memory: {one.contender.title}", total=requests)
            memory = soak(one, ground, requests, partial(progress.advance, bar))
            results.memory[one.contender.name].over_requests = memory.over_requests


def _say_what_next(report: dict[str, Any], path: Path, *, is_written: bool) -> None:
    console.print(f"All of it is in {path}.")
    if failures(report):
        console.print("Cells failed: their figures count for nothing.", style="red")
        raise typer.Exit(1)
    if is_written:
        console.print(f"Next: look at {PAGE} and commit it.")
    else:
        console.print("Next: --write-docs puts it into docs/performance.md; --help for the rest.")


def _arguments() -> str:
    return " ".join(argument for argument in sys.argv[1:] if argument != "--write-docs")


def main() -> None:
    """Runs the command line; a failure that has a reason is told and is exit status 2."""
    # An exit unwinds what is open, and so stops every process that was started.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        app(prog_name="python -m benchmarks")
    except (ContenderFailed, DriverFailed, EmbeddedPostgresError, NodeUnavailable) as error:
        console.print(f"benchmarks: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
