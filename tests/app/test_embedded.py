"""The embedded PostgreSQL: real servers in throw-away directories."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.embedded import (
    DataDirectoryUnusable,
    ServerUnavailable,
    WrongMajorVersion,
    embedded_postgres,
)
from app.embedded_host import PostgresHost

TIMEOUT_S = 30
# A killed server must not lose what was committed, but no power fails during a test.
SETTINGS = {"fsync": "off", "shared_buffers": "16MB"}

# Like the service, this one decides itself what Ctrl-C means.
USER = f"""
import signal, sys
from pathlib import Path
from app.embedded import embedded_postgres

signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
with embedded_postgres(Path(sys.argv[1]), settings={SETTINGS}) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def parent() -> Iterator[Path]:
    """A folder with a short name: pytest's own may be too long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="loyalty-test-")).resolve()
    yield folder
    for process in processes_in(folder):
        process.kill()
    wait_until(lambda: not processes_in(folder))
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(parent: Path) -> Path:
    return parent / "data"


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


class TestANewServer:
    def test_serves_the_database_over_a_private_socket_only(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            [row] = execute(
                url,
                "SELECT current_database(), pg_encoding_to_char(encoding), datlocale,"
                " current_setting('data_checksums'), current_setting('listen_addresses'),"
                " current_setting('fsync') FROM pg_database WHERE datname = current_database()",
            )
            assert tuple(row) == ("loyalty", "UTF8", "C.UTF-8", "on", "", "off")
            socket_dir = Path(str(make_url(url).query["host"]))
            assert socket_dir == data_dir / "socket"
            assert socket_dir.stat().st_mode & 0o777 == 0o700

    def test_stops_with_its_only_user_and_keeps_the_data(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert is_stopped(data_dir)

        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            assert [tuple(row) for row in execute(url, "SELECT answer FROM kept")] == [(42,)]
        assert is_stopped(data_dir)

    def test_stops_when_its_user_fails(self, data_dir: Path) -> None:
        with (
            pytest.raises(ZeroDivisionError),
            embedded_postgres(data_dir, settings=SETTINGS),
        ):
            raise ZeroDivisionError
        assert is_stopped(data_dir)

    def test_makes_the_database_again_after_it_was_dropped(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            host = PostgresHost.at(data_dir)
            dropped = host.run("dropdb", "-h", str(host.socket_dir), "-U", "postgres", "loyalty")
            assert dropped.returncode == 0, dropped.stdout
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            assert execute(url, "SELECT 1")

    @pytest.mark.parametrize(
        "name", ["sp ace", "quo'te", 'dou"ble', "$HOME", "a,b", "ü%41", "`id`"]
    )
    def test_lives_under_any_name(self, parent: Path, name: str) -> None:
        with embedded_postgres(parent / name / "data", settings=SETTINGS) as url:
            assert execute(url, "SELECT 1")


class TestSeveralUsers:
    def test_share_one_server_and_the_last_one_stops_it(self, data_dir: Path) -> None:
        with another_process(data_dir) as other:
            pid = server_pid(data_dir)
            with embedded_postgres(data_dir) as url:
                assert execute(url, "SELECT 1")
                assert server_pid(data_dir) == pid
            assert server_pid(data_dir) == pid
            assert psutil.pid_exists(pid)
            finish(other)
        assert is_stopped(data_dir)

    def test_may_all_come_at_once(self, data_dir: Path) -> None:
        everybody_is_here = threading.Barrier(4, timeout=TIMEOUT_S)

        def use(_: int) -> int:
            with embedded_postgres(data_dir, settings=SETTINGS) as url:
                everybody_is_here.wait()
                execute(url, "SELECT 1")
                return server_pid(data_dir)

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(use, range(4)))) == 1
        assert is_stopped(data_dir)

    def test_do_not_count_once_they_were_killed(self, data_dir: Path) -> None:
        with another_process(data_dir) as other, embedded_postgres(data_dir):
            other.kill()
            other.wait(TIMEOUT_S)
        assert is_stopped(data_dir)

    def test_find_the_server_that_a_killed_user_left_and_stop_it(self, data_dir: Path) -> None:
        with another_process(data_dir) as other:
            pid = server_pid(data_dir)
            other.kill()
            other.wait(TIMEOUT_S)
        with embedded_postgres(data_dir) as url:
            assert execute(url, "SELECT 1")
            assert server_pid(data_dir) == pid
        assert is_stopped(data_dir)

    def test_keep_their_server_through_ctrl_c(self, data_dir: Path) -> None:
        with another_process(data_dir) as other:
            pid = server_pid(data_dir)
            os.killpg(other.pid, signal.SIGINT)
            assert read_line(other) == "interrupted"
            with embedded_postgres(data_dir) as url:
                assert execute(url, "SELECT 1")
                assert server_pid(data_dir) == pid
            finish(other)
        assert is_stopped(data_dir)

    def test_are_not_disturbed_by_ctrl_c_while_the_server_is_made(self, data_dir: Path) -> None:
        with starting_process(data_dir) as user:
            wait_until(lambda: any(data_dir.glob("cluster.unfinished/*")))
            os.killpg(user.pid, signal.SIGINT)
            assert read_line(user) == "interrupted"
            assert read_line(user).startswith("postgresql+asyncpg://")
            finish(user)
        assert is_stopped(data_dir)


class TestAfterACrash:
    def test_a_killed_server_is_started_again(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
            killed = server_pid(data_dir)
            os.kill(killed, signal.SIGKILL)
            with embedded_postgres(data_dir, settings=SETTINGS) as again:
                assert again == url
                assert server_pid(data_dir) != killed
                assert execute(url, "SELECT answer FROM kept")
        assert is_stopped(data_dir)

    def test_a_killed_server_that_nobody_missed_is_no_error(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS):
            os.kill(server_pid(data_dir), signal.SIGKILL)
        assert not processes_in(data_dir)

    @pytest.mark.parametrize(
        "content", ["", "12", "not a number\n", "{pid}\n{data}\n1\n5432\n{data}\n"]
    )
    def test_a_stale_pid_file_is_not_believed(self, data_dir: Path, content: str) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS):
            pass
        # The id may be in use again, by a program of the server's own user.
        account = PostgresHost.at(data_dir).account
        with subprocess.Popen(["sleep", "60"], user=account.uid if account else None) as sleeper:
            pid_file = data_dir / "cluster" / "postmaster.pid"
            pid_file.write_text(content.format(pid=sleeper.pid, data=data_dir))
            if account:
                os.chown(pid_file, account.uid, account.gid)
            try:
                with embedded_postgres(data_dir, settings=SETTINGS) as url:
                    assert execute(url, "SELECT 1")
                assert sleeper.poll() is None
            finally:
                sleeper.kill()
        assert is_stopped(data_dir)

    def test_an_interrupted_initialisation_starts_over(self, data_dir: Path) -> None:
        with starting_process(data_dir) as user:
            wait_until(lambda: any(data_dir.glob("cluster.unfinished/*")))
            user.kill()
        assert not (data_dir / "cluster").exists()
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            assert execute(url, "SELECT 1")
        assert not (data_dir / "cluster.unfinished").exists()


class TestASocketPathThatIsTooLong:
    def test_moves_to_the_temp_dir_and_leaves_nothing_there(self, parent: Path) -> None:
        data_dir = parent / ("x" * 100)
        with embedded_postgres(data_dir, settings=SETTINGS) as url:
            socket_dir = Path(str(make_url(url).query["host"]))
            assert socket_dir.parent == Path(tempfile.gettempdir()).resolve()
            assert socket_dir.stat().st_mode & 0o777 == 0o700
            assert execute(url, "SELECT 1")
        assert not socket_dir.exists()

    def test_is_not_shared_with_a_copy_of_the_data(self, parent: Path) -> None:
        homes = [parent / (letter * 100) for letter in "xy"]
        for home in homes:
            home.mkdir()
        original, copy = (PostgresHost.at(home) for home in homes)
        try:
            socket_dir = original.make_socket_dir()
            (copy.home / "socket").symlink_to((original.home / "socket").readlink())
            assert copy.make_socket_dir() != socket_dir
            assert socket_dir.is_dir()
            assert original.make_socket_dir() == socket_dir
        finally:
            original.clean_up_socket_dir()
            copy.clean_up_socket_dir()


class TestWhatCannotWork:
    def test_the_data_of_another_major_version(self, data_dir: Path) -> None:
        cluster = data_dir / "cluster"
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("17\n")
        with (
            pytest.raises(WrongMajorVersion, match=r"PostgreSQL 17.* pg_dumpall"),
            embedded_postgres(data_dir),
        ):
            pass
        assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]

    def test_a_server_that_refuses_to_start_says_why(self, data_dir: Path) -> None:
        with (
            pytest.raises(ServerUnavailable, match="invalid value for parameter"),
            embedded_postgres(data_dir, settings={"work_mem": "a lot"}),
        ):
            pass
        assert not processes_in(data_dir)

    def test_a_file_in_the_place_of_the_directory(self, data_dir: Path) -> None:
        data_dir.write_text("")
        with (
            pytest.raises(DataDirectoryUnusable, match=str(data_dir)),
            embedded_postgres(data_dir),
        ):
            pass

    def test_a_server_that_somebody_started_by_hand(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS):
            pass
        host = PostgresHost.at(data_dir)
        options = f"-c listen_addresses= -c unix_socket_directories={data_dir / 'socket'}"
        started = host.run("pg_ctl", "start", "-D", "cluster", "-l", "hand.log", "-o", options)
        assert started.returncode == 0, started.stdout
        pid = server_pid(data_dir)
        with (
            pytest.raises(ServerUnavailable, match=f"started by hand .process {pid}."),
            embedded_postgres(data_dir),
        ):
            pass
        assert server_pid(data_dir) == pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
class TestAsRoot:
    def test_the_server_runs_as_an_unprivileged_user(self, data_dir: Path) -> None:
        with embedded_postgres(data_dir, settings=SETTINGS):
            server = psutil.Process(server_pid(data_dir))
            assert server.uids().real != 0
            assert server.gids().real != 0
            assert {server.uids().real} == {data_dir.stat().st_uid}
            assert data_dir.parent.stat().st_uid == 0

    def test_a_private_folder_on_the_way_is_opened_for_search_only(
        self, parent: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        private = parent / "private"
        private.mkdir(mode=0o700)
        for _ in range(2):
            with embedded_postgres(private / "data", settings=SETTINGS) as url:
                assert execute(url, "SELECT 1")
        assert private.stat().st_mode & 0o777 == 0o701
        told = [message for message in caplog.messages if message.endswith(str(private))]
        assert len(told) == 1
