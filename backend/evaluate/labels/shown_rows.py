"""Tasks as a page shows them: what stands in them, what people said, what each version said; redacted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.evaluate.labels.answers import LabelAnswer, MarkedSpan, Value, label_parts
from backend.evaluate.labels.choices import STEP
from backend.evaluate.labels.pairing import AnswerPair, pairs
from backend.evaluate.labels.sample import LabelSample

Redact = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Takes all texts of one task by their places, and returns what may be shown in their stead."""
HIDDEN = "(not shown)"
"""Stands for a text that redaction gave nothing for."""
LONGEST = 2_000
"""Characters of one text that are shown."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What somebody said.

    Attributes:
        lines: as they are shown; empty if nothing was said.
        is_right: whether it is what people said; None of people themselves, or where there is no prediction.
    """

    lines: Sequence[str] = field(repr=False)
    is_right: bool | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A place of a task that was answered.

    Attributes:
        texts: the task's own, by field.
        answers: of each version, in the sample's order.
        alike: whether all versions say the same.
        right: whether all say what people said.
    """

    task: str
    control: str
    unit: str
    texts: Mapping[str, str] = field(repr=False)
    people: ShownAnswer = field(repr=False)
    answers: Sequence[ShownAnswer] = field(repr=False)
    is_blind: bool = False
    alike: bool = True
    right: bool = True


Place = tuple[int, str, str]


def shown_rows(sample: LabelSample, redact: Redact, most: int) -> tuple[list[ShownRow], int]:
    """Return the rows to show, what is wrong before what is right, and of that what was surest first.

    Args:
        sample: what is evaluated.
        redact: is asked for each task whose texts are shown.
        most: rows.

    Returns:
        The rows, and how many more there are.
    """
    found = _by_place(sample)
    order = sorted(found, key=lambda place: _urgency(place, found[place]))
    chosen = order[:most]
    shown: dict[int, _TaskTexts] = {}
    rows = []
    for place in chosen:
        if place[0] not in shown:
            shown[place[0]] = _TaskTexts(sample, place[0], redact)
        rows.append(_row(sample, place, found[place], shown[place[0]]))
    return rows, len(order) - len(chosen)


def _by_place(sample: LabelSample) -> Mapping[Place, Mapping[str, AnswerPair]]:
    """Return the pairs of all versions by task, control and unit."""
    found: dict[Place, dict[str, AnswerPair]] = {}
    for control in sample.kinds:
        for version in sample.versions:
            for pair in pairs(sample, control, version):
                found.setdefault((pair.task, control, pair.unit), {})[version] = pair
    return found


def _urgency(place: Place, said: Mapping[str, AnswerPair]) -> tuple[bool, float, Place]:
    wrong = [pair.score or 0.0 for pair in said.values() if not pair.is_right]
    return (not wrong, -max(wrong, default=0.0), place)


class _TaskTexts:
    """All texts of a task that could be shown, redacted together, so that a name is hidden everywhere."""

    def __init__(self, sample: LabelSample, index: int, redact: Redact) -> None:
        task = sample.tasks[index]
        self._own = dict(_strings("", task.data))
        answers = [*(human.answer for human in task.humans), *(model.answer for model in task.models.values())]
        self._said: dict[str, str] = {}
        offered = {text for place, text in self._own.items() if "[" in place}
        for answer in answers:
            for text in _words(answer, offered):
                self._said.setdefault(text, f"\0{len(self._said)}")
        texts = {**self._own, **{place: text for text, place in self._said.items()}}
        self._shown = redact(texts) if texts else {}

    def own(self) -> Mapping[str, str]:
        """Return the task's own texts."""
        return {place: self._cut(place) for place in self._own}

    def show(self, text: str) -> str:
        """Return what is shown for a text that somebody said; labels of the config are shown as they are."""
        return self._cut(self._said[text]) if text in self._said else text

    def _cut(self, place: str) -> str:
        text = self._shown.get(place, HIDDEN)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _strings(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts in a task's data with their places."""
    if isinstance(value, str) and value:
        yield place, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _strings(f"{place}.{key}".lstrip("."), part)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _strings(f"{place}[{number}]", part)


def _words(answer: LabelAnswer, offered: set[str]) -> Iterator[str]:
    """Yield what may hold words of the task: texts, what stands at spans, and choices that the task itself offers."""
    yield from filter(None, answer.span_texts.values())
    for value in answer.values.values():
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, frozenset):
            yield from (label for label in label_parts(value) if label in offered)
        elif isinstance(value, tuple):
            yield from (item for _, items in value for item in items if item in offered)


def _row(sample: LabelSample, place: Place, said: Mapping[str, AnswerPair], texts: _TaskTexts) -> ShownRow:
    index, control, unit = place
    task = sample.tasks[index]
    words: dict[MarkedSpan, str] = {}
    for answer in [*(h.answer for h in task.humans), *(m.answer for m in task.models.values())]:
        words |= answer.span_texts
    one = next(iter(said.values()))
    answers = []
    for version in sample.versions:
        pair = said.get(version)
        if pair is None:  # there is no prediction, or it says as little as people do
            answers.append(ShownAnswer(()))
        else:
            answers.append(ShownAnswer(_lines(pair.predicted, words, texts), pair.is_right, pair.score))
    there = [pair.predicted for pair in said.values()]
    return ShownRow(
        task.id,
        control,
        unit,
        texts.own(),
        ShownAnswer(_lines(one.truth, words, texts)),
        answers,
        one.is_blind,
        alike=len(there) == len(sample.versions) and len({*there}) == 1,
        right=all(pair.is_right for pair in said.values()),
    )


def _lines(value: Value | None, words: Mapping[MarkedSpan, str], texts: _TaskTexts) -> list[str]:
    """Write an answer, a line for each part of it."""
    if value is None or value == "":
        return []
    if isinstance(value, float):
        return [f"{value:g}"]
    if isinstance(value, str):
        return texts.show(value).split("\n")
    if isinstance(value, tuple):
        return [f"{name}: {', '.join(map(texts.show, items))}".removeprefix(": ") for name, items in value]
    spans = sorted(part for part in value if isinstance(part, MarkedSpan))
    if spans:
        return [_span_line(span, words, texts) for span in spans]
    return sorted(STEP.join(map(texts.show, path)) for path in value if not isinstance(path, MarkedSpan))


def _span_line(span: MarkedSpan, words: Mapping[MarkedSpan, str], texts: _TaskTexts) -> str:
    text = words.get(span, "")
    return f"{texts.show(span.label)}: {texts.show(text) if text else f'{span.start}–{span.end}'}"
