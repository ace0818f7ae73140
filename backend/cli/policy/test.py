"""`labelguard policy test`: run the cases that stand beside a policy, through the real pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from backend.cli.policy import commands
from backend.cli.tables import AsJson, console, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from backend.engine.previews.cases import CaseResult
    from backend.settings import Settings
    from backend.system.writing import JSON


@commands.command("test")
def run(
    files: Annotated[list[Path], typer.Argument(help="Files of cases: NAME.test.yaml.")],
    verbose: Annotated[bool, typer.Option("--verbose", help="Say of each case what came of it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the cases of policies; nothing is sent. Exits with 1 if one fails, with 2 if a file is broken."""
    from backend.logs import silence_libraries
    from backend.settings import Settings

    silence_libraries()
    settings = Settings()
    out = None if as_json else console()
    done = []
    for file in files:
        done.append(_run(file, settings))
        if out:
            _print(out, done[-1], verbose=verbose)
    if as_json:
        print_json({"files": [cases.flat() for cases in done]})
    raise typer.Exit(max(cases.code for cases in done))


class _Cases(NamedTuple):
    """How the cases of a file went.

    Attributes:
        problems: what is wrong with the file.
    """

    file: Path
    results: "Sequence[CaseResult]"
    problems: list[str]

    @property
    def failed(self) -> int:
        """How many cases went otherwise than expected."""
        return sum(not result.passed for result in self.results)

    @property
    def code(self) -> int:
        """The exit code."""
        return 2 if self.problems else int(self.failed > 0)

    def flat(self) -> "JSON":
        """Return it as JSON."""
        from backend.cli.policy.words import told

        cases = [
            {
                "name": result.name,
                "line": result.line,
                "passed": result.passed,
                "differences": list(result.differences),
                "told": told(result.verdict),
            }
            for result in self.results
        ]
        return {"file": str(self.file), "problems": self.problems, "failed": self.failed, "cases": cases}


def _run(file: Path, settings: "Settings") -> _Cases:
    """Run the cases of a file."""
    from backend.engine.previews.cases import run_cases
    from backend.errors import PolicyFileError

    try:
        return _Cases(file, run_cases(file, settings), [])
    except PolicyFileError as error:
        return _Cases(file, [], [problem.reason for problem in (error, *error.others)])


def _print(out: "Console", cases: _Cases, *, verbose: bool) -> None:
    """Print how the cases of a file went."""
    from backend.cli.policy.words import told

    for problem in cases.problems:
        out.print(problem, style="red", soft_wrap=True)
    if cases.problems:
        return
    file, results = cases.file, cases.results
    for result in results:
        if verbose or not result.passed:
            style = "green" if result.passed else "red"
            mark = "pass" if result.passed else "FAIL"
            out.print(f"{mark}  {file}:{result.line}: {result.name}", style=style, soft_wrap=True)
        for difference in result.differences:
            out.print(f"      {difference}", soft_wrap=True)
        if verbose:
            out.print(f"      {told(result.verdict)}", style="dim", soft_wrap=True)
    passed = len(results) - cases.failed
    out.print(f"{file}: {passed} of {len(results)} cases pass", style="bold", soft_wrap=True)
