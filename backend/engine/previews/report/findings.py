"""What was found in many tasks, counted by entity type, with the surest and the most doubtful of each."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from backend.engine.previews.preview import TaskPreview
from backend.engine.previews.report.kept import HIDDEN, KeptStretch, Veil
from backend.engine.previews.report.report import Finding, FoundType
from backend.privacy.redact import RedactedText
from backend.privacy.types import Placeholder

SHOWN = 3
"""Findings that are shown of each end, by entity type."""
AROUND = 60
"""Signs that are shown before and behind a finding."""
AS_IT_STANDS = "sent as it stands"
CUT = "…"


class FoundTypes:
    """Counts what is found, task by task; the order of the tasks decides between findings of one score.

    Args:
        shows_originals: whether findings keep their values, and what stands around values that nothing replaces.
    """

    def __init__(self, shows_originals: bool) -> None:
        self._shows = shows_originals
        self._replaced: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._operators: dict[str, set[str]] = defaultdict(set)
        self._surest: dict[str, list[Finding]] = defaultdict(list)
        self._doubtful: dict[str, list[Finding]] = defaultdict(list)

    def add(self, task: str, verdict: TaskPreview, kept: Iterable[KeptStretch], veil: Veil) -> None:
        """Count what was found in a task.

        Args:
            task: its name.
            verdict: what would become of it.
            kept: what would be sent of it as it stands.
            veil: leaves out what must not be shown of it.
        """
        if verdict.refusal:
            self._refused.update(verdict.found)
            return
        self._replaced.update(verdict.replaced)
        for kind, names in verdict.operators.items():
            self._operators[kind] |= names
        shown: set[tuple[str, str]] = set()
        for text in verdict.texts.values():
            for placeholder in text.placeholders:
                if (value := (placeholder.entity_type, placeholder.token)) not in shown:
                    shown.add(value)
                    write = partial(self._of_replaced, task, verdict.rule, veil, text, placeholder)
                    self._offer(placeholder.entity_type, placeholder.score, write)
        for stretch in kept:
            kind = stretch.detection.entity_type
            self._kept[kind] += 1
            self._offer(kind, stretch.detection.score, partial(self._of_kept, task, verdict, veil, stretch))

    def types(self) -> Iterator[FoundType]:
        """Yield the entity types, the most frequent first."""
        whole = self._replaced + self._kept + self._refused
        for kind, _ in sorted(whole.items(), key=lambda item: (-item[1], item[0])):
            surest = self._surest[kind]
            doubtful = [finding for finding in self._doubtful[kind] if not any(map(finding.is_like, surest))]
            counts = self._replaced[kind], self._kept[kind], self._refused[kind]
            yield FoundType(kind, *counts, tuple(sorted(self._operators[kind])), tuple(surest), tuple(doubtful))

    def _offer(self, kind: str, score: float, write: Callable[[], Finding]) -> None:
        """Take a finding among those that are shown, if it is surer or more doubtful than one of them."""
        surest, doubtful = self._surest[kind], self._doubtful[kind]
        is_surer = len(surest) < SHOWN or score > surest[-1].score
        is_less_sure = len(doubtful) < SHOWN or score < doubtful[-1].score
        if not is_surer and not is_less_sure:
            return
        finding = write()
        if is_surer and not any(map(finding.is_like, surest)):
            surest[:] = sorted([*surest, finding], key=lambda one: -one.score)[:SHOWN]
        if is_less_sure and not any(map(finding.is_like, doubtful)):
            doubtful[:] = sorted([*doubtful, finding], key=lambda one: one.score)[:SHOWN]

    def _of_replaced(self, task: str, rule: str, veil: Veil, text: RedactedText, found: Placeholder) -> Finding:
        """Write down what something else stands for."""
        said = found.entity_type, found.score, found.recognizer, rule, found.operator, found.token
        original = text.source[found.source_start : found.source_end] if self._shows else ""
        return Finding(task, *said, *_around(text.text, found.start, found.end, veil), original)

    def _of_kept(self, task: str, verdict: TaskPreview, veil: Veil, kept: KeptStretch) -> Finding:
        """Write down what is sent as it stands; of a text in which nothing is replaced, nothing around it."""
        found, text = kept.detection, verdict.texts.get(kept.text)
        around = "", ""
        if text and (self._shows or (verdict.decision and verdict.decision.redact)):
            around = _around(text.text, *text.to_redacted(found.start, found.end), veil)
        value = kept.value if self._shows else ""
        said = found.entity_type, found.score, found.recognizer, verdict.rule, AS_IT_STANDS
        return Finding(task, *said, value or HIDDEN.format(found.entity_type), *around, value)


def _around(text: str, start: int, end: int, veil: Veil) -> tuple[str, str]:
    """Return what would be sent before and behind a place of a redacted text; values are left out before it is cut."""
    before, after = (re.sub(r"\s+", " ", veil.over(part)) for part in (text[:start], text[end:]))
    return (
        before if len(before) <= AROUND else CUT + before[-AROUND:].partition(" ")[2],
        after if len(after) <= AROUND else after[:AROUND].rpartition(" ")[0] + CUT,
    )
