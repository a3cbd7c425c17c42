"""CONTRIBUTING.md: every file and folder that it names exists."""

import re

import pytest

from tests.fixtures.served import ROOT

NAMED = sorted(
    set(
        re.findall(
            r"`([a-z][\w./-]*(?:/|\.(?:py|md|graphql)))`", (ROOT / "CONTRIBUTING.md").read_text()
        )
    )
)


def test_it_names_files() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize("name", NAMED)
def test_it_exists(name: str) -> None:
    assert (ROOT / name).exists()
