"""Generated requests for GraphQL and REST: none is answered with a 5xx."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from codegen.paths import ROOT, SCHEMA_FILE
from domain.enums import Role
from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.figures import Figure
from tests.fixtures.production import Production, token_of

ACTORS = [NOBODY, ADA, ADMIN]
HOOKS = "tests.app.interfaces.fuzzing.hooks"
OPERATIONS_COUNT_MIN = 20
TIMEOUT_SECONDS = 3_600
CHECKS_OF_REST = (
    "no_fault_of_ours,status_code_conformance,content_type_conformance,response_schema_conformance"
)


@pytest.fixture(scope="module", autouse=True)
def known(production: Production) -> None:
    """Somebody to ask about: what is refused at once shows little."""
    mutation = """mutation {
        createTier(input: {slug: "0", name: "0", pointThreshold: 0}) { __typename }
        ada: upsertUser(input: {userId: "ada"}) { __typename }
        zero: upsertUser(input: {userId: "0"}) { __typename }
        earnPoints(input: {userId: "0", points: 500, idempotencyKey: "0"}) { __typename }
    }"""
    answer = production.post({"query": mutation}, Authorization=f"Bearer {token_of(ADMIN)}")
    assert "errors" not in answer.json()


@pytest.fixture(autouse=True)
def nothing_of_ours_fails(production: Production) -> Iterator[None]:
    """GraphQL answers 200 to a failure of ours; the log has it all the same."""
    yield
    log = production.log.read_text()
    assert not re.search(r"Request \S+ failed", log), log


def fuzzed(production: Production, caller: Caller, document: str, *options: str) -> int:
    """Sends what the fuzzer makes of a contract; returns how many cases that were."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", document, "--no-color", *options]
    if caller.role is not Role.ANONYMOUS:
        command += ["--header", f"Authorization: Bearer {token_of(caller)}"]
    done = subprocess.run(
        command,
        # Away from the project: the fuzzer leaves a folder behind.
        cwd=production.log.parent,
        env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found, done.stdout
    assert found[1] == found[2], done.stdout
    return int(found[1])


def fuzzed_rest(production: Production, caller: Caller, *options: str) -> int:
    url = f"{production.service.url}/openapi.json"
    return fuzzed(production, caller, url, f"--checks={CHECKS_OF_REST}", *options)


def fuzzed_graphql(production: Production, caller: Caller, *options: str) -> int:
    url = f"--url={production.service.url}/graphql"
    checks = "--checks=no_fault_of_ours"
    return fuzzed(production, caller, str(SCHEMA_FILE), url, checks, *options)


BRIEF = ("--generation-deterministic", "--phases=fuzzing")


@pytest.mark.parametrize("caller", ACTORS, ids=lambda caller: str(caller.role))
def test_over_rest(production: Production, caller: Caller) -> None:
    assert fuzzed_rest(production, caller, *BRIEF, "--max-examples=30") > OPERATIONS_COUNT_MIN


@pytest.mark.parametrize("caller", ACTORS, ids=lambda caller: str(caller.role))
def test_over_graphql(production: Production, caller: Caller) -> None:
    assert fuzzed_graphql(production, caller, *BRIEF, "--max-examples=5") > OPERATIONS_COUNT_MIN


@pytest.mark.stress
@pytest.mark.parametrize("caller", ACTORS, ids=lambda caller: str(caller.role))
def test_of_five_thousand_cases(production: Production, caller: Caller, figure: Figure) -> None:
    over_rest = fuzzed_rest(production, caller, "--max-examples=400")
    over_graphql = fuzzed_graphql(production, caller, "--max-examples=250")

    seen = f"0 in {over_rest:,} over REST and {over_graphql:,} over GraphQL"
    figure(f"fuzzing as {caller.role}", "no 5xx in 5,000 cases", seen)
    assert over_rest + over_graphql >= 5_000
