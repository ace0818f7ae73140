"""What survives redaction, and what is redacted for nothing: counted in characters, whatever type was given to them.

Only letters and digits count as characters here: a comma that stays between two redacted parts tells nobody anything.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spacy.lang.en.stop_words import STOP_WORDS

from backend.evaluate.data import Annotated, Mark
from backend.privacy.entity_types import entity_kind

_WORD = re.compile(r"[^\W_]{3,}")


def is_direct(entity_type: str) -> bool:
    """Say whether values of an entity type lead to a person by themselves."""
    kind = entity_kind(entity_type)
    return kind is None or kind.is_direct


def _any(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Recall:
    """What became of the annotated spans of one entity type, or of several.

    Attributes:
        spans: how many there are.
        covered: of which nothing survived.
        documents: how many hold such a span.
        leaking: of which a letter or digit of such a span survived.
        telling: of which three letters or digits on end of such a span survived that are no stop word.
    """

    spans: int
    covered: int
    documents: int
    leaking: int
    telling: int

    @property
    def full(self) -> float:
        """The share of the spans that are wholly covered."""
        return _share(self.covered, self.spans)

    @property
    def leak(self) -> float:
        """The share of the documents that leak anything."""
        return _share(self.leaking, self.documents)

    @property
    def word_leak(self) -> float:
        """The share of the documents that leak a meaningful word."""
        return _share(self.telling, self.documents)


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of a system on annotated documents.

    Attributes:
        wanted: of all the entity types that must not leak, taken together.
        by_type: of each of them.
        redacted: redacted stretches, overlapping ones joined.
        right: of which hold a letter or digit of an annotated span.
        needless: letters and digits that were redacted outside of all annotated spans.
        outside: all letters and digits that stand there.
    """

    wanted: Recall
    by_type: Mapping[str, Recall] = field(repr=False)
    redacted: int
    right: int
    needless: int
    outside: int

    @property
    def precision(self) -> float:
        """The share of the redacted stretches that touch an annotated span."""
        return _share(self.right, self.redacted)

    @property
    def over_redaction(self) -> float:
        """The share of the characters that are no personal data which were redacted all the same."""
        return _share(self.needless, self.outside)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def measure(
    documents: Sequence[Annotated],
    found: Sequence[Iterable[Mark]],
    *,
    wanted: Callable[[str], bool] = _any,
    personal: Callable[[str], bool] = _any,
) -> Figures:
    """Measure a system's redaction.

    Args:
        documents: texts with all their personal data annotated.
        found: for each document the stretches that were redacted; they may overlap.
        wanted: says of an annotated entity type whether its values must not leak.
        personal: says of an annotated entity type whether redacting its values is right; needless if it says no.
    """
    counts: Counter[str] = Counter()
    recalls: dict[str, Counter[str]] = {"": Counter()}
    for document, marks in zip(documents, found, strict=True):
        hidden = _places(marks)
        counts.update(_count_needless(document, hidden, personal))
        for entity_type, recall in _count_leaks(document, hidden, wanted).items():
            recalls.setdefault(entity_type, Counter()).update(recall)
    made = {
        name: Recall(*(int(c[key]) for key in ("spans", "covered", "documents", "leaking", "telling")))
        for name, c in recalls.items()
    }
    whole = made.pop("")
    return Figures(whole, dict(sorted(made.items())), **{key: counts[key] for key in _COUNTED})


_COUNTED = ("redacted", "right", "needless", "outside")


def _places(marks: Iterable[Mark]) -> set[int]:
    return {place for mark in marks for place in range(mark.start, mark.end)}


def _count_needless(document: Annotated, hidden: set[int], personal: Callable[[str], bool]) -> Counter[str]:
    text = document.text
    annotated = _places(mark for mark in document.spans if personal(mark.entity_type))
    counts: Counter[str] = Counter()
    before = -2
    right = False
    for place in sorted(hidden):
        if place != before + 1:
            counts.update(redacted=1, right=right)
            right = False
        right = right or (place in annotated and text[place].isalnum())
        before = place
    counts["right"] += right
    others = [place for place, char in enumerate(text) if char.isalnum() and place not in annotated]
    counts.update(outside=len(others), needless=sum(place in hidden for place in others))
    return counts


def _count_leaks(document: Annotated, hidden: set[int], wanted: Callable[[str], bool]) -> dict[str, Counter[str]]:
    """Count the spans of a document by entity type, and under "" those of all; a document counts once in each."""
    counts: dict[str, Counter[str]] = {}
    for mark in document.spans:
        if not wanted(mark.entity_type):
            continue
        rest = "".join(" " if place in hidden else document.text[place] for place in range(mark.start, mark.end))
        leaks = any(map(str.isalnum, rest))
        tells = any(word.casefold() not in STOP_WORDS for word in _WORD.findall(rest))
        for name in ("", mark.entity_type):
            count = counts.setdefault(name, Counter())
            count.update(spans=1, covered=not leaks)
            count["documents"] = 1
            count["leaking"] |= leaks
            count["telling"] |= tells
    return counts
