"""`python -m codegen`: writes and checks the contract's files, and finds breaking changes."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from graphql import build_schema

from codegen import drift
from codegen.breaking import compared
from codegen.node import NodeUnavailable, install_packages, node
from codegen.paths import PACKAGE, SCHEMA_FILE
from codegen.releases import Unreadable, last_release, schema_of
from codegen.report import report
from codegen.sdl import schema_sdl
from codegen.typescript import GenerationFailed, typescript_files

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def codegen(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; show differences and fail if there are any."),
    ] = False,
    need_typescript: Annotated[
        bool, typer.Option("--need-typescript", help="With --check: fail also if there is no Node.")
    ] = False,
) -> None:
    """Write codegen/schema.graphql and the generated files of packages/types."""
    if context.invoked_subcommand is not None:
        return
    if check:
        raise typer.Exit(_check(need_typescript))
    sdl = schema_sdl()
    changed = drift.write({SCHEMA_FILE: sdl, **typescript_files(sdl)})
    for path in changed:
        typer.echo(f"wrote {path.name}")
    typer.echo(f"{len(changed)} files changed.")


@app.command()
def breaking(
    against: Annotated[
        str | None,
        typer.Option(help="A schema file, or a commit, branch or tag. Default: the last release."),
    ] = None,
) -> None:
    """List the changes of the schema; fail on a breaking change that is not accepted."""
    base = against or last_release()
    if base is None:
        typer.echo("There is no release yet (no git tag such as v1.2.3): nothing can break.")
        return
    changes = compared(schema_of(base), build_schema(schema_sdl()))
    raise typer.Exit(report(changes, base))


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def npm(
    arguments: list[str],
    project: Annotated[
        Path, typer.Option("--in", exists=True, file_okay=False, help="Another npm project.")
    ] = PACKAGE,
) -> None:
    """Run npm in packages/types, with this machine's Node or PyPI's: `npm run build`."""
    runtime = node()
    install_packages(runtime, project)
    raise typer.Exit(runtime.npm(*arguments, cwd=project, shown=True).returncode)


def _check(need_typescript: bool) -> int:
    """Returns the exit status: 1 where a file differs, or the operations do not fit the schema."""
    sdl = schema_sdl()
    problems = drift.diffs({SCHEMA_FILE: sdl})
    unchecked = None
    try:
        problems += drift.diffs(typescript_files(sdl))
    except GenerationFailed as error:
        problems.append(str(error))
    except NodeUnavailable as error:
        unchecked = f"TypeScript was not checked: {error}"
    for problem in problems:
        typer.echo(f"{problem}\n")
    if problems:
        typer.echo("The contract has drifted. Run 'make codegen' and commit what it writes.")
    elif unchecked is None:
        typer.echo("The schema and the TypeScript are as the code says.")
    else:
        typer.echo("The schema is as the code says.")
    if unchecked is not None:
        typer.echo(unchecked, err=True)
    return int(bool(problems or (unchecked and need_typescript)))


def main() -> None:
    """Runs the command line; an expected failure prints its reason and exits with status 2."""
    try:
        app(prog_name="python -m codegen")
    except (NodeUnavailable, GenerationFailed, Unreadable) as error:
        typer.echo(f"codegen: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
