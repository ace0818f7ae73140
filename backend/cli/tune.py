"""`labelguard tune`: a better prompt for a rule, tried on what reviewers annotated, and never put into force."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import INTERRUPTED, annotated, app

if TYPE_CHECKING:
    from rich.progress import Progress

    from backend.engine.tuning.budget import TuningBudget
    from backend.engine.tuning.outcome import TuningOutcome
    from backend.engine.tuning.run import TuningOrder, TuningTold
    from backend.policy import Policy
    from backend.settings import Settings
    from backend.store import Store


@app.command()
def tune(
    project: annotated.KeptProject = None,
    tasks: annotated.ExportFile = None,
    config: annotated.ExportConfig = None,
    policy: annotated.PolicyFile = None,
    path: annotated.ExportPath = "",
    title: annotated.ExportTitle = "",
    rule: Annotated[str, typer.Option(help="Whose prompt; needed if several rules decide on the tasks.")] = "",
    reflection: Annotated[
        str, typer.Option(help="Who proposes: a provider of the rule's; all in their order if none is named.")
    ] = "",
    proposals: Annotated[int, typer.Option(min=1, max=1000, help="The most changes that are proposed.")] = 10,
    most_calls: Annotated[
        int, typer.Option(min=1, help="The most calls; what the test at the end takes counts.")
    ] = 1000,
    most_money: Annotated[
        float | None, typer.Option(min=0, help="The most US dollars, beside the limits of the policy.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="The new prompt's file; beside the old one without it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a prompt and a report of before.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another one makes other proposals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
) -> None:
    """Have changes to a rule's prompt proposed, try them on annotated tasks, and write the best one as a new file.

    A model of the rule's proposes; it sees redacted texts alone, and every call goes by the policy, its budgets and the
    record. The best proposal is tested on tasks that were held back, and written only if it is better there by more
    than chance makes. A report stands beside it. Nothing is put into force: that is a line of your policy.
    """
    from backend.engine.tuning.run import TuningOrder

    source = annotated.AnnotationSource(project, tasks, config, path, title)
    order = TuningOrder(rule, reflection, proposals, seed)
    _tune(_Asked(policy, source, order, (most_calls, most_money), out, force, as_json))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command was asked for.

    Attributes:
        policy: its file; None for the server's.
        most: calls, and US dollars.
        out: where the new prompt goes; None for beside the old one.
        force: whether files that are there are written over.
        as_json: how it is told.
    """

    policy: Path | None
    source: annotated.AnnotationSource
    order: "TuningOrder"
    most: tuple[int, float | None]
    out: Path | None
    force: bool
    as_json: bool


def _tune(asked: _Asked) -> None:
    """Tune, write and tell.

    Raises:
        LabelguardError: nothing can be tuned.
        typer.Exit: it was stopped.
    """
    from backend.engine.tuning.files import write_tuned
    from backend.engine.tuning.tuning import need_gepa
    from backend.policy import Policy
    from backend.settings import Settings

    need_gepa()
    settings = Settings(**({"policy": asked.policy} if asked.policy else {}))
    rules = Policy.load(settings.policy)
    outcome, target = _run(asked, settings, rules)
    files = write_tuned(rules, outcome, target)
    if asked.as_json:
        typer.echo(json.dumps({"files": list(map(str, files)), **outcome.flat()}, indent=1))
    else:
        for line in _lines(outcome, files):
            typer.echo(line)
        if not outcome.is_written and target.exists():
            typer.echo(f"{target} is of a run before: this one wrote no prompt")
    if outcome.stopped:
        raise typer.Exit(INTERRUPTED if outcome.is_interrupted else 1)


def _run(asked: _Asked, settings: "Settings", rules: "Policy") -> "tuple[TuningOutcome, Path]":
    """Tune, and show how far it is; returns what came of it, and where the new prompt goes."""
    import asyncio
    from collections import Counter

    from rich.console import Console
    from rich.progress import Progress

    from backend.engine.ask import Asker
    from backend.engine.assemble import running_engine, surrogate_key
    from backend.engine.tuning.files import prompt_target
    from backend.engine.tuning.run import PromptTuning
    from backend.engine.tuning.tasks import check_count
    from backend.logs import configure_logging
    from backend.model.kept_answers import KeptAnswers
    from backend.store import open_store

    configure_logging(settings.log_level, settings.log_format)
    left_out: Counter[str] = Counter()
    about, tasks = annotated.annotated_of(asked.source, settings, left_out)
    check_count(len(tasks))
    key, store = surrogate_key(settings), open_store(settings.state_url.get_secret_value())
    # There is time: each call waits for its minute, however long that takes.
    with (
        Progress(console=Console(stderr=True)) as progress,
        running_engine(rules, settings, wait_s=None) as engine,
        asyncio.Runner() as loop,
    ):
        asker = Asker(engine.gateway, KeptAnswers(store, key))
        try:
            job = engine.job(about.label_config, str(about.number or ""), about.path, about.title)
            told = _told(progress, len(tasks), asked.order.proposals)
            tuning = PromptTuning(loop, engine, asker, job, told)
            rule = tuning.rule(tasks, key, asked.order.rule, left_out)
            own = job.active_policy.prompts.own
            target = prompt_target(rules, rule, asked.out, force=asked.force, own=own)
            return tuning.tune(rule, asked.order, _budget(asked, store, job.subject.project), left_out), target
        finally:
            loop.run(asker.aclose())
            loop.run(engine.aclose())


def _told(progress: "Progress", tasks: int, proposals: int) -> "TuningTold":
    from backend.engine.tuning.run import TuningTold

    ready, made = progress.add_task("tasks", total=tasks), progress.add_task("proposals", total=proposals)
    tried = progress.add_task("tried", total=None)
    return TuningTold(
        lambda: progress.advance(ready),
        lambda: progress.advance(tried),
        lambda count: progress.update(made, completed=count),
    )


def _budget(asked: _Asked, store: "Store", project: str) -> "TuningBudget":
    """Return what may be spent; the record says what was, from now on."""
    from backend.engine.tuning.budget import TuningBudget
    from backend.evaluate.labels.spending import VersionSpending
    from backend.record.chain import now
    from backend.record.sendings import Wanted, sendings

    wanted = Wanted(project=project, since=now())

    def spent(versions: frozenset[str]) -> VersionSpending:
        found = VersionSpending()
        for sending in sendings(store, wanted):
            if sending.was_begun and sending.attempt.get("model_version") in versions:
                found.add(sending)
        return found

    return TuningBudget(*asked.most, spent)


def _lines(outcome: "TuningOutcome", files: list[Path]) -> Iterator[str]:
    from backend.engine.tuning.outcome import GOES_ON
    from backend.engine.tuning.report import gain
    from backend.evaluate.labels.page import figure

    yield outcome.verdict
    for name, found in (("to choose by", outcome.chosen), ("to test by", outcome.tested)):
        if found:
            yield f"{found.tasks} tasks {name}: {figure(found.old)}, now {figure(found.new)}; gained {gain(found.gap)}"
    if outcome.there and not outcome.chosen:
        yield f"the prompt that is there, on the tasks to choose by: {figure(outcome.there)}"
    tried = sum(one.score is not None for one in outcome.tried)
    yield f"proposals: {len(outcome.tried)}, tried on all tasks to choose by: {tried}"
    yield f"calls: {outcome.spending.calls:,}, cost: {outcome.spending.cost}"
    if outcome.stopped:
        yield f"stopped: {outcome.stopped}; {GOES_ON}"
    if outcome.is_spent:
        yield "what may be spent is spent: --most-calls and --most-money allow more"
    yield from (f"left out: {count:,} {reason}" for reason, count in outcome.left_out.most_common() if count)
    yield from (f"written: {file}" for file in files)
    if outcome.is_written:
        yield f"to use it, write it as prompt: into rule {outcome.rule!r} of the policy"
