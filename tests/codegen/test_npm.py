"""npm as make runs it: in packages/types, or in another npm project of the repository."""

import json
import subprocess
import sys
from pathlib import Path

from codegen.paths import ROOT


def test_npm_runs_in_another_project_as_well(tmp_path: Path) -> None:
    about = {"name": "other", "version": "1.0.0"}
    scripts = {"where": 'node -p "process.cwd()"'}
    (tmp_path / "package.json").write_text(json.dumps({**about, "scripts": scripts}))
    lock = {**about, "lockfileVersion": 3, "packages": {"": about}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))

    done = subprocess.run(
        [sys.executable, "-m", "codegen", "npm", "--in", tmp_path, "run", "--silent", "where"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(tmp_path)
