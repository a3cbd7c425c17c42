"""On what it was measured: without that, figures mean nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psutil

from benchmarks.contenders import NODE_VERSION_MIN, PEERS, ROOT
from benchmarks.loading import connection_to
from codegen.node import node

_PYTHON_PACKAGES = ("strawberry-graphql", "graphql-core", "fastapi", "sqlalchemy", "asyncpg")
_NODE_PACKAGES = {"mercurius": ("mercurius", "fastify", "pg"), "postgraphile": ("postgraphile",)}


async def describe(url: str, contenders: list[str]) -> dict[str, Any]:
    """Returns the machine, the versions and the commit."""
    async with connection_to(url) as connection:
        postgres = await connection.fetchval("SHOW server_version")
    versions = {"Python": platform.python_version(), "PostgreSQL": postgres}
    versions |= {package: version(package) for package in _PYTHON_PACKAGES}
    if peers := [peer for peer in _NODE_PACKAGES if peer in contenders]:
        versions["Node"] = node(NODE_VERSION_MIN).run("--version", cwd=ROOT).stdout.strip("v\n")
    for peer in peers:
        wanted = orjson.loads((PEERS / peer / "package.json").read_bytes())["dependencies"]
        versions |= {package: wanted[package] for package in _NODE_PACKAGES[peer]}
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_average": round(os.getloadavg()[0], 2),
        "versions": versions,
        "commit": _commit(),
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git is the user's
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
