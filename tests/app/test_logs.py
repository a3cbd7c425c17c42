"""What a process logs of an exception: where it was, and of which class."""

import subprocess
import sys

from tests.fixtures.served import ROOT

PROGRAM = """
import logging, sys
from app.logs import log_to_stderr
log_to_stderr("info")
try:
    int(sys.argv[1])
except ValueError:
    logging.getLogger("x").exception("it failed")
raise LookupError(sys.argv[1])
"""


def test_neither_a_logged_exception_nor_the_last_one_is_quoted() -> None:
    command = [sys.executable, "-c", PROGRAM, "canary"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "ERROR:x:it failed" in done.stderr
    assert "builtins.LookupError" in done.stderr
    assert "builtins.ValueError" in done.stderr
    assert "canary" not in done.stderr
