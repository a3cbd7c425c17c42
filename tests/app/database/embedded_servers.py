"""Embedded servers in throw-away directories, and the processes that use them."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

TIMEOUT_S = 30
# A killed server must not lose what was committed, but no power fails during a test.
SETTINGS = {"fsync": "off", "shared_buffers": "16MB"}

# Like the service, this one decides itself what Ctrl-C means.
USER = f"""
import signal, sys
from pathlib import Path
from app.database.embedded import embedded_postgres

signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
with embedded_postgres(Path(sys.argv[1]), settings={SETTINGS}) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yields a folder with a short name: pytest's own may be too long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="loyalty-test-")).resolve()
    try:
        yield folder
    finally:
        for process in processes_in(folder):
            process.kill()
        wait_until(lambda: not processes_in(folder))
        shutil.rmtree(folder)


def processes_in(folder: Path) -> list[psutil.Process]:
    """The processes that work in the folder: a server's work in its data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def is_stopped(data_dir: Path) -> bool:
    wait_until(lambda: not processes_in(data_dir))
    return not (data_dir / "cluster" / "postmaster.pid").exists()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def execute(url: str, *statements: str) -> Sequence[Any]:
    """Run the statements and return the rows of the last one."""

    async def run() -> Sequence[Any]:
        engine = create_async_engine(url, poolclass=NullPool)
        rows: Sequence[Any] = ()
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
                rows = result.all() if result.returns_rows else ()
        return rows

    return asyncio.run(run())


@contextmanager
def starting_process(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that uses the server until it reads a line; it prints the URL when it can."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as user:
        try:
            yield user
        finally:
            user.kill()


def read_line(user: "subprocess.Popen[str]") -> str:
    assert user.stdout is not None
    return user.stdout.readline().rstrip()


@contextmanager
def another_process(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    with starting_process(data_dir) as user:
        assert read_line(user).startswith("postgresql+asyncpg://")
        yield user


def finish(user: "subprocess.Popen[str]") -> None:
    user.communicate("\n", timeout=TIMEOUT_S)
    assert user.returncode == 0
