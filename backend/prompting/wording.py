"""What a label config asks in words of the task's: a question such as `$question`, a choice such as `$first`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.labelstudio.objects.object_text import check_length, check_unicode
from backend.labelstudio.types import Control, Label
from backend.labelstudio.variables import fields_in, fill, holds_variables, is_amount, is_bare_variable, shown_words
from backend.prompting.task_labels import own_name

UNASKED = "the field that asks for it is missing in the task, or empty"


@dataclass(frozen=True, slots=True)
class Wording:
    """A control's words with a task's values in them: text of the task, to be redacted.

    Attributes:
        question: "" where the config's own is asked.
        labels: by place among the control's, those with values in their names or hints; None for a choice that an
            annotator cannot take, since the task has nothing for it.
        unasked: the field without which the control asks nothing in this task, "" if it asks something.
    """

    question: str = field(repr=False)
    labels: Mapping[int, Label | None] = field(repr=False)
    unasked: str = ""

    @property
    def lines(self) -> list[str]:
        """The question, then the name and the hint of each label."""
        shown = (label for label in self.labels.values() if label)
        return [self.question, *(words for label in shown for words in (label.name, label.hint))]

    def bind(self, control: Control, lines: Sequence[str]) -> Control:
        """Put the words, as a model may see them, into the control.

        Args:
            control: its other words as a model may see them.
            lines: in the place of `lines`.
        """
        shown = [place for place, label in self.labels.items() if label]
        words = dict(zip(shown, zip(lines[1::2], lines[2::2], strict=True), strict=True))
        labels = [self.labels.get(place, label) for place, label in enumerate(control.labels)]
        taken = {label.name for place, label in enumerate(labels) if label and place not in words}
        named = (
            replace(label, name=own_name(words[place][0], taken), hint=words[place][1]) if place in words else label
            for place, label in enumerate(labels)
            if label
        )
        question = lines[0] if holds_variables(control.question) else control.question
        return replace(control, labels=tuple(named), question=question)


@dataclass(frozen=True, slots=True)
class _Filled:
    """Words of the config's with a task's values in them.

    Attributes:
        found: whether the task had something to show.
        missing: the first field for which it had nothing; what is withheld is not missed.
    """

    text: str = field(repr=False)
    found: bool
    missing: str

    @property
    def line(self) -> str:
        return " ".join(self.text.split())


class _Filler:
    """Puts a task's values into a control's words.

    Args:
        data: the task's.
        withholds: says whether a field is never sent.
        most: how many characters there may be.
    """

    def __init__(self, data: Mapping[str, Any], withholds: Callable[[str], bool], most: int) -> None:
        self._data, self._withholds, self._most = data, withholds, most
        self._length = 0
        self._done: dict[str, _Filled] = {}

    def fill(self, words: str) -> _Filled:
        """Put values in place of the variables; nothing for what is missing, empty, withheld or no words."""
        if words not in self._done:
            seen: dict[str, bool] = {}
            text = fill(words, self._data, lambda name, value: self._shown(name, value, seen))
            missing = next((name for name, is_there in seen.items() if not is_there), "")
            self._done[words] = _Filled(text, any(seen.values()), missing)
        return self._done[words]

    def _shown(self, name: str, value: Any, seen: dict[str, bool]) -> str | None:
        if self._withholds(name):
            return ""
        if value is None and is_amount(name):
            return None
        words = shown_words(value) or ""
        seen[name] = bool(words.strip())
        self._length += len(words)
        check_length(name, self._length, self._most)
        check_unicode(name, words)
        return words if seen[name] else ""


def read_wording(
    control: Control, data: Mapping[str, Any], withholds: Callable[[str], bool], most: int
) -> Wording | None:
    """Put a task's values into what a control asks; None if it asks in words of the config alone.

    Args:
        control: of the label config.
        data: the task's.
        withholds: says whether a field is never sent.
        most: how many characters the whole task may have.

    Raises:
        TaskError: a value is too long, or no Unicode.
    """
    if not any(map(holds_variables, control.words)):
        return None
    filler = _Filler(data, withholds, most)
    asked = filler.fill(control.question if holds_variables(control.question) else "")
    labels = dict(_labels(control, filler))
    unasked = asked.missing if control.is_open and not asked.found else ""
    if control.labels and not control.labels_field and not any(labels.get(n, True) for n in range(len(control.labels))):
        unasked = unasked or min(fields_in(control.labels[0].name))
    return Wording("" if is_bare_variable(control.question) and not asked.found else asked.line, labels, unasked)


def _labels(control: Control, filler: _Filler) -> Iterator[tuple[int, Label | None]]:
    """Yield, by its place, each label with values in it; of two choices that give the same result the first alone."""
    results = {label.path for label in control.labels if not label.is_variable}
    for place, label in enumerate(control.labels):
        if not label.is_variable and not holds_variables(label.hint):
            continue
        hint = filler.fill(label.hint).line
        name = filler.fill(label.name) if label.is_variable else _Filled(label.name, True, "")
        if not control.role.fills_results:  # a span's label stays in the result as the config has it
            yield place, replace(label, name=label.name if name.missing else name.line, hint=hint)
            continue
        path = tuple(filler.fill(part).text for part in label.path) if label.is_variable else label.path
        is_twice = label.is_variable and path in results
        results.add(path)
        is_lost = bool(name.missing) or is_twice
        yield place, None if is_lost else replace(label, name=name.line, hint=hint, result=path[-1], path=path)
