"""@loyalty/types, packed as for publishing and installed by a stranger."""

import json
import tarfile
from pathlib import Path

import pytest

from codegen.node import Node
from codegen.paths import PACKAGE, SCHEMA_FILE


def test_the_tarball_holds_what_a_frontend_needs_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
        schema = archive.extractfile("package/schema.graphql")
        assert schema is not None
        assert schema.read() == SCHEMA_FILE.read_bytes()
    modules = ("documents", "index", "operations", "rest", "schema")
    assert names == {
        "README.md",
        "package.json",
        "schema.graphql",
        *(f"dist/{name}{end}" for name in modules for end in (".js", ".d.ts")),
        *(f"operations/{path.name}" for path in (PACKAGE / "operations").glob("*.graphql")),
    }


@pytest.fixture(scope="session")
def stranger(runtime: Node, tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was empty before the package was installed into it."""
    project = tmp_path_factory.mktemp("stranger")
    (project / "package.json").write_text('{"type": "module", "private": true}')
    options = ("--prefer-offline", "--ignore-scripts", "--loglevel=error", "--no-audit")
    done = runtime.npm("install", *options, str(tarball), "graphql@16.15.0", cwd=project)
    assert done.returncode == 0, f"this needs the npm registry, once:\n{done.stderr}"
    return project


def test_it_runs_in_a_project_that_was_empty(runtime: Node, stranger: Path) -> None:
    script = """
        import * as types from '@loyalty/types';
        import * as rest from '@loyalty/types/rest';
        import { readFileSync } from 'node:fs';
        import { buildSchema, validate, Kind } from 'graphql';
        const schemaFile = new URL(import.meta.resolve('@loyalty/types/schema.graphql'));
        const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
        const documents = Object.entries(types);
        const problems = documents.flatMap(([name, document]) => {
          const isFragment = document.definitions[0].kind === Kind.FRAGMENT_DEFINITION;
          return isFragment ? [] : validate(schema, document).map((error) => `${name}: ${error}`);
        });
        const names = documents.map(([name]) => name).filter((name) => !name.includes('Fragment'));
        process.stdout.write(JSON.stringify({ problems, names, rest: Object.keys(rest) }));
    """
    done = runtime.run("--input-type=module", "--eval", script, cwd=stranger)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["problems"] == []
    assert said["rest"] == []
    assert {"MyDashboardDocument", "CompleteReferralDocument"} < set(said["names"])


def test_it_brings_one_dependency_and_no_script(stranger: Path) -> None:
    folders = (stranger / "node_modules").glob("[!.]*")
    assert sorted(folder.name for folder in folders) == [
        "@graphql-typed-document-node",
        "@loyalty",
        "graphql",
    ]
