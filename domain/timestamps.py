"""How a moment is written wherever the service shows it."""

from datetime import datetime

_FRACTION_END = len("2026-11-24T12:00:00.123456")


def serialized(timestamp: datetime) -> str:
    """Returns a moment by ISO 8601, as PostgreSQL writes it in JSON.

    A fraction of a second has no zeros at its end, and there is none if it is whole.
    """
    text = timestamp.isoformat()
    if not timestamp.microsecond:
        return text
    return text[:_FRACTION_END].rstrip("0") + text[_FRACTION_END:]
