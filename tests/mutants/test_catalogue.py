"""Every fault in the list can be made in the program as it is, and its tests are there."""

import ast

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.functions import function_of
from tests.mutants.mutant import Mutant
from tests.mutants.trial import ROOT

each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])


def names_in(path: str) -> set[str]:
    """Returns the classes and functions of a file, those of a class behind its name."""
    found = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{getattr(inner, 'name', '')}" for inner in node.body}
    return found


def test_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) > 22


@each_mutant
def test_its_text_is_there_once_and_its_replacement_is_other_code(mutant: Mutant) -> None:
    sound = (ROOT / mutant.path).read_text(encoding="utf-8")
    assert sound.count(mutant.text) == 1
    broken = sound.replace(mutant.text, mutant.replacement)
    if mutant.path.endswith(".py"):
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(sound))
    else:
        assert broken != sound


@each_mutant
def test_it_names_the_function_that_holds_its_text(mutant: Mutant) -> None:
    assert mutant.function == function_of(mutant), "run `python -m tests.mutants.functions`"


@each_mutant
def test_its_tests_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("[")[0].partition("::")
        assert name in names_in(path), test
