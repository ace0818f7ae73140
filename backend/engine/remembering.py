"""What annotators marked in other tasks of a project, where the same words stand again. Nothing of it leaves."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from backend.engine.project import ProjectPlan
from backend.engine.rule_choice import TaskUnderRule
from backend.engine.teaching import compared, may_learn
from backend.errors import StoreError
from backend.labelstudio.types import Control
from backend.prompting.detected_labels import AskedPlan, DetectedMarks, RememberedMark, markable_labels
from backend.review.similar.library import Library

if TYPE_CHECKING:
    from backend.review.similar.marked import MarkedAgain


class Remembering:
    """Belongs to one event loop.

    Args:
        library: the annotated tasks.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def with_remembered(
        self, job: ProjectPlan, seen: TaskUnderRule, marks: DetectedMarks | None
    ) -> DetectedMarks | None:
        """Return what is known of a task, with what annotators marked in others.

        Args:
            job: its project's.
            seen: the task.
            marks: what detection knows; None if nothing.
        """
        least, project = seen.way.decision.learned_marks, job.subject.project
        if not least or not project.isdecimal() or not may_learn(job, seen):
            return marks
        known = marks or DetectedMarks(AskedPlan({}, seen.way.plan), {})
        controls = [(control, names) for control in seen.way.plan.controls if (names := _labels(seen, control, known))]
        if not controls:
            return marks
        async with self._turns[project]:  # the first time all annotations are read
            found = await asyncio.to_thread(self._found, job, seen, controls, least)
        pairs = zip(controls, found, strict=True)
        own = {control.from_name: tuple(_marks(names, each)) for (control, names), each in pairs}
        there = {name: each for name, each in own.items() if each}
        return replace(known, remembered=there) if there else marks

    def _found(
        self, job: ProjectPlan, seen: TaskUnderRule, controls: Sequence[tuple[Control, Mapping[int, str]]], least: int
    ) -> "Sequence[Sequence[MarkedAgain]]":
        from backend.review.similar.marked import MarkableText  # noqa: PLC0415 - it takes numpy, and each start time

        contents = seen.reading.contents
        texts = ((contents[control.to_name].text, frozenset(names)) for control, names in controls)
        try:
            asked = [MarkableText(text, names, least) for text, names in texts]
            return self._library.marked(compared(job, seen), asked)
        except StoreError:  # where nothing can be kept nothing is remembered
            return [() for _ in controls]


def _labels(seen: TaskUnderRule, control: Control, marks: DetectedMarks) -> dict[int, str]:
    """Return, by their hashes, the labels of a control that may be given."""
    from backend.review.similar.words import label_hash  # noqa: PLC0415 - it takes numpy, and each start time

    if control.to_name not in seen.reading.contents:
        return {}
    labels = markable_labels(seen.way.plan, control, marks.labels)
    return {label_hash(control.from_name, label.result): label.result for label in labels}


def _marks(names: Mapping[int, str], found: "Sequence[MarkedAgain]") -> Iterator[RememberedMark]:
    for each in found:
        note = f"marked in {each.marked} of {each.seen} annotated tasks that have it"
        yield RememberedMark(names[each.label], each.start, each.end, each.score, note)
