"""What of docs/performance.md is made from a report: the machine, the table, the picture."""

from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, ROOT
from benchmarks.reporting.picture import picture
from benchmarks.reporting.tables import (
    OURS,
    contenders_of,
    cost_rows,
    rate_rows,
    ratio,
    share_of_limit,
)
from benchmarks.work import WORK

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
_BEGIN = "<!-- made by: python -m benchmarks --write-docs -->"
_END = "<!-- end of what is made -->"


def write_page(
    report: dict[str, Any],
    large: dict[str, Any] | None = None,
    *,
    page: Path = PAGE,
    image: Path = PICTURE,
) -> None:
    """Writes the picture, and the tables between the page's two marks; `large` is of many rows.

    Raises:
        ValueError: the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no part between '{_BEGIN}' and '{_END}'")
    parts = [_machine(report), _rates(report), _costs(report), _memory(report), _large(large)]
    parts += [_losses(report), "![Requests a second, by contender](performance.svg)"]
    made = "\n\n".join([_BEGIN, *filter(None, parts), _END])
    page.write_text(before + made + after, encoding="utf-8")
    image.write_text(picture(report), encoding="utf-8")


def _machine(report: dict[str, Any]) -> str:
    machine, options = report["machine"], report["options"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return "\n".join(
        [
            f"- **Machine**: {machine['cpu']}, {machine['cores']} cores, "
            f"{machine['memory_gib']} GiB, {machine['system']}; load average before the run: "
            f"{machine['load_average']}.",
            f"- **Command**: `{options['command']}`, {options['rounds']} rounds of "
            f"{options['seconds']:g} s a cell, commit {machine['commit']}, "
            f"{machine['measured_at']}.",
            f"- **Rows**: {options['members']:,} members with {options['entries']} entries and 2 "
            f"invites each, one with {options['whale_entries']:,} entries.",
            f"- **Versions**: {versions}.",
        ]
    )


def _rates(report: dict[str, Any]) -> str:
    heading = ["", *_titles(report), "by the best peer", "wanted", "of the limit"]
    rows = [
        [f"{WORK[row[0]].title} ({WORK[row[0]].unit}/s)", *row[1:]] for row in rate_rows(report)
    ]
    return _table(heading, rows)


def _costs(report: dict[str, Any]) -> str:
    return _table(["", *_titles(report)], cost_rows(report))


def _titles(report: dict[str, Any]) -> list[str]:
    return [CONTENDERS[name].title for name in contenders_of(report)]


def _table(heading: list[str], rows: list[list[str]]) -> str:
    ruler = ["---", *("---:" for _ in heading[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heading, ruler, *rows])


def _memory(report: dict[str, Any]) -> str:
    requests = report["options"]["requests"]
    return "\n".join(
        f"Over {requests:,} dashboards, {CONTENDERS[name].title} held {min(readings)} to "
        f"{max(readings)} MiB."
        for name, memory in report["memory_mib"].items()
        if (readings := memory["over_requests"])
    )


def _large(report: dict[str, Any] | None) -> str:
    """Returns how the dashboard fares with many more rows; runs are compared through the limit."""
    if report is None or (share := share_of_limit(report, "dashboard")) is None:
        return ""
    options = report["options"]
    return (
        f"With {options['members']:,} members and {options['members'] * options['entries']:,} "
        f"entries, a run of its own, this service answers "
        f"{report['work']['dashboard'][OURS]['rate']:,.0f} dashboards a second, {share:.0%} of the "
        "limit there."
    )


def _losses(report: dict[str, Any]) -> str:
    found = [
        f"{WORK[work].title} ({value:.2f}x)"
        for work in report["work"]
        if (value := ratio(report, work)) is not None and value < 1
    ]
    return f"Slower than the best peer: {', '.join(found)}." if found else ""
