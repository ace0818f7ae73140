"""Of a control's hundreds of labels those that a task most likely has, where its rule says how many are offered.

What is likely is told by the redacted text: by the labels' words, and by what annotators gave to tasks that are like
it, where such may be examples. What a model is offered stays the config's own words, and an answer is one of them.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend.engine.project import ProjectPlan
from backend.engine.rule_choice import TaskUnderRule
from backend.engine.teaching import TaughtExample, Teaching
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control, Label, Plan
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask
from backend.prompting.task_labels import OBJECT
from backend.prompting.task_texts import BoundTask
from backend.system.writing import json_texts

if TYPE_CHECKING:
    from backend.review.similar.likeliest import LabelNames
    from backend.review.similar.shelf import LabelUse

MOST_CONTROLS = 64
"""Controls whose labels' words are at hand."""
Narrowing = Callable[[BoundTask], BoundTask]
"""Leaves out of what is asked the labels that are not offered."""


@dataclass(frozen=True, slots=True)
class _Likely:
    """By what labels are told.

    Attributes:
        plan: as any task of the rule is asked it: of its controls the labels' words are kept.
        most: how many labels of a control are offered.
        said: the redacted texts of the task's objects.
        uses: how annotators used labels, by their hashes.
        shown: the names of labels that stand in the prompt in any case.
    """

    plan: Plan
    most: int
    said: Sequence[str] = field(repr=False)
    uses: "Mapping[int, LabelUse]" = field(repr=False)
    shown: frozenset[str] = field(repr=False)


class Offering:
    """May be used by several threads.

    Args:
        handlers: by control tag.
        teaching: knows the annotated tasks; None where nothing may hang on them.
    """

    def __init__(self, handlers: Mapping[str, Handler], teaching: Teaching | None) -> None:
        self._handlers, self._teaching = handlers, teaching
        self._lock = threading.Lock()
        self._names: OrderedDict[int, tuple[Control, LabelNames]] = OrderedDict()

    async def begin(
        self,
        job: ProjectPlan,
        seen: TaskUnderRule,
        decision: Decision,
        task: RedactedTask,
        examples: Sequence[TaughtExample],
    ) -> Narrowing:
        """Look up what is known of labels; returns what leaves out of a task those that are not offered.

        Args:
            job: the project's.
            seen: the task.
            decision: with the providers alone that may see it.
            task: its texts, redacted.
            examples: annotated tasks that stand before it; their labels are offered.
        """
        if not decision.offered:
            return lambda prepared: prepared
        said = [task.fields[OBJECT + name].text for name in seen.reading.contents]
        uses: Mapping[int, LabelUse] = {}
        if self._teaching and any(len(control.labels) > decision.offered for control in seen.way.plan.controls):
            uses = await self._teaching.uses(job, seen, decision, said)
        answers = [*(example.answer for example in examples), *(json.loads(one.answer) for one in decision.examples)]
        likely = _Likely(seen.way.plan, decision.offered, said, uses, frozenset(json_texts(answers)))
        return lambda prepared: self._narrowed(prepared, likely)

    def _narrowed(self, prepared: BoundTask, likely: _Likely) -> BoundTask:
        plan = prepared.marks.asked.offered if prepared.marks else likely.plan
        there = frozenset(json_texts([result.get("value") for result in prepared.context]))
        likely = replace(likely, plan=plan, said=[*likely.said, prepared.texts.typed])
        controls = tuple(self._offered(control, likely, there) for control in prepared.offered.controls)
        if all(map(_is_same, controls, prepared.offered.controls)):
            return prepared
        return replace(prepared, offered=replace(prepared.offered, controls=controls))

    def _offered(self, control: Control, likely: _Likely, there: frozenset[str]) -> Control:
        """Return a control with the labels that are offered.

        Args:
            control: as it would be asked.
            likely: by what labels are told.
            there: what the annotator has given already, as results have it.
        """
        labels = self._handlers[control.tag].selectable(control)
        if len(labels) <= likely.most:
            return control
        from backend.review.similar.likeliest import likeliest  # noqa: PLC0415 - it takes numpy, and each start time

        named = self._words(control, labels, likely.plan).scores(likely.said)
        order = likeliest([_use(control, label, likely.uses) for label in labels], named.tolist(), likely.most)
        first = [n for n, label in enumerate(labels) if label.name in likely.shown or label.result in there]
        places = list(dict.fromkeys([*first, *order]))[: max(likely.most, len(first))]
        names = {labels[place].name for place in places}
        above = {labels[place].path[:n] for place in places for n in range(1, len(labels[place].path))}
        all_names = {label.name for label in labels}
        left = (
            label
            for label in control.labels
            if label.name in names or (label.name not in all_names and label.path in above)
        )
        return replace(control, labels=tuple(left))

    def _words(self, control: Control, labels: Sequence[Label], plan: Plan) -> "LabelNames":
        """Return the words of a control's labels; those that a task brings, or hides, are not kept."""
        from backend.review.similar.likeliest import LabelNames  # noqa: PLC0415 - as above

        if not any(control is own for own in plan.controls):
            return LabelNames(map(_said_of, labels))
        with self._lock:
            known = self._names.get(id(control))
            if known is None:
                known = control, LabelNames(map(_said_of, labels))  # what is known by its identity must live as long
                self._names[id(control)] = known
            self._names.move_to_end(id(control))
            while len(self._names) > MOST_CONTROLS:
                self._names.popitem(last=False)
        return known[1]


def _is_same(one: Control, other: Control) -> bool:
    return one is other


def _said_of(label: Label) -> tuple[str, ...]:
    """Return all that says what a label is: its name with those above it, its alias and its hint."""
    return (label.name, label.hint, "" if label.result in label.name else label.result)


def _use(control: Control, label: Label, uses: "Mapping[int, LabelUse]") -> "LabelUse":
    """Return how annotators used a label, whose results hold it by itself or by its path."""
    from backend.review.similar.shelf import LabelUse  # noqa: PLC0415 - as above
    from backend.review.similar.words import label_hash  # noqa: PLC0415 - as above

    found = [uses.get(label_hash(control.from_name, said)) for said in (label.result, list(label.path))]
    there = [use for use in found if use]
    return max(there, key=lambda use: (use.likeness, use.count), default=LabelUse())
