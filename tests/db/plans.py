"""What PostgreSQL does for a statement of the service: the plan that a long-lived session uses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

# From the sixth execution on a session may have settled for a plan that fits all parameters alike.
EXECUTIONS = 8


async def connect(url: str) -> asyncpg.Connection:
    """Opens a connection past SQLAlchemy."""
    # It reads the addresses of libpq, in which `host` may be the directory of a socket.
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def plan_of(
    connection: asyncpg.Connection, statement: str, parameters: Sequence[Any], *, run: bool = False
) -> dict[str, Any]:
    """Returns the plan of a statement; `run` carries it out and counts the pages it touches."""
    options = "ANALYZE, BUFFERS, FORMAT JSON" if run else "FORMAT JSON"
    arguments = f"({', '.join(map(_literal, parameters))})" if parameters else ""
    await connection.execute(f"PREPARE probe AS {statement}")
    try:
        plans = [
            await connection.fetchval(f"EXPLAIN ({options}) EXECUTE probe{arguments}")
            for _ in range(EXECUTIONS)
        ]
    finally:
        await connection.execute("DEALLOCATE probe")
    root: dict[str, Any] = orjson.loads(plans[-1])[0]["Plan"]
    return root


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields every node of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def tables_read_whole(plan: Mapping[str, Any]) -> set[str]:
    """Returns the tables that the plan reads from their beginning to their end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def indexes(plan: Mapping[str, Any]) -> set[str]:
    """Returns the indexes that the plan reads."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def pages_touched(plan: Mapping[str, Any]) -> int:
    """Returns how many pages a plan that was run has looked at."""
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case str() | UUID() | datetime():
            return "'{}'".format(str(value).replace("'", "''"))
        case bytes():
            return f"'\\x{value.hex()}'"
        case list() | tuple():
            items = ",".join('"{}"'.format(str(item).replace('"', '\\"')) for item in value)
            return _literal("{" + items + "}")
        case _:
            raise AssertionError(f"no literal for {type(value)}")
