"""The contender that is another checkout, and the comparison in paired rounds."""

import re
import subprocess
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks import checkouts
from benchmarks.__main__ import app
from benchmarks.checkouts import before
from benchmarks.contenders import BEFORE, CONTENDERS, ContenderFailed
from benchmarks.driver import Measurement
from benchmarks.reporting.paired import paired, show_paired
from benchmarks.rounds import Cell, Results

# `make setup` of a project that needs no packages.
_MAKEFILE = "setup:\n\t@mkdir -p .venv && echo made > .venv/made\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory that looks like a checkout of this project."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    return tmp_path


@pytest.fixture
def repository(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the checkout as its only commit."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "First"]):
        subprocess.run(["git", *identity, *command], cwd=checkout, check=True)
    return checkout


def _cell(cpu_ms: list[float], counts: list[int], errors: list[str] | None = None) -> Cell:
    measurements = [
        Measurement(count, count, seconds=1.0, p50_ms=1.0, p99_ms=1.0, errors=errors or [])
        for count in counts
    ]
    return Cell(measurements, cpu_ms)


class TestCheckout:
    def test_a_directory_is_set_up_by_its_own_make_and_runs_its_own_python(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAKEFLAGS", "--dry-run")
        contender = before(str(checkout))
        assert (checkout / ".venv" / "made").is_file()
        assert contender.name == BEFORE
        assert contender.directory == checkout
        assert contender.command()[0] == str(checkout / ".venv" / "bin" / "python")

    def test_a_revision_is_unpacked_once(
        self,
        repository: Path,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        unpacked = tmp_path_factory.mktemp("unpacked")
        monkeypatch.setattr(checkouts, "ROOT", repository)
        monkeypatch.setattr(checkouts, "CHECKOUTS", unpacked)
        (repository / "Makefile").write_text("setup:\n\t@false\n")
        first, second = before("HEAD"), before("HEAD")
        assert first.directory == second.directory
        assert [path.name for path in unpacked.iterdir()] == [first.directory.name]
        assert re.fullmatch(r"[0-9a-f]{40}", first.directory.name)
        assert (first.directory / "Makefile").read_text() == _MAKEFILE

    def test_a_name_that_is_neither_is_refused(self) -> None:
        with pytest.raises(ContenderFailed, match=r"neither a directory .* nor a git revision"):
            before("no-such-revision")

    def test_a_set_up_that_fails_shows_its_output(self, checkout: Path) -> None:
        (checkout / "Makefile").write_text("setup:\n\t@echo no disk; false\n")
        with pytest.raises(ContenderFailed, match="no disk"):
            before(str(checkout))

    def test_it_takes_part_only_where_a_checkout_is_named(self) -> None:
        with pytest.raises(ContenderFailed, match="--before REVISION"):
            CONTENDERS[BEFORE].command()

    def test_the_page_is_not_written_with_it(self, checkout: Path) -> None:
        result = CliRunner().invoke(app, ["--before", str(checkout), "--write-docs"])
        assert result.exit_code == 2
        assert "--write-docs" in result.output


class TestPaired:
    def test_each_ratio_is_of_one_round_and_the_median_decides(self) -> None:
        ours = _cell([1.0, 4.0, 3.3], [100, 50, 90])
        theirs = _cell([1.0, 2.0, 3.0], [100, 100, 100])
        assert paired(Results({"tiers": {"ours": ours, "before": theirs}})) == {
            "tiers": {
                "cpu_ratio": 1.1,
                "cpu_ratios": [1.0, 2.0, 1.1],
                "rate_ratio": 0.9,
                "rate_ratios": [1.0, 0.5, 0.9],
            }
        }

    def test_a_failed_cell_is_not_compared(self) -> None:
        failed, good = _cell([1.0], [1], ["500 x"]), _cell([1.0], [1])
        assert paired(Results({"tiers": {"ours": failed, "before": good}})) == {}

    def test_a_row_that_costs_too_much_is_marked(self) -> None:
        cheap, dear = _cell([1.0], [10]), _cell([1.06], [10])
        rows = paired(
            Results(
                {
                    "tiers": {"ours": dear, "before": cheap},
                    "members": {"ours": cheap, "before": cheap},
                }
            )
        )
        console = Console(record=True, width=120, quiet=False, file=None, force_terminal=False)
        with console.capture() as captured:
            show_paired(rows, console)
        marked = [line for line in captured.get().splitlines() if "more than 1.05x" in line]
        assert [line.split()[0] for line in marked] == ["tiers"]
