"""Runs tests on a copy of the project; the project itself is never changed."""

import asyncio
import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.witness import ORIGINAL, RECORD

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 180.0
_RECORD_FILE = ".witness.json"
_OPTIONS = (
    *("-q", "--no-header", "--tb=short", "-p", "no:cacheprovider"),
    # It takes a second to load, and none of the named tests needs it.
    *("-p", "no:schemathesis"),
    *("-p", "tests.mutants.witness"),
)


class Verdict(Enum):
    """What a run says of a mutant."""

    KILLED = "KILLED"  # every named test has failed
    SURVIVED = "SURVIVED"  # one of them has not
    UNDECIDED = "UNDECIDED"  # the tests could not tell: they did not run, or on other code


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of pytest ended; without an exit code, because it took too long."""

    exit_code: int | None
    seconds: float
    output: str
    ends: Mapping[str, str] = field(default_factory=dict)
    """By node id: passed, failed, error (in a fixture) or skipped."""
    elsewhere: Sequence[str] = ()
    """The files of the original project that were loaded: a run with any says nothing."""

    def ends_of(self, test: str) -> list[str]:
        """Returns how the cases of a test ended."""
        return [
            end
            for node_id, end in self.ends.items()
            if node_id == test or node_id.startswith((f"{test}[", f"{test}::"))
        ]

    def verdict(self, tests: Iterable[str]) -> Verdict:
        """Returns what it says of a mutant that these tests must kill.

        That nothing could be imported, collected or prepared kills nothing: only a test can.
        """
        is_judged = not self.elsewhere and self.exit_code in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
        )
        ends = [self.ends_of(test) for test in tests]
        if is_judged and all("failed" in each for each in ends):
            return Verdict.KILLED
        if is_judged and all("failed" in each or set(each) == {"passed"} for each in ends):
            return Verdict.SURVIVED
        return Verdict.UNDECIDED

    def unsound(self, tests: Iterable[str]) -> list[str]:
        """Returns the tests that did not run and pass, as they must without any fault."""
        has_passed = self.exit_code == pytest.ExitCode.OK and not self.elsewhere
        return [test for test in tests if not has_passed or set(self.ends_of(test)) != {"passed"}]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the project, on whose code tests are run, with a database server of ours."""

    root: Path
    server_url: str
    original: Path = ROOT

    def add(self, files: Iterable[Path]) -> None:
        """Copies files of the original project, and compiles them."""
        for file in files:
            target = self.root / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.original / file, target)
        # By its content, not by time and size: a file changes twice within a second here.
        compileall.compile_dir(
            self.root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH
        )

    async def run(self, tests: Iterable[str], *, timeout_seconds: float = TIMEOUT_SECONDS) -> Run:
        """Runs tests to their end, or not for longer than the timeout."""
        record = self.root / _RECORD_FILE
        record.unlink(missing_ok=True)
        started = time.monotonic()
        async with self._pytest(tests, record) as process:
            try:
                written, _ = await asyncio.wait_for(process.communicate(), timeout_seconds)
            except TimeoutError:
                return Run(None, time.monotonic() - started, "It took too long.")
        seconds, output = time.monotonic() - started, written.decode(errors="replace")
        if not record.exists():
            return Run(process.returncode, seconds, output)
        seen = json.loads(record.read_text(encoding="utf-8"))
        return Run(process.returncode, seconds, output, seen["ends"], seen["elsewhere"])

    async def try_out(self, mutant: Mutant) -> Run:
        """Runs a mutant's tests on the code with its fault."""
        with mutant.applied(self.root):
            return await self.run(mutant.tests)

    @asynccontextmanager
    async def _pytest(self, tests: Iterable[str], record: Path) -> AsyncIterator[Process]:
        """Yields a process that leaves nothing behind, whatever it has started itself."""
        # Our modules are in the environment too, by an editable install: the copy's come first, in
        # the processes that tests start as well, and the witness tells if any did not.
        changed = {
            "PYTHONPATH": str(self.root),
            "TEST_DATABASE_URL": self.server_url,
            RECORD: str(record),
            ORIGINAL: str(self.original),
        }
        inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", *_OPTIONS, *tests),
            cwd=self.root,
            env=inherited | changed,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


def tracked_files() -> list[Path]:
    """Returns the files of the project as it is now, those that git ignores apart.

    Raises:
        OSError, subprocess.CalledProcessError: there is no git, or this is no checkout.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = {Path(name) for name in listed.stdout.split("\0") if name}
    return sorted(file for file in files if (ROOT / file).is_file())
