"""Generates the TypeScript of the contract with the generators of packages/types."""

import json
import os
import subprocess
import sys
from pathlib import Path

from codegen.node import install_packages, node
from codegen.paths import GENERATED, PACKAGE, ROOT


class GenerationFailed(Exception):
    """A generator refused its input; the text is its output."""


def typescript_files(sdl: str) -> dict[Path, str]:
    """Returns the text of every generated file of packages/types.

    Raises:
        NodeUnavailable: there is no Node to run the generators, and none can be fetched.
        GenerationFailed: an operation does not fit the schema, or a document is not valid.
    """
    runtime = node()
    install_packages(runtime, PACKAGE)
    contract = json.dumps({"sdl": sdl, "openapi": _openapi()})
    loader = "ts-blank-space/register"
    done = runtime.run("--import", loader, "codegen.ts", cwd=PACKAGE, stdin=contract)
    if done.returncode != 0:
        raise GenerationFailed(f"packages/types/codegen.ts failed:\n{done.stderr.strip()}")
    return {GENERATED / name: text for name, text in json.loads(done.stdout).items()}


def _openapi() -> object:
    # In its own process, by the command: codegen and app are in the same layer, so neither imports
    # the other.
    settings = {name: value for name, value in os.environ.items() if name[:8] != "LOYALTY_"}
    done = subprocess.run(
        [sys.executable, "-m", "app", "openapi"],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise GenerationFailed(f"'loyalty openapi' failed:\n{done.stderr.strip()}")
    return json.loads(done.stdout)
