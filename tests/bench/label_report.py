"""The tables of `make bench-labels`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.bench.label_scores import Found, Score, difference, exact, lenient, total
from tests.bench.label_tasks import PAIR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.label_tasks import Task
    from tests.bench.labels import Answers, Asking

COMMAND = "make bench-labels"
PLAIN = "none"
WAYS = (PLAIN, "placeholder", "surrogate")
HALVES = {"reporting": "Reporting half", "tuning": "Tuning half"}
ABSENT = "–"
WANTED = 0.04
"""The interval's half, of surrogates on all entities."""
MOST_TOKENS = 256
"""Of an answer: more than those that are right have. A model that repeats itself never comes to an end."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured on a kind of task."""

    title: str
    kinds: tuple[str, ...]
    score: "Callable[[Found, Found], Score]" = exact
    label: str = ""


_ENTITIES = ("texts", "entities")
MEASURES = (
    Measure("entities: F1, exact spans", _ENTITIES),
    Measure("… F1, spans that overlap", _ENTITIES, lenient),
    Measure("… Person alone, exact", _ENTITIES, label="Person"),
    Measure("… Organization alone, exact", _ENTITIES, label="Organization"),
    Measure("… Location alone, exact", _ENTITIES, label="Location"),
    Measure("… texts of our own alone", ("texts",)),
    Measure("… synth_dataset_v2 alone", ("entities",)),
    Measure("chats, apart: F1, exact spans", ("chats",)),
    Measure("French, apart: F1, exact spans", ("french",)),
    Measure("Russian, apart: F1, exact spans", ("russian",)),
    Measure("entities of all sets together: F1, exact spans", (*_ENTITIES, "chats", "french", "russian")),
    Measure("choices: accuracy", ("intents", "sentiments")),
    Measure("… intents alone", ("intents",)),
    Measure("… sentiments alone", ("sentiments",)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: a measure in each way, and what each way of redaction loses.

    Attributes:
        groups: of tasks that are alike.
        values: None for a way in which not all of the tasks were asked about.
    """

    title: str
    tasks: int
    groups: int
    values: tuple[float | None, ...]
    losses: tuple[tuple[float, float, float] | None, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """A table.

    Attributes:
        redacted: tasks in which something was.
        tasks: that were asked about.
        all: tasks that there are.
        failed: by way and error.
    """

    title: str
    lines: tuple[Line, ...]
    redacted: int
    tasks: int
    all: int
    failed: Counter[str]


def tables(tasks: "Sequence[Task]", answers: "Answers") -> list[Half]:
    """Score the answers, a table for each half, of the tasks that were asked about in both ways that are compared."""
    made = []
    for half, title in HALVES.items():
        every = [task for task in tasks if task.half == half]
        own = [task for task in every if all(answers.has(task, way) for way in PAIR)]
        if own:
            redacted = sum(bool(answers.of(task, "surrogate").redacted) for task in own)
            asked = [(task, way) for way in WAYS for task in own if answers.has(task, way)]
            failed = Counter(f"{way}: {code}" for task, way in asked if (code := answers.of(task, way).failed))
            made.append(Half(title, tuple(_lines(own, answers)), redacted, len(own), len(every), failed))
    return made


def _lines(tasks: "Sequence[Task]", answers: "Answers") -> Iterator[Line]:
    for measure in MEASURES:
        own = [task for task in tasks if task.kind in measure.kinds]
        if not own:
            continue
        ways = [way for way in WAYS if all(answers.has(task, way) for task in own)]
        scores = {
            way: [measure.score(_only(answers.of(t, way).found, measure), _only(t.right, measure)) for t in own]
            for way in ways
        }
        groups = [task.group for task in own]
        losses = {way: difference(scores[PLAIN], scores[way], groups) for way in ways}
        values = {way: total(scores[way]).value for way in ways}
        yield Line(
            measure.title,
            len(own),
            len(set(groups)),
            tuple(map(values.get, WAYS)),
            tuple(map(losses.get, WAYS[1:])),
        )


def _only(found: Found, measure: Measure) -> Found:
    return frozenset(label for label in found if not measure.label or label[2] == measure.label)


def show(halves: Sequence[Half], console: Console) -> None:
    """Print the tables."""
    for half in halves:
        table = Table(*_head(), title=half.title)
        for line in half.lines:
            table.add_row(*_cells(line))
        console.print(table, _about(half))


def write(halves: Sequence[Half], file: Path) -> None:
    """Write the tables into the docs."""
    about = {"date": datetime.now(UTC).date(), "command": COMMAND, "tokens": MOST_TOKENS, "state": _state(halves)}
    parts = [INTRODUCTION.format(**about)]
    for half in halves:
        head = f"| {' | '.join(_head())} |\n|---{'|---:' * (len(_head()) - 1)}|"
        rows = [f"| {' | '.join(_cells(line))} |" for line in half.lines]
        parts.append("\n".join([f"## {half.title}\n", head, *rows, "", _about(half), ""]))
    file.write_text("\n".join(parts), encoding="utf-8")


def _state(halves: Sequence[Half]) -> str:
    """Say whether all is measured, and how many templates the wanted interval takes by what is seen of the spread."""
    if any(half.title == HALVES["reporting"] and half.tasks == half.all for half in halves):
        return "All tasks of the reporting half were asked about."
    lines = [line for half in halves if half.title == HALVES["reporting"] for line in half.lines]
    loss = lines[0].losses[-1] if lines else None
    if loss is None:
        return f"**Not complete**: `{COMMAND}` goes on from the answers that are kept."
    needed = round(lines[0].groups * ((loss[2] - loss[1]) / 2 / WANTED) ** 2)
    return (
        f"**Not complete**: `{COMMAND}` goes on from the answers that are kept. By the spread so far, an interval of"
        f" ± {100 * WANTED:.0f} points takes about {needed} templates; so far there are {lines[0].groups}."
    )


def _head() -> tuple[str, ...]:
    return ("", "tasks", "templates", *WAYS, *(f"{way} − none" for way in WAYS[1:]))


def _cells(line: Line) -> list[str]:
    values = [ABSENT if value is None else f"{100 * value:.1f}" for value in line.values]
    return [line.title, str(line.tasks), str(line.groups), *values, *map(_change, line.losses)]


def _change(loss: tuple[float, float, float] | None) -> str:
    if loss is None:
        return ABSENT
    gain, low, high = (100 * share for share in loss)
    return f"{gain:+.1f} ({low:+.1f} … {high:+.1f})"


def _about(half: Half) -> str:
    failed = "; ".join(f"{count} {code}" for code, count in sorted(half.failed.items()))
    asked = f"{half.tasks} of {half.all} tasks were asked about; something was redacted in {half.redacted}."
    return f"{asked} Without an answer: {failed or 'none'}."


def show_cases(tasks: "Sequence[Task]", asking: "Asking", console: Console) -> None:
    """Print the tuning tasks whose labels redaction changed, as the model saw them and what it said."""
    for task in tasks:
        ways = [way for way in WAYS if asking.answers.has(task, way)]
        founds = [asking.answers.of(task, way).found for way in ways]
        if task.half != "tuning" or len(set(founds)) < 2:
            continue
        console.rule(f"{task.kind} {escape(task.group)}")
        console.print(escape(f"right: {_told(task.text, task.right)}"), soft_wrap=True)
        for way, found in zip(ways, founds, strict=True):
            case = asking.cases.get((task, way))
            failed = asking.answers.of(task, way).failed
            console.print(f"[bold]{way}[/] {exact(found, task.right).value:.2f} {failed}")
            if case:
                console.print(escape(f"  {case.shown!r}\n  {case.said}"), soft_wrap=True)
            console.print(escape(f"  {_told(task.text, found)}"), soft_wrap=True)


def _told(text: str, found: Found) -> str:
    return ", ".join(f"{label} {text[start:end]!r}" for start, end, label in sorted(found))


INTRODUCTION = """# What redaction costs in labels

The embedded model (Qwen2.5-Coder 1.5B, 4 bits, temperature 0) labels the same tasks: without redaction, with surrogates
for all that the default profile finds and, on some tasks, with placeholders, through the engine as it serves them. All
numbers are percent; behind each difference stands its 95 % interval, bootstrapped pair by pair over templates (of the
sentiments, over sentences), since texts of one template are alike. Wanted: surrogates lose no more than 1 point, with
an interval narrower than ± 4. Written by `{command}` on {date}.

- *texts of our own*: `trades.json` in English and `records.json`, each text its own template. Of each, sentences next
  to each other with no more than 60 words together: those with the most organizations and places, without a street's
  address, which the annotations do not call a place or none.
- *synth_dataset_v2*: texts with one to four names of people, organizations and places, fewer than 60 words and no
  street address. The tuning half are texts of even templates, one each; the reporting half those of odd ones, up to
  eight each. Every mention counts.
- *chats*, *French*, *Russian*: pieces of `chats.json`, of `french.json` and the French of `trades.json`, of
  `russian_texts.json` and the Russian of `trades.json`, cut in the same way. They are asked last.
- *intents*: five intents of texts whose templates leave no doubt. Both halves are of even templates, other ones each:
  texts of odd ones are not looked at. Detection was tuned on them, so that it misses less here than elsewhere.
- *sentiments*: review sentences of "Sentiment Labelled Sentences", each with a made-up person before or after it.

A task without an answer has found nothing. In all ways an answer is cut at {tokens} tokens, as a model that repeats
itself comes to no end. A run may be stopped and goes on later; tasks of a kind come in an order of chance, one text of
each template first. The tables are of tasks that were asked about in both of the ways that are compared, and say how
many there are. `–` stands where not all were.

{state}
"""
