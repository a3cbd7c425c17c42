"""A plugin of pytest that writes down how each test ended, and whether it was the copy that ran.

It is loaded into the runs on a copy, `-p tests.mutants.witness`, and the environment says where
to write and what has been copied.
"""

import json
import os
import sys
from pathlib import Path

import pytest

RECORD = "MUTANTS_RECORD"
ORIGINAL = "MUTANTS_ORIGINAL"

_ends: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes how a test ended: a test that fails has an end of its own, its fixtures another."""
    if report.when != "call" and report.passed:
        return
    end = "error" if report.failed and report.when != "call" else report.outcome
    # That the test itself has failed is not covered up by what its fixtures do afterwards.
    if _ends.get(report.nodeid) != "failed":
        _ends[report.nodeid] = end


def pytest_sessionfinish() -> None:
    """Writes it all down."""
    record = {"ends": _ends, "elsewhere": sorted(_loaded_from(Path(os.environ[ORIGINAL])))}
    Path(os.environ[RECORD]).write_text(json.dumps(record), encoding="utf-8")


def _loaded_from(original: Path) -> set[str]:
    """Returns the files of modules of the original project, without installed packages."""
    files = {file for module in sys.modules.values() if (file := getattr(module, "__file__", None))}
    return {
        file
        for file in files
        if Path(file).is_relative_to(original) and not Path(file).is_relative_to(sys.prefix)
    }
