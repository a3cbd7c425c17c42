"""What was measured, as a table to read and as JSON to keep."""

import statistics
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.contenders import CONTENDERS
from benchmarks.rounds import Results
from benchmarks.work import WORK

RESULTS = Path(__file__).parents[1] / "results"
LATEST = RESULTS / "latest.json"
LARGE = RESULTS / "large.json"
OURS, LIMIT = "ours", "limit"
_ERRORS_KEPT = 3


def as_json(results: Results, machine: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Returns everything, for the file and for what is made from it."""
    return {
        "machine": machine,
        "options": options,
        "work": {
            name: {
                contender: {
                    "rate": round(cell.rate, 1),
                    "rates": [round(measured.rate, 1) for measured in cell.measurements],
                    "p50_ms": round(cell.quantile(lambda measured: measured.p50_ms), 2),
                    "cpu_ms": round(statistics.median(cell.cpu_ms), 3),
                    "p99_ms": round(cell.quantile(lambda measured: measured.p99_ms), 2),
                    "errors": len(cell.errors),
                    "first_errors": cell.errors[:_ERRORS_KEPT],
                }
                for contender, cell in cells.items()
            }
            for name, cells in results.cells.items()
        },
        "cold_start_s": {
            name: [round(seconds, 3) for seconds in sorted(times)]
            for name, times in results.cold_starts_s.items()
        },
        "memory_mib": {
            name: {
                "at_start": round(memory.at_start),
                "after_run": round(memory.after_run),
                "over_requests": [round(reading) for reading in memory.over_requests],
            }
            for name, memory in results.memory.items()
        },
    }


def save(report: dict[str, Any], path: Path) -> None:
    """Writes it to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")


def saved(path: Path) -> dict[str, Any] | None:
    """Returns the report of an earlier run, if there is one."""
    report: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.exists() else None
    return report


def best_peer(report: dict[str, Any], work: str) -> float | None:
    """Returns the best rate among the peers, or None where no peer has one."""
    rates = [
        cell["rate"]
        for name, cell in report["work"][work].items()
        if CONTENDERS[name].is_peer and cell["rate"]
    ]
    return max(rates, default=None)


def ratio(report: dict[str, Any], work: str) -> float | None:
    """Returns our rate by the best peer's."""
    ours = report["work"][work].get(OURS, {}).get("rate")
    best = best_peer(report, work)
    return ours / best if ours and best else None


def share_of_limit(report: dict[str, Any], work: str) -> float | None:
    """Returns our rate by the limit's."""
    cells = report["work"][work]
    ours, limit = (cells.get(name, {}).get("rate") for name in (OURS, LIMIT))
    return ours / limit if ours and limit else None


def contenders_of(report: dict[str, Any]) -> list[str]:
    """Returns the names of those who took part, in their usual order."""
    return [name for name in CONTENDERS if name in report["cold_start_s"]]


def rate_rows(report: dict[str, Any]) -> list[list[str]]:
    """Returns a row for every piece of work: its name, each rate, and how ours compares."""
    names = contenders_of(report)
    return [
        [
            work,
            *(_rate(cells.get(name)) for name in names),
            _times(ratio(report, work)),
            _times(WORK[work].target),
            _percent(share_of_limit(report, work)),
        ]
        for work, cells in report["work"].items()
    ]


def cost_rows(report: dict[str, Any]) -> list[list[str]]:
    """Returns what each contender costs besides: processor time, starts and memory."""
    names = contenders_of(report)
    rows = [
        [f"CPU, {work} (ms)", *(_cpu(cells.get(name)) for name in names)]
        for work, cells in report["work"].items()
    ]
    if {"ledger-near", "ledger-deep"} <= report["work"].keys():
        depths = [report["work"][f"ledger-{depth}"] for depth in ("deep", "near")]
        both = [[cells[name]["rate"] for cells in depths] for name in names]
        rows.append(["ledger-deep by -near", *(_share(*pair) for pair in both)])
    starts, memory = report["cold_start_s"], report["memory_mib"]
    median = [f"{starts[name][len(starts[name]) // 2]:.2f}" for name in names]
    rows.append(["Cold start (s)", *median])
    rows.append(["Memory, start (MiB)", *(str(memory[name]["at_start"]) for name in names)])
    rows.append(["Memory, end (MiB)", *(str(memory[name]["after_run"]) for name in names)])
    return rows


def show(report: dict[str, Any], console: Console) -> None:
    """Prints the tables, and what went wrong."""
    names = contenders_of(report)
    _print(console, ["a second", *names, "x best", "goal", "%limit"], rate_rows(report))
    _print(console, ["costs", *names], cost_rows(report))
    for name, memory in report["memory_mib"].items():
        if readings := memory["over_requests"]:
            console.print(f"{name}: MiB after each tenth of the dashboards: {readings}")
    for work, contender, cell in failures(report):
        console.print(f"{contender} failed at {work}: {cell['first_errors']}", style="red")


def _print(console: Console, heading: list[str], rows: list[list[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for number, title in enumerate(heading):
        table.add_column(title, justify="left" if number == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table, "")


def failures(report: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Returns the cells with errors: which work, who, and what was measured."""
    return [
        (work, contender, cell)
        for work, cells in report["work"].items()
        for contender, cell in cells.items()
        if cell["errors"]
    ]


def _rate(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return ""
    if cell["errors"]:
        return f"failed ({cell['errors']})"
    return f"{cell['rate']:,.0f}" if cell["rate"] >= 100 else f"{cell['rate']:.1f}"


def _cpu(cell: dict[str, Any] | None) -> str:
    return "" if cell is None else f"{cell['cpu_ms']:.2f}"


def _share(part: float, whole: float) -> str:
    return _percent(part / whole if whole else None)


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
