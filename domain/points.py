"""Points: whole numbers that JavaScript can hold exactly, and the sums that may be made of them."""

from domain.errors.base import InvalidInput
from domain.errors.conflicts import PointsLimitExceeded

# Number.MAX_SAFE_INTEGER (ECMA-262, 21.1.2.6): the largest integer a frontend reads without loss.
POINTS_MAX = 9_007_199_254_740_991


def amount(field: str, points: int) -> int:
    """Returns `points` if it is an amount to earn or to redeem: 1 to 9,007,199,254,740,991.

    Raises:
        InvalidInput: it is no whole number, zero, negative or too large.
    """
    return _bounded(field, points, least=1, most=POINTS_MAX)


def delta(field: str, points: int) -> int:
    """Returns `points` if it is a change of a balance: not zero, of either sign.

    Raises:
        InvalidInput: it is no whole number, zero or too large.
    """
    if _bounded(field, points, least=-POINTS_MAX, most=POINTS_MAX) == 0:
        raise InvalidInput(field, "must not be 0: an entry changes the balance.")
    return points


def threshold(field: str, points: int) -> int:
    """Returns `points` if a tier can begin there: 0 to 9,007,199,254,740,991.

    Raises:
        InvalidInput: it is no whole number, negative or too large.
    """
    return _bounded(field, points, least=0, most=POINTS_MAX)


def reward(field: str, points: int, *, least: int, most: int) -> int:
    """Returns `points` if it is a reward within the bounds that the operator set.

    Raises:
        InvalidInput: it is no whole number or out of bounds.
    """
    return _bounded(field, points, least=least, most=most)


def total(current: int, points: int) -> int:
    """Returns `current + points`.

    Raises:
        PointsLimitExceeded: the sum would exceed 9,007,199,254,740,991.
    """
    if current + points > POINTS_MAX:
        raise PointsLimitExceeded(total=current, requested=points, limit=POINTS_MAX)
    return current + points


def _bounded(field: str, points: int, *, least: int, most: int) -> int:
    # bool is an int to Python, and a float may hold a whole number: neither is an amount of points.
    if type(points) is not int:
        raise InvalidInput(field, "must be a whole number of points.")
    if not least <= points <= most:
        # Python refuses to write out an integer of thousands of digits.
        given = points if abs(points) < 10**100 else "a much larger one"
        raise InvalidInput(field, f"must be a whole number from {least} to {most}, not {given}.")
    return points
