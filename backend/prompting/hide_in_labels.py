"""A plan and a redacted task → the plan as a model may be offered it.

A label of the config may hold a value that is redacted in this task: of a text about Samsung, in which Samsung is
hidden, `Samsung` is offered as `[ORGANIZATION_1]`. What a result carries stays, so that an answer is mapped back by the
label's place.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from backend.labelstudio.types import Control, Label, Plan
from backend.privacy.entity_types import LITERAL
from backend.privacy.last_look import LastLook
from backend.privacy.redact import RedactedTask

TELLING = frozenset({"placeholder", "surrogate", "hash"})
"""Operators that write for each value what stands for it alone, so that a label is told by it."""


class Hiding:
    """Hides a task's redacted values in other words, by what stands for them in its texts.

    Args:
        task: whose values are hidden.
    """

    def __init__(self, task: RedactedTask) -> None:
        self._guard = LastLook(task.guarded if task.redacted else ())
        self._tokens = _tokens(task)

    def concerns(self, words: Iterable[str]) -> bool:
        """Say whether any of the words may hold a value."""
        return bool(self._guard) and self._guard.finds("\n".join(words))

    def hide(self, words: str) -> str:
        """Put what stands for a value in its place; the words as they are where a value has nothing of that kind.

        Such words stop the call at the last look (P4), and so do those in which a value is disguised.
        """
        parts: list[str] = []
        place = 0
        for match in self._guard.matches(words):
            if match.start < place:
                continue  # within a longer value
            form = words[match.start : match.end]
            token = self._tokens.get(form) or self._tokens.get(match.value)
            if token is None:
                return words
            parts += [words[place : match.start], token]
            place = match.end
        return "".join(parts) + words[place:]


def _tokens(task: RedactedTask) -> Mapping[str, str]:
    """Return what stands in the texts for each value, if it stands for it alone."""
    tokens: dict[str, str] = {}
    for text in task.fields.values():
        for p in text.placeholders:
            if p.operator in TELLING and p.entity_type != LITERAL:
                tokens[text.source[p.source_start : p.source_end].strip()] = p.token.strip('"')
    return tokens


def offer(plan: Plan, task: RedactedTask) -> Plan:
    """Hide a task's redacted values in what the label config says: names and hints of labels, and questions.

    Args:
        plan: of the label config, without labels that the task brings; those are redacted with it.
        task: the redacted texts.
    """
    hiding = Hiding(task)
    if not hiding.concerns(config_words(plan)):
        return plan
    return replace(plan, controls=tuple(_offered(control, hiding) for control in plan.controls))


def config_words(plan: Plan) -> Iterator[str]:
    """Yield what the label config says to a model: questions, and the labels with their hints."""
    for control in plan.controls:
        yield from control.words


def _offered(control: Control, hiding: Hiding) -> Control:
    names = [hiding.hide(label.name) for label in control.labels]
    counts = Counter(names)
    # Of two labels of one name the model could not say which it means: they stay, and stop the call.
    labels = (
        _renamed(label, name if counts[name] == 1 else label.name, hiding)
        for label, name in zip(control.labels, names, strict=True)
    )
    return replace(control, labels=tuple(labels), question=hiding.hide(control.question))


def _renamed(label: Label, name: str, hiding: Hiding) -> Label:
    return replace(label, name=name, hint=hiding.hide(label.hint))
