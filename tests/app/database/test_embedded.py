"""The embedded PostgreSQL: real servers in throw-away directories."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url

from app.database.embedded import embedded_postgres
from app.database.embedded_host import PostgresHost
from tests.app.database.embedded_servers import (
    SETTINGS,
    TIMEOUT_S,
    another_process,
    execute,
    finish,
    is_stopped,
    processes_in,
    read_line,
    server_pid,
    short_folder,
    starting_process,
    wait_until,
)


@pytest.fixture
def parent() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


@pytest.fixture
def data_dir(parent: Path) -> Path:
    return parent / "data"


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
