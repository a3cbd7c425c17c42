"""docs/trust.md names tests that are there, and that `make stress` prints the figures of."""

import re

import pytest

from tests.fixtures.served import ROOT

TESTS = sorted(
    set(re.findall(r"\]\(\.\./(tests/[^)]+\.py)\)", (ROOT / "docs/trust.md").read_text()))
)


@pytest.mark.parametrize("path", TESTS)
def test_what_is_named_notes_figures(path: str) -> None:
    source = (ROOT / path).read_text()
    assert "figure(" in source
    assert "pytest.mark.promised" in source or "pytest.mark.stress" in source


def test_there_are_some() -> None:
    assert len(TESTS) > 10
