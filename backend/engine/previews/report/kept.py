"""What was found in a task and would be sent as it stands; and how it is left out of what is shown."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from backend.engine.previews.preview import TaskPreview
from backend.policy.facts import stretches
from backend.privacy.replace.propagation import is_telling
from backend.privacy.types import Detection

HIDDEN = "█{}█"
"""Stands in a report where a value of an entity type would be sent."""
LETTERS = 3
"""A value of so many ASCII signs is left out where it stands alone, longer ones within other words too."""


@dataclass(frozen=True, slots=True)
class KeptStretch:
    """A stretch of a text in which something was found, and that would be sent as it stands.

    Attributes:
        text: the text's name.
        value: what stands there.
        detection: the surest one there, from the stretch's start to its end.
    """

    text: str
    value: str = field(repr=False)
    detection: Detection


def kept_stretches(verdict: TaskPreview) -> Iterator[KeptStretch]:
    """Yield what was found in a task and would be sent: its rule keeps the type, or replaces nothing."""
    texts = verdict.sources if not verdict.refusal else {}
    detections = verdict.detected
    for name, text in texts.items():
        redacted = verdict.texts.get(name)
        hidden = [(p.source_start, p.source_end) for p in redacted.placeholders] if redacted else []
        found = [d for d in detections[name] if not _is_within(d.start, d.end, hidden)]
        for start, end in stretches(found, "*", 0.0):
            for first, last in _outside(start, end, hidden):
                if any(map(str.isalnum, text[first:last])):
                    inside = [d for d in found if d.start < last and first < d.end]
                    best = max(inside, key=lambda d: (d.score, d.end - d.start, d.entity_type))
                    yield KeptStretch(name, text[first:last], replace(best, start=first, end=last))


def _is_within(start: int, end: int, hidden: list[tuple[int, int]]) -> bool:
    """Say whether one of what is hidden, in order, holds a stretch; of a long text that is so of nearly all."""
    place = bisect_right(hidden, start, key=lambda one: one[0]) - 1
    return place >= 0 and end <= hidden[place][1]


def _outside(start: int, end: int, hidden: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch that nothing hides."""
    for first, last in hidden:
        if start < last and first < end:
            if start < first:
                yield start, first
            start = max(start, last)
    if start < end:
        yield start, end


class Veil:
    """Leaves values out of texts that are shown, each under its entity type, as it is written: `will` is not Will.

    Args:
        values: the entity type of each.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        # One group each would be too many: which value it was is told by its words.
        self._types = {_plain(value): kind for value, kind in values.items() if value.strip()}
        forms = [_form(value) for value in sorted(values, key=lambda value: (-len(value), value)) if value.strip()]
        self._any = re.compile("|".join(forms)) if forms else None

    @classmethod
    def of(cls, verdict: TaskPreview, kept: Iterable[KeptStretch]) -> "Veil":
        """Return what leaves out all that was found in a task, whether it is replaced, withheld or kept."""
        ready = verdict.preview.ready
        values = {value: "WITHHELD" for value in ready.prepared.task.guarded if is_telling(value)} if ready else {}
        for text in verdict.texts.values():
            replaced = {text.source[p.source_start : p.source_end]: p.entity_type for p in text.placeholders}
            values |= {value: kind for value, kind in replaced.items() if is_telling(value)}
        return cls(values | {one.value: one.detection.entity_type for one in kept})

    def over(self, text: str) -> str:
        """Return a text without the values."""
        return self._any.sub(self._hide, text) if self._any else text

    def _hide(self, match: re.Match[str]) -> str:
        return HIDDEN.format(self._types.get(_plain(match[0]), "WITHHELD"))


def _plain(value: str) -> str:
    return " ".join(value.split())


def _form(value: str) -> str:
    """Return a pattern of a value: with any blanks between its words."""
    words = value.split()
    form = r"\s+".join(map(re.escape, words))
    return rf"(?<!\w){form}(?!\w)" if value.isascii() and sum(map(len, words)) <= LETTERS else form
