"""presidio-research's SpanEvaluator: does a predicted span match an annotated one, but for words that do not matter?

The algorithm is that of `presidio_evaluator/evaluation/span_evaluator.py` and `span_to_tag.py` of
https://github.com/microsoft/presidio-research (Copyright (c) Microsoft Corporation, MIT License), written anew, so that
figures can be compared with published ones without that package. The words that do not matter are the original's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import punctuation, whitespace
from typing import Literal

from spacy.lang.en import English
from spacy.lang.en.stop_words import STOP_WORDS

from backend.evaluate.data import Annotated, Mark

ALL = "PII"
"""What all entity types together are called."""
Release = Literal["0.2.4", "0.3.2"]
Token = tuple[int, str]

_WORDS = """
    's street st. st de rue via and a the or do as of day address country state city zip po apt unit corner p.o. box
    suite mr. mrs. miss year years y/o month months old morning noon afternoon night evening this first last week weeks
    weekend days age ago inc inc. ltd >> >>> >>>> >>>>> >>>>>>
"""
_SKIPPED = STOP_WORDS.union(
    _WORDS.split(), punctuation, whitespace, ("", "\n\n", "\n\n\n", "\n\n\n\n", "\t\t", "\t\t\t", "\t\t\t\t")
)

SAME = {
    **dict.fromkeys(("GPE", "LOC", "FAC", "ADDRESS", "STREET_ADDRESS"), "LOCATION"),
    **dict.fromkeys(("DATE", "DATE_OF_BIRTH", "TIME"), "DATE_TIME"),
    "DOMAIN_NAME": "URL",
    "NORP": "NRP",
    "ORG": "ORGANIZATION",
}
"""Entity types that count as one, as in the original's mapping between data sets and Presidio."""


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Counts of spans: annotated ones, predicted ones, and hits."""

    annotated: int
    predicted: int
    hits: int

    @property
    def precision(self) -> float:
        """The share of the predicted spans that are right."""
        return self.hits / self.predicted if self.predicted else float("nan")

    @property
    def recall(self) -> float:
        """The share of the annotated spans that were found."""
        return self.hits / self.annotated if self.annotated else float("nan")

    @property
    def f2(self) -> float:
        """Their mean, which gives recall more weight."""
        below = 4 * self.precision + self.recall
        return 5 * self.precision * self.recall / below if below else float("nan")


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens of one type: places of the first and behind the last, and the characters of those that matter."""

    entity_type: str
    first: int
    behind: int
    start: int
    end: int


def score_spans(
    documents: Sequence[Annotated],
    found: Sequence[Iterable[Mark]],
    tokenize: Callable[[str], Sequence[Token]],
    *,
    iou: float = 0.9,
    release: Release = "0.2.4",
) -> Mapping[str, SpanScore]:
    """Score predicted spans by entity type, and under `ALL` with all types taken as one.

    Args:
        documents: annotated texts.
        found: for each document what was predicted; no two may overlap.
        tokenize: returns the tokens of a text with their offsets; the published figures are with spaCy's for English.
        iou: how much two spans must share to match: the intersection over the union, in characters.
        release: the version whose results are wanted. Up to 0.2.4 spans of a type within a text count as one, whatever
            stands between them (it looks for the tokens between them in the wrong rows); 0.3.2 joins them only over
            words that do not matter.
    """
    counts: dict[str, Counter[str]] = {ALL: Counter()}
    rows = 0
    for document, marks in zip(documents, found, strict=True):
        tokens = tokenize(document.text)
        shift = rows if release == "0.2.4" else 0
        both = _tags(tokens, document.spans), _tags(tokens, marks)
        gold, predicted = (_runs(tokens, tags, shift) for tags in both)
        _match(gold, predicted, iou, counts)
        gold, predicted = (_runs(tokens, [tag and ALL for tag in tags], shift) for tags in both)
        _match(gold, predicted, iou, counts)
        rows += len(tokens)
    return {
        name: SpanScore(count["annotated"], count["predicted"], count["hits"]) for name, count in sorted(counts.items())
    }


def english_tokens() -> Callable[[str], list[Token]]:
    """Load spaCy's rules for English tokens, which the published figures are counted by."""
    tokenizer = English().tokenizer
    return lambda text: [(token.idx, token.text) for token in tokenizer(text)]


def joined_marks(marks: Iterable[Mark]) -> list[Mark]:
    """Join stretches that overlap; the first of them gives the type."""
    merged: list[Mark] = []
    for mark in sorted(marks):
        if merged and mark.start < merged[-1].end:
            last = merged.pop()
            merged.append(Mark(last.start, max(last.end, mark.end), last.entity_type))
        else:
            merged.append(mark)
    return merged


def _tags(tokens: Sequence[Token], marks: Iterable[Mark]) -> list[str]:
    """Give each token the type of the span that it begins in, or that lies within it; "" if none."""
    ordered = sorted(marks)
    # The original takes spans that touch as overlapping, and cuts the first.
    ends = [
        mark.end if index + 1 == len(ordered) or ordered[index + 1].start > mark.end else ordered[index + 1].start - 1
        for index, mark in enumerate(ordered)
    ]
    tags = []
    for start, token in tokens:
        end = start + len(token)
        tag = ""
        for mark, mark_end in zip(ordered, ends, strict=True):
            if mark.start <= start < mark_end or (start <= mark.start <= end and start <= mark_end <= end):
                tag = SAME.get(mark.entity_type, mark.entity_type)
                break
        tags.append(tag)
    return tags


def _runs(tokens: Sequence[Token], tags: Sequence[str], shift: int) -> list[_Run]:
    """Join the tokens of a type to spans, and spans of a type that only words between them part that do not matter."""
    runs: list[_Run] = []
    for entity_type, places in groupby(range(len(tokens)), key=tags.__getitem__):
        indices = list(places)
        telling = [tokens[i] for i in indices if tokens[i][1].lower() not in _SKIPPED]
        if not entity_type or not telling:
            continue
        start, end = min(at for at, _ in telling), max(at + len(word) for at, word in telling)
        run = _Run(entity_type, indices[0], indices[-1] + 1, start, end)
        last = runs[-1] if runs else None
        if last and last.entity_type == entity_type and _is_small(tokens, last.behind, run.first, shift):
            runs[-1] = _Run(entity_type, last.first, run.behind, min(last.start, start), max(last.end, end))
        else:
            runs.append(run)
    return runs


def _is_small(tokens: Sequence[Token], first: int, behind: int, shift: int) -> bool:
    between = tokens[max(0, first - shift) : max(0, behind - shift)]
    return all(word.lower().strip() in _SKIPPED for _, word in between)


def _match(gold: Sequence[_Run], predicted: Sequence[_Run], least: float, counts: dict[str, Counter[str]]) -> None:
    """Count the hits among the spans of a text."""
    overlapped: set[_Run] = set()
    for run in gold:
        counts.setdefault(run.entity_type, Counter())["annotated"] += 1
        near = [other for other in predicted if min(run.end, other.end) > max(run.start, other.start)]
        overlapped.update(near)
        by_type: dict[str, list[_Run]] = {}
        for other in near:
            by_type.setdefault(other.entity_type, []).append(other)
        for entity_type, others in by_type.items():
            count = counts.setdefault(entity_type, Counter())
            count["predicted"] += 1
            shared = _iou(run, others) if len(near) == 1 else _joint_iou(run, others)
            count["hits"] += entity_type == run.entity_type and shared >= least
    for other in predicted:
        if other not in overlapped:
            counts.setdefault(other.entity_type, Counter())["predicted"] += 1


def _iou(run: _Run, others: Sequence[_Run]) -> float:
    (other,) = others
    shared = min(run.end, other.end) - max(run.start, other.start)
    return shared / (max(run.end, other.end) - min(run.start, other.start))


def _joint_iou(run: _Run, others: Sequence[_Run]) -> float:
    """Return how much several spans share with one, with the original's way of counting ends in."""
    own = set(range(run.start, run.end + 1))
    theirs = {
        place
        for index, other in enumerate(others)
        for place in (range(other.start - 1, other.end) if index else range(other.start, other.end + 1))
    }
    return len(own & theirs) / len(own | theirs)
