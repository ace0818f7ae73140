"""`labelguard preview`: what would leave of all tasks of a project, to whom, and at what price, before it goes live."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from backend.cli import app
from backend.cli.predict import project_number, refuse_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress

    from backend.engine.previews.preview import PreviewedTask
    from backend.engine.previews.report.report import GoLiveReport
    from backend.labelstudio.api import StudioProject, StudioTask
    from backend.policy import Policy
    from backend.settings import Settings

TOGETHER = 50
"""Tasks that are looked at together; what was found in them is forgotten after."""


class _Read(NamedTuple):
    """What is looked at.

    Attributes:
        project: as each of the tasks names it.
        gone: numbers of tasks that were deleted while they were read.
    """

    project: "PreviewedTask"
    tasks: "Sequence[PreviewedTask]"
    gone: "Sequence[str]" = ()


@app.command("preview")
def preview_tasks(  # noqa: PLR0913, PLR0917 - each is an option of its own
    context: typer.Context,
    tasks: Annotated[
        Path | None, typer.Argument(help="Tasks in Label Studio's import format (JSON).", exists=True)
    ] = None,
    config: Annotated[Path | None, typer.Option(help="The project's label config (XML).", exists=True)] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file; the server's by default.", exists=True)] = None,
    project: Annotated[str, typer.Option(help="Project id: for the policy's rules, or to read it straight.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write the report to this file, as a page to print.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file, as JSON.")] = None,
    show_originals: Annotated[
        bool,
        typer.Option("--show-originals", help="In the report: values that were found, as they stand in the tasks."),
    ] = False,
) -> None:
    """Say what would leave of tasks under a policy, to whom and at what price. No provider is asked.

    Without a file, and with --project, the tasks and the label config are read from Label Studio.

    Exits with 1 if a task is refused, or cannot be read.
    """
    from backend.logs import configure_logging
    from backend.policy import Policy
    from backend.settings import Settings

    settings = Settings(**({"policy": policy} if policy else {}))
    configure_logging(settings.log_level)
    rules = Policy.load(settings.policy)
    if tasks is None:
        if not project:
            context.fail("Missing argument 'TASKS', or --project.")
        refuse_options(context, "without a file of tasks", config=config, title=title)
        read = _read_project(project_number(context, project), path, rules)
    elif config is None:
        context.fail("Missing option '--config'.")
    else:
        read = _read_file(tasks, config, (project, path, title))
    found = _look(rules, settings, read, show_originals=show_originals)
    _write(found, report, json_file)
    _tell(found)
    raise typer.Exit(1 if found.refusals else 0)


def _read_file(tasks: Path, config: Path, subject: tuple[str, str, str]) -> _Read:
    from backend.engine.previews.preview import PreviewedTask
    from backend.labelstudio.tasks import as_task, read_tasks
    from backend.labelstudio.types import Task
    from backend.labelstudio.xml.markup import read_file

    label_config = read_file(config)
    asked = [PreviewedTask(as_task(item), label_config, *subject) for item in read_tasks(tasks)]
    return _Read(PreviewedTask(Task({}), label_config, *subject), asked)


def _read_project(project: int, path: str, policy: "Policy") -> _Read:
    """Read a project from Label Studio: its label config and all of its tasks, by their numbers.

    Raises:
        LabelguardError: Label Studio cannot be asked, or the settings do not say where it is.
    """
    import asyncio

    from rich.console import Console
    from rich.progress import Progress

    from backend.engine.previews.preview import PreviewedTask
    from backend.labelstudio.types import Task

    with Progress(console=Console(stderr=True)) as progress:
        found, ids, tasks = asyncio.run(_ask(project, progress))
    subject = found.reference, path, found.title if policy.asks_title else ""
    read = sorted((one.task() for one in tasks), key=lambda task: int(task.id))
    gone = sorted(set(ids).difference(int(task.id) for task in read))
    asked = [PreviewedTask(task, found.label_config, *subject) for task in read]
    project_of = PreviewedTask(Task({}), found.label_config, found.reference, path, found.title)
    return _Read(project_of, asked, list(map(str, gone)))


async def _ask(project: int, progress: "Progress") -> "tuple[StudioProject, list[int], list[StudioTask]]":
    """Return a project, the numbers of its tasks, and those of them that are still there when they are read."""
    from contextlib import aclosing

    from backend.cli.reviewed import studio_access
    from backend.labelstudio.api import LabelStudioApi
    from backend.labelstudio.api.client import AT_ONCE

    async with aclosing(LabelStudioApi(studio_access())) as api:
        found, ids = await api.project(project), await api.task_ids(project)
        tasks: list[StudioTask] = []
        parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
        for part in progress.track(parts, description="read"):
            tasks += await api.tasks(project, part)
        return found, ids, tasks


def _look(policy: "Policy", settings: "Settings", read: _Read, *, show_originals: bool) -> "GoLiveReport":
    """Have the engine say of each task what would become of it, and show how far it is."""
    from rich.console import Console
    from rich.progress import Progress

    from backend.budget.estimate import usual_answers
    from backend.budget.usage import sum_usage
    from backend.engine.assemble import start_redactor
    from backend.engine.previews.preview import Previewer
    from backend.engine.previews.report.tally import ReportTally
    from backend.store import open_store

    policy.warn()
    store = open_store(settings.state_url.get_secret_value())
    answers = usual_answers(sum_usage(store, ["provider", "model"]))
    tally = ReportTally(show_originals)
    with (
        Previewer(policy, settings, load=start_redactor) as previewer,  # a batch takes all cores
        Progress(console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("tasks", total=len(read.tasks))
        for start in range(0, len(read.tasks), TOGETHER):
            part = read.tasks[start : start + TOGETHER]
            for asked, verdict in zip(part, previewer.tasks(part, lambda: progress.advance(bar)), strict=True):
                tally.add(asked, verdict)
        return tally.report(previewer, policy, read.project, read.tasks, answers, read.gone)


def _write(found: "GoLiveReport", report: Path | None, json_file: Path | None) -> None:
    """Write the report; only its owner may read it: it holds what is sent of the tasks' texts."""
    import hashlib
    import json

    from backend.engine.previews.report.page import report_json, report_page
    from backend.system.disk import write_whole

    written = {}
    if report:
        written[report] = report_page(found).encode(errors="replace")
    if json_file:
        written[json_file] = (json.dumps(report_json(found), indent=1) + "\n").encode()
    for file, content in written.items():
        write_whole(file, content, 0o600)
        typer.echo(f"{file}: sha256 {hashlib.sha256(content).hexdigest()}")


def _tell(found: "GoLiveReport") -> None:
    """Say in a few lines what the report says, without a word of a task."""
    from backend.cli.tables import console

    out = console()
    out.print(f"{found.sent:,} of {found.tasks:,} tasks would be sent, in {found.calls:,} calls", soft_wrap=True)
    for one in found.recipients:
        leaves = "leaves your network" if one.provider.external else "stays"
        otherwise = f", {one.fallbacks:,} more if others fail" if one.fallbacks else ""
        out.print(f"  {one.tasks:,} to {one.provider.name} by {one.rule}{otherwise}: {leaves}", soft_wrap=True)
    if found.spared:
        out.print(f"  {found.spared:,} need not be: detection knows all labels")
    for refused in found.refused:
        remedy = f" - {refused.remedy}" if refused.remedy else ""
        out.print(f"  {refused.count:,} would not: {refused.problem}{remedy}", soft_wrap=True)
