"""A copy of the project that can be changed, and Node with the npm packages of both projects."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from codegen.node import Node, install_packages, node
from codegen.paths import PACKAGE, ROOT

CONSUMER = Path(__file__).parent / "consumer"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = (*PROJECT["tool"]["importlinter"]["root_packages"], "migrations", "requirements")
NOT_COPIED = shutil.ignore_patterns("node_modules", ".node", "dist", ".setup.lock", "*.tgz")


@dataclass(frozen=True)
class ProjectCopy:
    """A copy of what codegen reads and writes, to change at will."""

    root: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces text that is in a file exactly once."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))

    def codegen(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs `python -m codegen` in this project to its end."""
        return subprocess.run(
            [sys.executable, "-m", "codegen", *arguments],
            cwd=self.root,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def contents(self) -> dict[Path, bytes]:
        """Returns every file that codegen may write."""
        folders = (self.root / "codegen", self.root / "packages" / "types" / "src")
        return {
            path: path.read_bytes()
            for folder in folders
            for path in folder.iterdir()
            if path.is_file()
        }


def copy_project(root: Path) -> ProjectCopy:
    """Copies the project without its installed packages."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=NOT_COPIED)
    shutil.copytree(PACKAGE, root / "packages" / "types", ignore=NOT_COPIED)
    shutil.copy(ROOT / "pyproject.toml", root)
    return ProjectCopy(root)


@pytest.fixture(scope="session")
def runtime() -> Node:
    """Node with the packages of packages/types and of the consumer: this machine's, or PyPI's."""
    runtime = node()
    install_packages(runtime, PACKAGE)
    install_packages(runtime, CONSUMER)
    return runtime


@pytest.fixture
def project(tmp_path: Path, runtime: Node) -> ProjectCopy:
    """A copy of the project in which the npm packages are installed."""
    project = copy_project(tmp_path)
    modules = tmp_path / "packages" / "types" / "node_modules"
    modules.symlink_to(PACKAGE / "node_modules")
    return project


@pytest.fixture(scope="session")
def tarball(runtime: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `npm publish` would publish, built in a copy."""
    project = copy_project(tmp_path_factory.mktemp("publisher"))
    package = project.root / "packages" / "types"
    (package / "node_modules").symlink_to(PACKAGE / "node_modules")
    done = runtime.npm("pack", "--json", cwd=package)
    assert done.returncode == 0, done.stderr
    (packed,) = package.glob("*.tgz")
    return packed


@pytest.fixture(scope="session")
def installed_consumer(
    runtime: Node, tarball: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The consumer's project with the package installed as a stranger would install it."""
    project = tmp_path_factory.mktemp("consumer") / "project"
    shutil.copytree(CONSUMER, project, symlinks=True)
    install = ("install", "--no-save", "--offline", "--loglevel=error", str(tarball))
    done = runtime.npm(*install, cwd=project)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def consumer(installed_consumer: Path, tmp_path: Path) -> Path:
    """A copy of that project to change at will."""
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(installed_consumer, project, ignore=ignored)
    (project / "node_modules").symlink_to(installed_consumer / "node_modules")
    return project
