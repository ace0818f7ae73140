"""`labelguard review`: which predictions need no human, at a share of wrong ones that is bounded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli import app
from backend.errors import RequestError

if TYPE_CHECKING:
    from backend.evaluate.labels.guarantee import Guarantee


@app.command()
def review(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Exports of a project as JSON, with all its tasks.", exists=True)
    ] = None,
    project: Annotated[int | None, typer.Option(help="A project's number: it is read from Label Studio.")] = None,
    error: Annotated[
        float, typer.Option("--error", help="The share of wrong ones among those taken that is not passed, on average.")
    ] = 0.05,
    version: Annotated[str, typer.Option(help="Whose predictions; needed where there are several versions.")] = "",
    control: Annotated[list[str] | None, typer.Option(help="What has to be right; every control by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the tasks' numbers and scores to this file (CSV).")] = None,
    tab: Annotated[str, typer.Option(help="Add a tab of this title to the project's Data Manager, with them.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Make annotations of them. Nothing else does.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say which predictions may be taken without a human, and on which blind sample that rests.

    The sample is what people annotated before they could see a prediction: a policy's `blind` sees to that.
    Exits with 2 if it is too small, or no longer like the tasks that wait.
    """
    from backend.evaluate.labels.guarantee import guarantee

    if bool(files) == (project is not None):
        raise RequestError("name exports of Label Studio, or a project with --project")
    if project is None and (tab or accept):
        raise RequestError("--tab and --accept change a project of Label Studio's - name it with --project")
    found = guarantee(_tasks(files or [], project), error, version, control or ())
    if out:
        _write(out, found)
    done = _change(project, found, tab, accept=accept) if project is not None and (tab or accept) else {}
    if as_json:
        typer.echo(json.dumps(_told(found) | done, indent=1))
    else:
        for line in _lines(found, done):
            typer.echo(line)


def _tasks(files: list[Path], project: int | None) -> list[Any]:
    from backend.cli.reviewed import read_project
    from backend.evaluate.labels.sample import read_export

    if project is not None:
        return read_project(project)
    return [task for file in files for task in read_export(file)]


def _told(found: "Guarantee") -> dict[str, object]:
    """Return what was found as JSON has it."""
    chosen = found.selection
    return {
        "version": found.version,
        "controls": list(found.controls),
        "error": chosen.error,
        "sample": {"blind": chosen.reviewed, "wrong": chosen.wrong, "seen_left_out": found.seen},
        "waiting": found.waiting,
        "without_score": found.unscored,
        "taken": len(found.tasks),
        "lowest_score": chosen.lowest,
        "tasks": [{"task": task, "score": score} for task, score in found.tasks],
    }


def _lines(found: "Guarantee", done: dict[str, object]) -> list[str]:
    chosen = found.selection
    share = f"{len(found.tasks) / found.waiting:.0%}" if found.waiting else "none"
    lines = [
        f"{len(found.tasks):,} of {found.waiting:,} predictions of {found.version} that nobody has reviewed ({share})"
        f" may be taken: at most {chosen.error:.1%} of them are wrong, on average",
        f"it rests on {chosen.reviewed:,} tasks that were annotated blind, {chosen.wrong:,} of them predicted wrong;"
        f" right means: all of {', '.join(found.controls)}",
    ]
    if chosen.lowest is not None:
        lines.append(f"their scores are {chosen.lowest:.3f} and above")
    if found.seen:
        lines.append(f"{found.seen:,} annotated tasks are left out: a prediction could be seen")
    if found.unscored:
        lines.append(f"{found.unscored:,} predictions have no score, and are not taken")
    if "tab" in done:
        lines.append(f"tab {done['tab']} of the Data Manager shows them")
    if "accepted" in done:
        lines.append(f"{done['accepted']:,} annotations were made of them")
    return lines


def _write(out: Path, found: "Guarantee") -> None:
    from backend.system.disk import write_whole

    rows = ["task,score", *(f"{task},{score:.6g}" for task, score in found.tasks)]
    write_whole(out, ("\n".join(rows) + "\n").encode())


def _change(project: int, found: "Guarantee", tab: str, *, accept: bool) -> dict[str, object]:
    """Add a tab, or make annotations; return what was done."""
    import asyncio
    from contextlib import aclosing

    from backend.cli.reviewed import studio_access
    from backend.labelstudio.api.accepting import AcceptingApi
    from backend.labelstudio.api.client import AT_ONCE

    numbers = [int(task) for task, _ in found.tasks if task]
    access = studio_access()

    async def change() -> dict[str, object]:
        done: dict[str, object] = {}
        async with aclosing(AcceptingApi(access)) as api:
            if tab and (lowest := found.selection.lowest) is not None:
                done["tab"] = await api.add_tab(project, tab, found.version, lowest, numbers)
            if accept:
                parts = [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]
                done["accepted"] = sum([len(await api.accept(project, part, found.version)) for part in parts])
        return done

    return asyncio.run(change())
