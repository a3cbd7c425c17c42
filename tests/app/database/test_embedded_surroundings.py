"""The embedded PostgreSQL where the machine is unusual: paths, accounts, and what cannot work."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url

from app.database.embedded import (
    DataDirectoryUnusable,
    ServerUnavailable,
    WrongMajorVersion,
    embedded_postgres,
)
from app.database.embedded_host import PostgresHost
from tests.app.database.embedded_servers import (
    SETTINGS,
    execute,
    processes_in,
    server_pid,
    short_folder,
)


@pytest.fixture
def parent() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


@pytest.fixture
def data_dir(parent: Path) -> Path:
    return parent / "data"


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
        warnings = [message for message in caplog.messages if message.endswith(str(private))]
        assert len(warnings) == 1
