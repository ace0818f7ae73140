"""`labelguard predict`: predictions for a file of tasks, or for a project of Label Studio, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from backend.cli import INTERRUPTED, app
from backend.cli.rounds import BatchWay, in_rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from backend.cli.progress import TaskProgress
    from backend.engine.engine import Engine, Outcome
    from backend.engine.project import ProjectPlan
    from backend.settings import Settings
    from backend.system.writing import JSON


@app.command()
def predict(
    context: typer.Context,
    tasks: Annotated[
        Path | None,
        typer.Argument(help="Tasks as Label Studio imports them: JSON, JSON lines, CSV, TSV or TXT.", exists=True),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="The project's label config (XML).", exists=True)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the tasks with their predictions go, ready to be imported.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file; the server's by default.")] = None,
    project: Annotated[str, typer.Option(help="Project id: for the policy's rules, or to predict it straight.")] = "",
    path: Annotated[str, typer.Option(help="Path prefix of the backend's URL, for the policy's rules.")] = "",
    title: Annotated[str, typer.Option(help="The project's title, for the policy's rules.")] = "",
    tab: Annotated[int | None, typer.Option(help="Straight: the tasks of this tab of the Data Manager alone.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Straight: also tasks that have a prediction of this version, in its place.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="A file: also tasks of which the output has a prediction of this version.")
    ] = False,
    batch: Annotated[
        bool,
        typer.Option("--batch", help="At half price, within a day: by a Batch API, where a rule allows it."),
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Batch: leave once it is sent; the same command fetches what is done.")
    ] = False,
) -> None:
    """Predict a file of tasks and write them with their predictions. Exits with 1 if a task has none.

    It may be stopped at any time: the same command goes on from there, and asks again for tasks that have none. What
    the output has already, by the same config and policy, stays.

    Without a file, and with --project, it goes straight: the project's tasks are read from Label Studio, and their
    predictions are stored there, those alone that have none of this version.

    With --batch calls go out in a file. Stopped or not, the same command goes on with what was sent.
    """
    how = _batch_way(context, batch=batch, no_wait=no_wait)
    if tasks is None and project:
        refuse_options(context, "without a file of tasks", config=config, out=out, title=title, again=again)
        _predict_straight(project_number(context, project), tab, path, policy, how, every=every)
        return
    if tasks is None:
        context.fail("Missing argument 'TASKS', or --project.")
    refuse_options(context, "with a file of tasks", tab=tab, all=every)
    if config is None or out is None:
        context.fail(f"Missing option '--{'out' if config else 'config'}'.")
    _predict_file(_Files(tasks, config, out, again), policy, (project, path, title), how)


def _batch_way(context: typer.Context, *, batch: bool, no_wait: bool) -> BatchWay | None:
    """Return how batches are gone by; None if there are none."""
    if no_wait and not batch:
        context.fail("--no-wait means nothing without --batch.")
    return BatchWay(not no_wait) if batch else None


def refuse_options(context: typer.Context, where: str, **options: object) -> None:
    """End the command if an option is given that means nothing there."""
    for name, value in options.items():
        if value:
            context.fail(f"--{name} means nothing {where}.")


def project_number(context: typer.Context, project: str) -> int:
    """Return the number of a project that is read from Label Studio; end the command if it is none."""
    if not (project.isascii() and project.isdecimal() and len(project) < 19):
        context.fail("--project must be the number of a project, as it stands in the address of its page.")
    return int(project)


def _predict_straight(
    project: int, tab: int | None, path: str, policy: Path | None, how: BatchWay | None, *, every: bool
) -> None:
    """Predict a project of Label Studio, or a tab of it."""
    from backend.cli.straight import predict_project
    from backend.engine.bulk import Selection

    predict_project(project, Selection(tab, every), path, policy, how)


class _Files(NamedTuple):
    """What is read and written.

    Attributes:
        again: whether predictions that are there are asked for again.
    """

    tasks: Path
    config: Path
    out: Path
    again: bool


def _read(files: _Files, settings: "Settings") -> "tuple[str, list[JSON]]":
    """Read label config and tasks.

    Raises:
        LabelguardError: they cannot be predicted; nothing was loaded yet.
    """
    from backend.engine.assemble import load_own
    from backend.labelstudio.config import build_plan
    from backend.labelstudio.tasks import need_fields, read_tasks
    from backend.labelstudio.xml.markup import read_file

    label_config = read_file(files.config)
    items = read_tasks(files.tasks, label_config)
    handlers, _ = load_own(settings.home)
    need_fields(files.tasks, items, build_plan(label_config, handlers))
    return label_config, items


def _predict_file(files: _Files, policy: Path | None, subject: tuple[str, str, str], batch: "BatchWay | None") -> None:
    """Predict a file of tasks, as a project of this id, path and title; in batches if it is said how."""
    from backend.cli.progress import TaskProgress
    from backend.engine.assemble import open_lines, running_engine
    from backend.logs import configure_logging
    from backend.policy import Policy
    from backend.settings import Settings

    settings = Settings(**({"policy": policy} if policy else {}))
    configure_logging(settings.log_level, settings.log_format)
    rules = Policy.load(settings.policy)
    label_config, items = _read(files, settings)
    lines = open_lines(rules, settings) if batch else None
    # There is time: each call waits for its minute, however long that takes.
    with (
        running_engine(rules, settings, wait_s=None, lines=lines) as engine,
        TaskProgress() as progress,
    ):
        job = engine.job(label_config, *subject)
        kept = _kept(files, job.model_version, progress.console)
        try:
            _predict_missing(engine, job, items, kept, progress, batch)
        except KeyboardInterrupt:
            progress.stop()
            progress.console.print(f"stopped; the same command goes on from what is in {kept.file}")
            raise typer.Exit(INTERRUPTED) from None
    _write_predicted(files.out, items, kept, progress.console)


def _kept(files: _Files, model_version: str, console: "Console") -> "PartialOutput":
    """Return what was predicted by runs before, and say how much of it stands in the output."""
    kept = PartialOutput(files.out.with_name(files.out.name + ".kept"), model_version, is_empty=files.again)
    if not files.again and (found := kept.take(files.out)):
        said = f"{found:,} predictions in {files.out} are of this version, and not asked for again: --again asks"
        console.print(said, soft_wrap=True)
    return kept


def _predict_missing(
    engine: "Engine",
    job: "ProjectPlan",
    items: "Sequence[JSON]",
    kept: "PartialOutput",
    progress: "TaskProgress",
    batch: "BatchWay | None",
) -> None:
    """Predict the tasks that have no prediction yet, and keep each as it comes."""
    import asyncio

    from backend.errors import BatchedError
    from backend.labelstudio.tasks import as_task
    from backend.labelstudio.types import Prediction

    missing = [item for item in items if kept.of(item) is None]
    done, failed = len(items) - len(missing), 0

    async def predict() -> None:
        waiting, tasks = [], list(map(as_task, missing))

        def keep(index: int, outcome: "Outcome") -> None:
            nonlocal done, failed
            if isinstance(outcome, BatchedError):
                waiting.append(missing[index])
                return
            if isinstance(outcome, Prediction):
                kept.add(missing[index], outcome.payload())
            done, failed = done + 1, failed + (not isinstance(outcome, Prediction))
            progress.update(done, len(items), failed)

        await engine.predict(job, tasks, keep)
        missing[:] = waiting

    async def run() -> None:
        try:
            await in_rounds(engine, predict, batch, progress)
        finally:
            await engine.aclose()

    asyncio.run(run())


def _write_predicted(out: Path, items: "list[JSON]", kept: "PartialOutput", console: "Console") -> None:
    """Write all tasks with the predictions they have, and say how many have one.

    Raises:
        typer.Exit: the file cannot be written, or a task has none.
    """
    from backend.system.disk import problem_of

    for item in items:
        prediction = kept.of(item)
        item["predictions"] = [prediction] if prediction else []
    try:
        _write(out, items)
    except OSError as error:
        console.print(f"{out} {problem_of(error, 'written')}; the same command goes on from what is in {kept.file}")
        raise typer.Exit(1) from None
    done = sum(bool(item["predictions"]) for item in items)
    console.print(f"{done} of {len(items)} tasks predicted, written to {out}")
    if done < len(items):
        if done:
            console.print("the same command asks for the others again")
        raise typer.Exit(1)
    kept.file.unlink(missing_ok=True)


class PartialOutput:
    """Predictions as they come, in a file beside the output, so that none is asked for twice.

    Args:
        file: a prediction a line; whoever may read the output may read it.
        model_version: names all that decides on an answer; predictions of another one are not taken.
        is_empty: whether what is in the file is thrown away.
    """

    def __init__(self, file: Path, model_version: str, *, is_empty: bool = False) -> None:
        import json

        if is_empty:
            file.unlink(missing_ok=True)

        self.file = file
        self._version = model_version
        self._predictions: dict[str, JSON] = {}
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        for line in lines:
            try:
                key, prediction = json.loads(line)
            except ValueError:
                continue  # the process was killed as it wrote this line
            self._predictions[key] = prediction

    def take(self, output: Path) -> int:
        """Take the predictions of this version from an output of before; returns how many tasks have one there."""
        from backend.errors import RequestError
        from backend.labelstudio.import_files import read_entries

        if not output.is_file():
            return 0
        found = 0
        try:
            items = read_entries(output)
        except (RequestError, OSError):
            return 0  # it is none of ours, and is written over
        for item in items:
            for prediction in _predictions_of(item):
                if prediction.get("model_version") == self._version:
                    self._predictions.setdefault(self._key(item), prediction)
                    found += 1
                    break
        return found

    def of(self, item: "JSON") -> "JSON | None":
        """Return the prediction for a task, None if there is none."""
        return self._predictions.get(self._key(item))

    def add(self, item: "JSON", prediction: "JSON") -> None:
        """Keep the prediction for a task."""
        import json

        from backend.errors import RequestError
        from backend.system.disk import problem_of

        key = self._key(item)
        self._predictions[key] = prediction
        problem = ""
        try:
            with _private(self.file) as file:
                file.write("\n" + json.dumps([key, prediction]))
        except OSError as error:
            problem = problem_of(error, "written")
        if problem:
            raise RequestError(f"{self.file} {problem} - make room; the same command goes on from there")

    def _key(self, item: "JSON") -> str:
        import hashlib
        import json

        own = {key: item[key] for key in ("id", "data", "meta") if key in item}
        return hashlib.sha256(json.dumps([self._version, own], sort_keys=True).encode()).hexdigest()


def _predictions_of(item: Any) -> "list[JSON]":
    found = item.get("predictions") if isinstance(item, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _private(path: Path) -> Any:
    """Open a file, to add to it, that its owner alone may read: it holds the tasks' text."""
    import os

    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def _write(path: Path, items: list[dict[str, Any]]) -> None:
    """Write the file whole or not at all."""
    import json
    import re

    from backend.system.disk import write_whole

    text = json.dumps(items, ensure_ascii=False, indent=1)
    whole = re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):x}", text)  # UTF-8 has no half characters
    write_whole(path, whole.encode(), 0o600)
