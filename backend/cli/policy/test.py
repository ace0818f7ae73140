"""`labelguard policy test`: run the cases that stand beside a policy, through the real pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.policy import commands

if TYPE_CHECKING:
    from rich.console import Console

    from backend.settings import Settings


@commands.command("test")
def run(
    files: Annotated[list[Path], typer.Argument(help="Files of cases: NAME.test.yaml.")],
    verbose: Annotated[bool, typer.Option("--verbose", help="Say of each case what came of it.")] = False,
) -> None:
    """Run the cases of policies; nothing is sent. Exits with 1 if one fails, with 2 if a file is broken."""
    from backend.cli.tables import console
    from backend.logs import silence_libraries
    from backend.settings import Settings

    silence_libraries()
    out = console()
    settings = Settings()
    codes = [_run(out, file, settings, verbose=verbose) for file in files]
    raise typer.Exit(max(codes))


def _run(out: "Console", file: Path, settings: "Settings", *, verbose: bool) -> int:
    """Print how the cases of a file went; return the exit code."""
    from backend.cli.policy.words import told
    from backend.engine.previews.cases import run_cases
    from backend.errors import PolicyFileError

    try:
        results = run_cases(file, settings)
    except PolicyFileError as error:
        for problem in (error, *error.others):
            out.print(problem.reason, style="red", soft_wrap=True)
        return 2
    failed = 0
    for result in results:
        failed += not result.passed
        if verbose or not result.passed:
            style = "green" if result.passed else "red"
            mark = "pass" if result.passed else "FAIL"
            out.print(f"{mark}  {file}:{result.line}: {result.name}", style=style, soft_wrap=True)
        for difference in result.differences:
            out.print(f"      {difference}", soft_wrap=True)
        if verbose:
            out.print(f"      {told(result.verdict)}", style="dim", soft_wrap=True)
    out.print(f"{file}: {len(results) - failed} of {len(results)} cases pass", style="bold", soft_wrap=True)
    return 1 if failed else 0
