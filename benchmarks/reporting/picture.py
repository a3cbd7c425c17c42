"""The picture of a report: bars, readable on a light page and on a dark one."""

from typing import Any
from xml.sax.saxutils import escape

from benchmarks.contenders import CONTENDERS
from benchmarks.work import WORK

_WIDTH = 820
_NAME_WIDTH = 250
_RATE_WIDTH = 90
_BAR_HEIGHT = 14
_BAR_STEP = 18
_GROUP_GAP = 14
_TITLE_HEIGHT = 22
_FIELD = _WIDTH - _NAME_WIDTH - _RATE_WIDTH

_STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .ours { fill: #0969da } .peer { fill: #8c959f } .limit { fill: #d0d7de }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .ours { fill: #4493f8 } .peer { fill: #6e7681 } .limit { fill: #3d444d }
    }
"""


def picture(report: dict[str, Any]) -> str:
    """Returns an SVG with a group of bars for every piece of work, the longest its fastest."""
    parts, top = [], 8
    for work, cells in report["work"].items():
        parts.append(_text(0, top + 14, f"{WORK[work].title}, {WORK[work].unit}/s", "title"))
        top += _TITLE_HEIGHT
        most = max((cell["rate"] for cell in cells.values()), default=0) or 1
        for name in CONTENDERS:
            if name in cells:
                parts += _bar(name, cells[name], most, top)
                top += _BAR_STEP
        top += _GROUP_GAP
    size = f'width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}"'
    label = "Requests a second by contender and piece of work"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _bar(name: str, cell: dict[str, Any], most: float, top: int) -> list[str]:
    contender = CONTENDERS[name]
    kind = "peer" if contender.is_peer else name
    width = max(1, round(_FIELD * cell["rate"] / most))
    digits = 0 if cell["rate"] >= 10 else 1
    shown = "failed" if cell["errors"] else f"{cell['rate']:,.{digits}f}"
    place = f'x="{_NAME_WIDTH}" y="{top}" width="{width}" height="{_BAR_HEIGHT}" rx="2"'
    return [
        _text(0, top + 11, contender.title),
        f'<rect class="{kind}" {place}/>',
        _text(_NAME_WIDTH + width + 6, top + 11, shown),
    ]


def _text(left: int, baseline: int, text: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{left}" y="{baseline}"{style}>{escape(text)}</text>'
