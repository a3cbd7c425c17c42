"""What is made of a run, tried on a program of one line."""

import shutil
from pathlib import Path

import pytest

from tests.mutants import witness
from tests.mutants.mutant import Mutant
from tests.mutants.trial import ROOT, Copy, Run, Verdict

TEST = "tests/test_rule.py::test_rule"
PROGRAM = {
    "rule.py": "LIMIT = 5\n",
    "tests/test_rule.py": """
import pytest
from rule import LIMIT

@pytest.fixture
def limit():
    return {5: 5, 6: 6}[LIMIT]

@pytest.mark.parametrize("case", ["one", "other"])
def test_rule(case, limit):
    assert limit == 5 or case == "other"

def test_nothing():
    pass
""",
}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """A copy of a program of one line, and of the witness."""
    # Its tests need no plugins, which take seconds to load.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    original, root = tmp_path / "original", tmp_path / "copy"
    for name, content in PROGRAM.items():
        file = original / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (original / "tests/mutants").mkdir()
    shutil.copy(witness.__file__, original / "tests/mutants")
    copy = Copy(root, server_url="", original=original)
    copy.add([*map(Path, PROGRAM), Path("tests/mutants/witness.py")])
    return copy


def fault(replacement: str, *tests: str) -> Mutant:
    return Mutant("fault", "The limit.", "rule.py", "LIMIT = 5", replacement, tests or (TEST,))


@pytest.mark.parametrize(
    ("mutant", "verdict"),
    [
        (fault("LIMIT = 6"), Verdict.KILLED),
        (fault("LIMIT = 6", f"{TEST}[one]"), Verdict.KILLED),
        (fault("LIMIT = 4 + 1"), Verdict.SURVIVED),
        # Each of the tests that are named has to notice.
        (fault("LIMIT = 6", TEST, "tests/test_rule.py::test_nothing"), Verdict.SURVIVED),
        (fault("LIMIT = 6", f"{TEST}[other]"), Verdict.SURVIVED),
        # What fails in a fixture, or cannot even be imported, is not noticed by the test.
        (fault("LIMIT = 7"), Verdict.UNDECIDED),
        (fault("LIMIT ="), Verdict.UNDECIDED),
        (fault("LIMIT = 6", "tests/test_rule.py::test_that_is_not_there"), Verdict.UNDECIDED),
    ],
)
async def test_what_kills(copy: Copy, mutant: Mutant, verdict: Verdict) -> None:
    run = await copy.try_out(mutant)

    assert run.verdict(mutant.tests) is verdict, run.output
    assert (copy.root / "rule.py").read_text() == PROGRAM["rule.py"]


async def test_after_a_fault_the_copy_is_as_it_was(copy: Copy) -> None:
    await copy.try_out(fault("LIMIT = 6"))

    # Within the same second, and of the same length: Python must not take the one for the other.
    assert (await copy.run([TEST])).unsound([TEST]) == []


async def test_code_of_the_project_itself_decides_nothing(copy: Copy) -> None:
    # The environment of this run has our modules by an editable install, and the copy lacks them.
    broken = fault("from domain.points import POINTS_MAX as LIMIT; LIMIT = 6")
    assert (await copy.try_out(broken)).verdict(broken.tests) is Verdict.KILLED

    from_elsewhere = Copy(copy.root, copy.server_url, original=ROOT)
    run = await from_elsewhere.try_out(broken)

    assert run.verdict(broken.tests) is Verdict.UNDECIDED
    assert str(ROOT / "domain/points.py") in run.elsewhere


async def test_what_takes_too_long_is_stopped_and_decides_nothing(copy: Copy) -> None:
    endless = fault("while True: pass")
    with endless.applied(copy.root):
        run = await copy.run(endless.tests, timeout_seconds=1)

    assert run.verdict(endless.tests) is Verdict.UNDECIDED


@pytest.mark.parametrize("end", ["failed", "skipped", "error"])
def test_without_a_fault_all_must_pass(end: str) -> None:
    assert Run(0, 1.0, "", {f"{TEST}[one]": "passed"}).unsound([TEST]) == []
    assert Run(0, 1.0, "", {f"{TEST}[one]": "passed", f"{TEST}[two]": end}).unsound([TEST])
    assert Run(0, 1.0, "", {}).unsound([TEST])
    assert Run(1, 1.0, "", {f"{TEST}[one]": "passed"}).unsound([TEST])
