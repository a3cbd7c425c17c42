"""Other checkouts of this project: a directory, or a git revision that is unpacked under .data/."""

import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.contenders import BEFORE, CONTENDERS, ROOT, Contender, ContenderFailed

CHECKOUTS = ROOT / ".data" / "checkouts"
# `make bench` sets these. The other checkout's `make setup` must not inherit our options.
_VARIABLES_OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")


def before(named: str) -> Contender:
    """Returns the contender that runs another checkout of this service.

    `named` is a directory or a git revision. The checkout runs with its own packages, which its
    own `make setup` installs; that takes a minute the first time, and nothing afterwards.

    Raises:
        ContenderFailed: there is no such checkout, or its `make setup` fails.
    """
    directory = _directory(named)
    _set_up(directory)
    python = str(directory / ".venv" / "bin" / "python")
    return replace(
        CONTENDERS[BEFORE],
        title=f"Before: {named}",
        command=lambda: [python, "-m", "app", "serve"],
        directory=directory,
    )


def _directory(named: str) -> Path:
    path = Path(named).expanduser().resolve()
    if (path / "pyproject.toml").is_file():
        return path
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
    commit = found.stdout.decode().strip()
    if found.returncode != 0 or not commit:
        raise ContenderFailed(
            f"--before {named}: neither a directory with a pyproject.toml nor a git revision"
        )
    return _unpacked(commit)


def _unpacked(commit: str) -> Path:
    """Returns a directory with the files of a commit; an earlier run's is used again."""
    directory = CHECKOUTS / commit
    if directory.is_dir():
        return directory
    CHECKOUTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CHECKOUTS) as folder:
        archive = Path(folder) / "files.tar"
        made = _git("archive", "--format=tar", f"--output={archive}", commit)
        if made.returncode != 0:
            raise ContenderFailed(f"git archive {commit} failed: {made.stderr.decode()}")
        files = Path(folder) / "files"
        with tarfile.open(archive) as tar:
            tar.extractall(files, filter="data")
        # Last, so that an interrupted run leaves no directory with some of the files.
        files.rename(directory)
    return directory


def _set_up(directory: Path) -> None:
    environment = {key: os.environ[key] for key in os.environ if key not in _VARIABLES_OF_MAKE}
    sys.stderr.write(f"Running make setup in {directory}\n")
    done = subprocess.run(
        ["make", "--no-print-directory", "setup"],  # noqa: S607 - as the user runs it
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        output = done.stdout.decode(errors="replace")
        raise ContenderFailed(f"make setup failed in {directory}:\n{output[-2_000:]}")


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - git with our own arguments, no shell
        ["git", *arguments],  # noqa: S607 - as the user runs it
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
