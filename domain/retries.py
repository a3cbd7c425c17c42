"""When something that failed is tried again, and when it is given up."""

TRIES_MAX = 10
DELAY_SECONDS_MIN = 30.0
DELAY_SECONDS_MAX = 7_200.0


def is_last_try(attempts: int) -> bool:
    """Whether `attempts` tries, the one under way included, are all that there are."""
    return attempts >= TRIES_MAX


def retry_delay_seconds(attempts: int, jitter: float) -> float:
    """Returns how long to wait after the `attempts`th try has failed.

    The delay doubles from 30 seconds to 2 hours; `jitter`, from 0 to 1, takes up to half of it
    away, so that what failed together does not come back together. Ten tries span 2 to 4 hours.
    """
    doubled = DELAY_SECONDS_MIN * 2.0 ** min(attempts - 1, 62)
    return min(doubled, DELAY_SECONDS_MAX) * (1 - jitter / 2)
