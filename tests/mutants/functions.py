"""Finds the function or class in which a mutant's text stands, and writes it into the mutants.

`python -m tests.mutants.functions` fills in `function=` in tests/mutants/faults/*.py.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.trial import ROOT


def scopes(source: str) -> Iterator[tuple[str, str]]:
    """Yields the dotted name and the source of each function and class, outer ones first."""
    lines = source.splitlines(keepends=True)

    def inside(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{prefix}{child.name}"
                start = min([child.lineno, *(each.lineno for each in child.decorator_list)])
                yield name, "".join(lines[start - 1 : child.end_lineno])
                yield from inside(child, f"{name}.")
            else:
                yield from inside(child, prefix)

    return inside(ast.parse(source), "")


def function_of(mutant: Mutant) -> str:
    """Returns the innermost function or class that holds the text, or "" if none does."""
    if not mutant.path.endswith(".py"):
        return ""
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    holders = [name for name, text in scopes(source) if mutant.text in text]
    return holders[-1] if holders else ""


def name_functions(file: Path) -> int:
    """Writes the function into each mutant of a file, and returns the number of mutants changed."""
    mutants = {mutant.name: mutant for mutant in MUTANTS}
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Mutant"
    ]
    changed = 0
    for call in sorted(calls, key=lambda call: call.lineno, reverse=True):
        name = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
        function = function_of(mutants[name]) if isinstance(name, str) and name in mutants else ""
        assert call.end_lineno is not None
        given = [keyword for keyword in call.keywords if keyword.arg == "function"]
        if given:
            del lines[given[0].lineno - 1]
            call.end_lineno -= 1
        if function:
            lines.insert(call.end_lineno - 1, f'        function="{function}",\n')
        changed += bool(function)
    file.write_text("".join(lines), encoding="utf-8")
    return changed


if __name__ == "__main__":
    for faults in sorted((ROOT / "tests/mutants/faults").glob("*.py")):
        sys.stdout.write(f"{faults.name}: {name_functions(faults)} mutants name their function\n")
