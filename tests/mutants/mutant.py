"""A fault that could be made in the program, and the tests that must notice it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in the file at `path`, `text`, which is there once, becomes `replacement`.

    `tests` are node ids as pytest takes them, of a test or of one of its cases. Every one of them
    must fail; of a test with cases, at least one case.
    """

    name: str
    breaks: str
    path: str
    text: str
    replacement: str
    tests: tuple[str, ...]
    function: str = ""
    """The function or class that holds the text, such as "Ledger.append"; "" if none does.

    `python -m tests.mutants.functions` writes it.
    """

    @contextmanager
    def applied(self, root: Path) -> Iterator[None]:
        """Puts the fault into the project beneath `root` until the context ends."""
        file = root / self.path
        sound = file.read_text(encoding="utf-8")
        assert sound.count(self.text) == 1, f"{self.name}: {self.path} has its text once"
        file.write_text(sound.replace(self.text, self.replacement), encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(sound, encoding="utf-8")
