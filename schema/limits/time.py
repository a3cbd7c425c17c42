"""The time that an operation may take, where it may take longer than other requests."""

from collections.abc import Set

_REASSESSING = frozenset({"archiveTier", "createTier", "updateTier"})
# Such a mutation reassesses every member in one statement, which may take two minutes.
_REASSESSMENT_SECONDS = 150.0


def seconds_allowed(root_fields: Set[str]) -> float | None:
    """Returns the seconds that an operation of these root fields may take; None for the usual."""
    return _REASSESSMENT_SECONDS if root_fields & _REASSESSING else None
