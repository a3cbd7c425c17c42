"""The README and its first referral: each `sh` block with curl is run, and its answer compared."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config.settings import Settings
from tests.fixtures.served import ROOT, Served, data_folder, run, served

PAGES = [ROOT / "README.md", ROOT / "docs" / "first-referral.md"]
TEXT = "\n".join(page.read_text() for page in PAGES)
BLOCKS = re.findall(r"```sh\n(curl .*?)```\n(?:```json\n(.*?)```)?", TEXT, re.DOTALL)
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
EXAMPLE_CODE = "D2M761RMST"
# Different in every run: random, or a time.
VARYING = re.compile(r'"(code|reference|expiresAt|createdAt)":"[^"]*"')


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    with data_folder() as folder:
        yield {"LOYALTY_MODE": "development", "LOYALTY_DATA_DIR": str(folder)}


@pytest.fixture(scope="module")
def service(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(settings, tmp_path_factory.mktemp("log") / "serve.log") as service:
        yield service


def test_every_command_answers_as_the_readme_says(
    service: Served, settings: dict[str, str]
) -> None:
    assert shutil.which("curl"), "the README's commands need curl"
    token = run("token", "--role", "admin", "--subject", "ops", settings=settings).stdout.strip()
    code = EXAMPLE_CODE
    assert len(BLOCKS) == 5

    for command, answer in BLOCKS:
        here = command.replace("http://127.0.0.1:8000", service.url)
        shell = f"TOKEN={token}\n{here.replace(f'{EXAMPLE_CODE[:4]}-{EXAMPLE_CODE[4:]}', code)}"
        said = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
        body = json.loads(said.stdout)
        code = body.get("code", code)
        if answer:
            assert VARYING.sub("", said.stdout.strip()) == VARYING.sub("", answer.strip())


def test_every_setting_is_in_the_table_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        row = f"| `LOYALTY_{name.upper()}` | {default} | {field.description} |"
        assert row in SETTINGS


def test_every_file_that_is_linked_is_there() -> None:
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert Path(document.parent, target).exists(), f"{document.name} links to {target}"
