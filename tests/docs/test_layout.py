"""The layout: few files beside each other, and none that is too long to read."""

from collections import Counter
from pathlib import Path
from subprocess import check_output

from tests.fixtures.served import ROOT

FILES_MAX = 14
LINES_MAX = 330
ONE_THING_A_FILE = {
    "docs/decisions": "one decision a file",
    "domain": "one subject a module",
    "tests/domain": "one module of the domain a file",
    "schema/inputs": "one input a file",
    "schema/types": "one type a file",
    "tests/schema/mutations": "one mutation a file",
    "tests/fixtures": "one subject a module",
}
"""The folders that may have more files, and why."""

TRACKED = check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()


def test_a_folder_has_few_files() -> None:
    counts = Counter(str(Path(name).parent) for name in TRACKED)
    full = {folder for folder, count in counts.items() if count > FILES_MAX}
    assert full - ONE_THING_A_FILE.keys() - {"."} == set()


def test_the_exceptions_are_needed() -> None:
    assert [folder for folder in ONE_THING_A_FILE if not (ROOT / folder).is_dir()] == []


def test_a_program_file_is_short() -> None:
    long = [
        name
        for name in TRACKED
        if name.endswith(".py")
        and not name.startswith(("tests/", "migrations/versions/"))
        and len((ROOT / name).read_text().splitlines()) > LINES_MAX
    ]
    assert long == []
