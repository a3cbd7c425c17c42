"""Reads an earlier schema: of a release, of a commit, or of a file."""

import re
import subprocess
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema

from codegen.paths import ROOT, SCHEMA_FILE

RELEASE_TAG = re.compile(r"v\d+\.\d+\.\d+")


class Unreadable(Exception):
    """The earlier schema cannot be read; the text says what to do."""


def last_release() -> str | None:
    """Returns the newest tag such as v1.2.3 in this commit's history; None before the first.

    Raises:
        Unreadable: this is no git repository, or one that may lack tags.
    """
    if _git("rev-parse", "--is-shallow-repository") == "true":
        raise Unreadable(
            "this clone is shallow and may lack releases; run 'git fetch --unshallow --tags'"
        )
    tags = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    return next((tag for tag in tags if RELEASE_TAG.fullmatch(tag)), None)


def schema_of(base: str) -> GraphQLSchema:
    """Returns the schema of a document: a file, or the one committed at a git revision.

    Raises:
        Unreadable: it is neither, or the document is no schema.
    """
    try:
        return build_schema(_document(base))
    except (GraphQLError, TypeError) as error:
        raise Unreadable(f"{base} holds no GraphQL schema: {error}") from error


def _document(base: str) -> str:
    if Path(base).is_file():
        return Path(base).read_text(encoding="utf-8")
    return _git("show", f"{base}:{SCHEMA_FILE.relative_to(ROOT).as_posix()}")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["git", *arguments],  # noqa: S607 - the user's own git
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise Unreadable("git is not installed; name a schema file with --against") from error
    if done.returncode != 0:
        raise Unreadable(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
