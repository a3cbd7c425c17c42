"""The text form of timestamps in answers and messages."""

from datetime import datetime

_FRACTION_END = len("2026-11-24T12:00:00.123456")


def serialized(timestamp: datetime) -> str:
    """Returns a timestamp in ISO 8601, in the form that PostgreSQL uses in JSON.

    The fraction of the second has no trailing zeros; a whole second has no fraction.
    """
    text = timestamp.isoformat()
    if not timestamp.microsecond:
        return text
    return text[:_FRACTION_END].rstrip("0") + text[_FRACTION_END:]
