"""What of docs/performance.md is made from a report: the machine, the table, the picture."""

from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, ROOT
from benchmarks.reporting.picture import picture
from benchmarks.reporting.tables import contenders_of, cost_rows, rate_rows
from benchmarks.work import WORK

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
_BEGIN = "<!-- made by: python -m benchmarks --write-docs -->"
_END = "<!-- end of what is made -->"


def write_page(report: dict[str, Any], page: Path = PAGE, image: Path = PICTURE) -> None:
    """Writes the picture, and the table between the page's two marks.

    Raises:
        ValueError: the page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no part between '{_BEGIN}' and '{_END}'")
    made = "\n\n".join(
        [_BEGIN, _machine(report), _rates(report), _costs(report), _picture(report), _END]
    )
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


def _picture(report: dict[str, Any]) -> str:
    lines = [
        f"Over {report['options']['requests']:,} dashboards, {name} held {min(readings)} to "
        f"{max(readings)} MiB."
        for name, memory in report["memory_mib"].items()
        if (readings := memory["over_requests"])
    ]
    return "\n".join([*lines, "![Requests a second, by contender](performance.svg)"])
