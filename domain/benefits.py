"""What a tier gives, in words: benefits are the operator's own JSON."""

from collections.abc import Sequence
from typing import Any

_NAMES = ("label", "title", "name")


def labels(benefits: Sequence[Any]) -> list[str]:
    """Returns the benefits that have a text, in their order.

    A text is its own words; an object says them as `label`, `title` or `name`, or else by its
    `kind`. Anything else is for programs, and left out.
    """
    return [label for benefit in benefits if (label := _label(benefit))]


def _label(benefit: object) -> str | None:
    if isinstance(benefit, str):
        return benefit.strip()
    if not isinstance(benefit, dict):
        return None
    for name in _NAMES:
        value = benefit.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    kind = benefit.get("kind")
    return kind.replace("_", " ").strip().capitalize() if isinstance(kind, str) else None
