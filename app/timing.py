"""Where a request's time went, for whoever develops against the service."""

from resolvers.context import Context

HEADER = "Server-Timing"


def server_timing(context: Context, total_seconds: float) -> str:
    """Returns the header's value: https://www.w3.org/TR/server-timing/, in milliseconds.

    The road is `b` where one statement read whole trees, `a` where the resolvers answered.
    """
    road = "+".join(sorted(context.roads)) or "a"
    return (
        f"db;dur={context.database_seconds * 1_000:.1f}, "
        f'total;dur={total_seconds * 1_000:.1f}, road;desc="{road}"'
    )
