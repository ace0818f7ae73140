"""Annotated tasks → files to train a model with: all of them checked, or none written."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.engine.previews.preview import PreviewedTask, Previewer
from backend.engine.training.examples import TrainingExample, training_examples
from backend.engine.training.lines import (
    LEAST_EXAMPLES,
    MOST_BYTES,
    MOST_TOKENS,
    TrainingFormat,
    check_line,
    line_tokens,
    training_line,
)
from backend.engine.training.sources import LearnableTask
from backend.engine.training.split import hold_out, prompt_hash
from backend.errors import LabelguardError, RequestError
from backend.review.entries import ReviewedProject
from backend.system.disk import write_whole
from backend.system.writing import JSON

AT_ONCE = 64
"""Tasks that are looked at together."""
INTERNAL = "its rule lets no external provider see it, and OpenAI is one"
_HALF = re.compile("[\ud800-\udfff]")
TWICE = "the same text was answered otherwise in another task"


@dataclass(frozen=True, slots=True)
class TrainingWish:
    """What is wanted.

    Attributes:
        form: how examples are written.
        held_out: the share of the tasks that is held out, 0 for none.
        most_tokens: of an example, about.
    """

    form: TrainingFormat = "openai"
    held_out: float = 0.0
    most_tokens: int = MOST_TOKENS


@dataclass(slots=True)
class TrainingReport:
    """What came of annotated tasks. Numbers alone.

    Attributes:
        tasks: how many were looked at.
        examples: how many are to be trained with.
        held_out: how many are not.
        duplicates: how many said the same as another, and are written once.
        tokens: of all of them, about.
        left_out: what is in no file, by reason.
        warnings: what a trainer may refuse.
    """

    tasks: int = 0
    examples: int = 0
    held_out: int = 0
    duplicates: int = 0
    tokens: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def flat(self) -> JSON:
        """Return it as JSON."""
        own: JSON = {name: getattr(self, name) for name in ("tasks", "examples", "held_out", "duplicates", "tokens")}
        return own | {"left_out": dict(self.left_out), "warnings": self.warnings}


def compose(
    previewer: Previewer,
    project: ReviewedProject,
    tasks: Sequence[LearnableTask],
    report: TrainingReport,
    on_done: Callable[[int], None] = lambda _: None,
) -> list[TrainingExample]:
    """Return the examples that annotated tasks give, no two of which have the same messages.

    Args:
        previewer: under the policy.
        project: theirs; its number is 0 if nobody says.
        tasks: the tasks.
        report: is told what is left out.
        on_done: is told how many tasks are done, again and again.

    Raises:
        LabelguardError: the project cannot be served, or a rule refuses all its tasks.
    """
    report.tasks = len(tasks)
    return list(_told_once(_composed(previewer, project, tasks, report, on_done), report))


def _composed(
    previewer: Previewer,
    project: ReviewedProject,
    tasks: Sequence[LearnableTask],
    report: TrainingReport,
    on_done: Callable[[int], None],
) -> Iterator[TrainingExample]:
    number = str(project.number or "")
    for some in (tasks[start : start + AT_ONCE] for start in range(0, len(tasks), AT_ONCE)):
        asked = [PreviewedTask(t.task, project.label_config, number, project.path, project.title) for t in some]
        for task, found in zip(some, previewer.tasks(asked), strict=True):
            if found.refusal and not found.planned:
                raise found.refusal
            try:
                yield from training_examples(found.preview, task, previewer.handlers, previewer.key)
            except RequestError:
                raise
            except LabelguardError as error:
                report.left_out[error.reason] += 1
        on_done(len(some))


def _told_once(examples: Iterable[TrainingExample], report: TrainingReport) -> Iterator[TrainingExample]:
    """Leave out what says the same twice, and what says different things of the same."""
    told: dict[str, list[TrainingExample]] = defaultdict(list)
    for example in examples:
        told[prompt_hash(example)].append(example)
    for own in told.values():
        if len({example.answer for example in own}) > 1:
            report.left_out[TWICE] += len(own)
        else:
            report.duplicates += len(own) - 1
            yield own[0]


def write_training(
    file: Path, examples: Sequence[TrainingExample], wish: TrainingWish, report: TrainingReport
) -> list[Path]:
    """Write the files, readable by their owner alone; returns their paths. None is written if a check fails.

    Args:
        file: for the examples to train with; those that are held out stand beside it.
        examples: no two of which have the same messages.
        wish: what is wanted.
        report: is told what is in the files, and what is not.

    Raises:
        RequestError: a check fails, or nothing is left to train with.
        OSError: a file cannot be written.
    """
    fitting = [example for example in examples if not _refused(example, wish, report)]
    training, held = hold_out(fitting, wish.held_out)
    if not training:
        raise RequestError("nothing was written: no annotation gives an example" + _reasons(report.left_out))
    if wish.held_out and not held:
        raise RequestError("nothing was written: too few examples to hold any out - annotate more, or leave it out")
    written = {file: training, **({held_out_file(file): held} if held else {})}
    contents = {path: _content(own, wish, report) for path, own in written.items()}
    report.examples, report.held_out = len(training), len(held)
    _warn(contents, wish, report)
    for path, content in reversed(contents.items()):
        write_whole(path, content, 0o600)
    return list(contents)


def held_out_file(file: Path) -> Path:
    """Return where the examples stand that are held out."""
    return file.with_name(f"{file.stem}.validation{file.suffix}")


def _refused(example: TrainingExample, wish: TrainingWish, report: TrainingReport) -> bool:
    """Say whether an example may not be written, and count it."""
    reason, line = "", training_line(example, wish.form)
    if wish.form == "openai" and not example.external:
        reason = INTERNAL
    elif _HALF.search(line):
        reason = "it holds half of a character"
    elif line_tokens(line) > wish.most_tokens:
        reason = f"longer than {wish.most_tokens} tokens, about"
    if reason:
        report.left_out[reason] += 1
    return bool(reason)


def _content(examples: Sequence[TrainingExample], wish: TrainingWish, report: TrainingReport) -> bytes:
    lines = []
    for example in examples:
        line = training_line(example, wish.form)
        check_line(line, example)
        report.tokens += line_tokens(line)
        lines.append(line)
    return ("\n".join(lines) + "\n").encode()


def _warn(contents: dict[Path, bytes], wish: TrainingWish, report: TrainingReport) -> None:
    if wish.form != "openai":
        return
    if report.examples < LEAST_EXAMPLES:
        report.warnings.append(f"OpenAI takes no file with fewer than {LEAST_EXAMPLES} examples: annotate more")
    if max(map(len, contents.values())) > MOST_BYTES:
        report.warnings.append(f"OpenAI takes no file larger than {MOST_BYTES // 2**20} MiB: leave some out")


def _reasons(left_out: Counter[str]) -> str:
    told = [f"{count} left out: {reason}" for reason, count in left_out.most_common(3) if count]
    return f" ({'; '.join(told)})" if told else ""
