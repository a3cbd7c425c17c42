"""How this service compares with another checkout of it, round by round."""

import statistics
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.contenders import BEFORE
from benchmarks.reporting.tables import OURS
from benchmarks.rounds import Cell, Results

CPU_RATIO_MAX = 1.05
"""A row that costs more than this, by the median of its rounds, is marked."""


def paired(results: Results) -> dict[str, Any]:
    """Returns for each row this service's figures divided by the other checkout's.

    Each ratio is of the two measurements of one round, which follow each other directly: a load of
    the machine that lasts longer than a round changes both. The median over the rounds decides.
    """
    rows = {}
    for work, cells in results.cells.items():
        ours, before = cells.get(OURS), cells.get(BEFORE)
        if ours is None or before is None or ours.errors or before.errors:
            continue
        cpu = _ratios(ours, before, lambda cell: cell.cpu_ms)
        rate = _ratios(ours, before, lambda cell: [each.rate for each in cell.measurements])
        if cpu and rate:
            rows[work] = {
                "cpu_ratio": round(statistics.median(cpu), 3),
                "cpu_ratios": [round(ratio, 3) for ratio in cpu],
                "rate_ratio": round(statistics.median(rate), 3),
                "rate_ratios": [round(ratio, 3) for ratio in rate],
            }
    return rows


def _ratios(ours: Cell, before: Cell, figures: Callable[[Cell], list[float]]) -> list[float]:
    pairs = zip(figures(ours), figures(before), strict=True)
    return [one / other for one, other in pairs if other]


def show_paired(rows: dict[str, Any], console: Console) -> None:
    """Prints the ratios, and marks each row that costs more than `CPU_RATIO_MAX`."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("ours / before", "CPU", "lowest", "highest", "rate", "lowest", "highest", ""):
        table.add_column(title, justify="right" if table.columns else "left", no_wrap=True)
    for work, row in rows.items():
        figures = [
            f"{figure:.3f}"
            for name in ("cpu", "rate")
            for figure in (
                row[f"{name}_ratio"],
                min(row[f"{name}_ratios"]),
                max(row[f"{name}_ratios"]),
            )
        ]
        mark = f"more than {CPU_RATIO_MAX}x" if row["cpu_ratio"] > CPU_RATIO_MAX else ""
        table.add_row(work, *figures, mark)
    console.print(table, "")
