"""Which tier a number of lifetime points reaches, and how far the next one is."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from domain.entities import Tier
from domain.errors.base import InvalidInput


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a member is on the way to the next tier.

    `points_to_next_tier` is None on the highest tier, where `fraction` is 1.0. The fraction
    counts from the present tier's threshold to the next one's.
    """

    next_tier: Tier | None
    points_to_next_tier: int | None
    fraction: float


def tier_reached(lifetime_points: int, active_tiers: Sequence[Tier]) -> Tier | None:
    """Returns the tier with the highest threshold that `lifetime_points` reaches, or None.

    `active_tiers` may be in any order.
    """
    reached = [tier for tier in active_tiers if tier.point_threshold <= lifetime_points]
    return max(reached, key=lambda tier: tier.point_threshold, default=None)


def is_upgrade(before: Tier | None, after: Tier | None) -> bool:
    """Whether a member who moves from `before` to `after` has moved up."""
    if after is None:
        return False
    return before is None or after.point_threshold > before.point_threshold


def progress(lifetime_points: int, active_tiers: Sequence[Tier]) -> Progress:
    """Returns how far `lifetime_points` is from the next of the active tiers."""
    above = [tier for tier in active_tiers if tier.point_threshold > lifetime_points]
    next_tier = min(above, key=lambda tier: tier.point_threshold, default=None)
    if next_tier is None:
        return Progress(next_tier=None, points_to_next_tier=None, fraction=1.0)
    present = tier_reached(lifetime_points, active_tiers)
    starts_at = 0 if present is None else present.point_threshold
    return Progress(
        next_tier=next_tier,
        points_to_next_tier=next_tier.point_threshold - lifetime_points,
        fraction=(lifetime_points - starts_at) / (next_tier.point_threshold - starts_at),
    )


def require_ascending(thresholds: Sequence[int]) -> None:
    """Checks tiers that are given as a whole, lowest tier first.

    Raises:
        InvalidInput: a threshold is not above the one before it.
    """
    for position, (lower, upper) in enumerate(itertools.pairwise(thresholds)):
        if upper <= lower:
            raise InvalidInput(
                f"tiers[{position + 1}].pointThreshold",
                f"must be above the tier before it ({lower}), not {upper}. "
                "List the tiers from the lowest threshold to the highest.",
            )
