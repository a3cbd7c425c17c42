"""`python -m benchmarks`: loads rows, starts the contenders, compares, measures, and reports."""

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
from benchmarks.checkouts import before as before_contender
from benchmarks.contenders import (
    BEFORE,
    CONTENDERS,
    BenchmarkSetup,
    Contender,
    ContenderFailed,
    Running,
)
from benchmarks.driver import DriverFailed
from benchmarks.loading import filled, postgres
from benchmarks.proof import prove, prove_ledger
from benchmarks.reporting.machine import describe
from benchmarks.reporting.page import PAGE, write_page
from benchmarks.reporting.paired import CPU_RATIO_MAX, paired, show_paired
from benchmarks.reporting.tables import LARGE, LATEST, OURS, as_json, failures, save, saved, show
from benchmarks.rounds import COLD_STARTS, Results, RunLength, drive, soak, started
from benchmarks.rows import DatasetSize
from benchmarks.work import WORK, MemberSets, Work
from codegen.node import NodeUnavailable

LARGE_MEMBERS = 500_000
DATA_DIR = Path(".data")
BESIDE_BEFORE = LATEST.with_name("before.json")
# One process is compared with one process.
DEFAULT = ",".join(
    each.name for each in CONTENDERS.values() if each.processes == 1 and each.name != BEFORE
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


def _chosen(known: dict[str, Any], names: str | None, option: str) -> list[Any]:
    wanted = names.split(",") if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(
            f"no {', '.join(unknown)}; there are {', '.join(known)}", param_hint=option
        )
    return [known[name] for name in known if name in wanted]


def _contenders(names: str | None, checkout: str | None) -> list[Contender]:
    """Returns the contenders that the options name, with the other checkout where one is named."""
    if checkout is None:
        chosen: list[Contender] = _chosen(CONTENDERS, names or DEFAULT, "--contenders")
        return chosen
    named = _chosen(CONTENDERS, f"{names or OURS},{OURS},{BEFORE}", "--contenders")
    other = before_contender(checkout)
    return [other if contender.name == BEFORE else contender for contender in named]


@app.command()
def bench(
    only: Annotated[
        str | None, typer.Option(help=f"Some of the work, with commas: {', '.join(WORK)}.")
    ] = None,
    contenders: Annotated[
        str | None, typer.Option(help=f"Some of: {', '.join(CONTENDERS)}.")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION|DIRECTORY",
            help="Compare with another checkout of this project, in paired rounds. "
            "Without --contenders, nothing else takes part.",
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, max=60, help="How long one measurement lasts.")
    ] = 2.0,
    rounds: Annotated[
        int, typer.Option(min=1, max=20, help="How many rounds; each measures every row once.")
    ] = 3,
    requests: Annotated[
        int,
        typer.Option(min=0, max=10_000_000, help="Send so many dashboards; record memory."),
    ] = 0,
    large: Annotated[
        bool, typer.Option("--large", help="500,000 members, 10 million entries.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Load the rows again.")] = False,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Write the table into docs/performance.md.")
    ] = False,
) -> None:
    """Measure the service beside its peers: same work, same rows, answers compared first."""
    if large and write_docs:
        raise typer.BadParameter("--write-docs needs no --large: it reads that run's file")
    work: list[Work] = _chosen(WORK, only, "--only")
    chosen = _contenders(contenders, before)
    if write_docs and (before or any(contender.processes > 1 for contender in chosen)):
        raise typer.BadParameter(
            "--write-docs compares one process with one process, and not with --before"
        )
    shape = DatasetSize(members=LARGE_MEMBERS) if large else DatasetSize()
    config = RunLength(seconds=seconds, warmup_seconds=seconds / 4, rounds=rounds)
    # Packages are fetched before the first measurement.
    for contender in chosen:
        contender.command()
    results = Results()
    with postgres(DATA_DIR / ("bench-large" if large else "bench")) as server_url:
        target = filled(server_url, shape, console, fresh=fresh)
        machine = asyncio.run(describe(target.url, [contender.name for contender in chosen]))
        sets = MemberSets(target)
        console.print("Starting the contenders and comparing their answers")
        with started(BenchmarkSetup.on(target.url), chosen, results, COLD_STARTS) as running:
            prove(running, sets)
            _measure(running, work, sets, config, results)
            if requests:
                _soak(running, sets, requests, results)
            prove_ledger(sets)
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
    if before is not None:
        report["paired"] = paired(results)
    path = BESIDE_BEFORE if before else LARGE if large else LATEST
    save(report, path)
    show(report, console)
    if before is not None:
        show_paired(report["paired"], console)
    if write_docs:
        write_page(report, saved(LARGE))
    _say_what_next(report, path, is_written=write_docs)


def _measure(
    running: list[Running],
    work: list[Work],
    sets: MemberSets,
    config: RunLength,
    results: Results,
) -> None:
    columns = (BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
        bar = progress.add_task("", total=len(running) * len(work) * config.rounds)

        def advance(what: str) -> None:
            progress.update(bar, description=what, advance=1)

        drive(running, work, sets, config, results, advance)


def _soak(running: list[Running], sets: MemberSets, requests: int, results: Results) -> None:
    with Progress(console=console) as progress:
        for one in running:
            bar = progress.add_task(f"Memory: {one.contender.title}", total=requests)
            memory = soak(one, sets, requests, partial(progress.advance, bar))
            results.memory[one.contender.name].over_requests = memory.over_requests


def _say_what_next(report: dict[str, Any], path: Path, *, is_written: bool) -> None:
    console.print(f"The results are in {path}.")
    if failures(report):
        console.print("Some measurements failed: their figures are not valid.", style="red")
        raise typer.Exit(1)
    if "paired" in report:
        console.print(f"Next: commit no row that costs more than {CPU_RATIO_MAX}x.")
    elif is_written:
        console.print(f"Next: look at {PAGE} and commit it.")
    else:
        console.print("Next: --write-docs puts them into docs/performance.md; --help has more.")


def _arguments() -> str:
    return " ".join(argument for argument in sys.argv[1:] if argument != "--write-docs")


def main() -> None:
    """Runs the command line; an expected failure prints its reason and exits with status 2."""
    # SystemExit leaves every `with` block, which stops the processes that were started.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        app(prog_name="python -m benchmarks")
    except (ContenderFailed, DriverFailed, EmbeddedPostgresError, NodeUnavailable) as error:
        console.print(f"benchmarks: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
