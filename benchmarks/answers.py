"""Converts answers to one form, so that equivalent answers are equal."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_POINTS = {
    *("points", "pointsBalance", "lifetimePoints", "pointThreshold", "pointsToNextTier"),
    *("balanceAfter", "seq", "rewardPoints", "inviteeRewardPoints"),
}
# Type names are not compared, and of a cursor only whether there is one.
_OWN = {"__typename"}
_OPAQUE = {"endCursor", "cursor"}
# PostGraphile reaches these through the row that its function returns.
_MOVED_UP = {("earnPoints", "entry", "member"), ("completeReferral", "invite", "referrer")}


def canonical(data: Any) -> Any:
    """Returns the `data` of an answer in one form for all contenders.

    Timestamps of any form become seconds; points become numbers (PostGraphile
    writes `bigint` as text, for clients without big integers); fractions are rounded to 9 digits.
    """
    for field, inner, moved in _MOVED_UP:
        payload = data.get(field)
        if payload and moved in (payload.get(inner) or {}):
            inside = dict(payload[inner])
            data = {**data, field: {**payload, moved: inside.pop(moved), inner: inside}}
    return _canonical(data)


def _canonical(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _canonical(item, key) for key, item in value.items() if key not in _OWN}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if name in _OPAQUE:
        return value is not None
    if name in _POINTS and isinstance(value, str):
        return int(value)
    if isinstance(value, str) and _TIMESTAMP.match(value):
        return datetime.fromisoformat(value).timestamp()
    return round(value, 9) if isinstance(value, float) else value


def differences(left: Any, right: Any, path: str = "data") -> Iterator[str]:
    """Yields where two canonical answers differ, and how."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key), right.get(key), f"{path}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for place, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif left != right:
        yield f"{path}: {left!r:.200} and {right!r:.200}"
