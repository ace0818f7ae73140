"""Figures of Labels, HyperTextLabels and ParagraphLabels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from backend.evaluate.labels.answers import MarkedSpan
from backend.evaluate.labels.choices import NO_LABEL
from backend.evaluate.labels.counting import LabelCounts, count_labels

Spans = Collection[MarkedSpan]


def count_exact(truths: Sequence[Spans], predicted: Sequence[Spans]) -> LabelCounts:
    """Count spans of which start, end and label are right: as conlleval does (Tjong Kim Sang, CoNLL 2003)."""
    return count_labels(
        [_by_label(t) for t in truths],
        [_by_label(p) for p in predicted],
        [_by_label({*t} & {*p}) for t, p in zip(truths, predicted, strict=True)],
    )


def count_characters(truths: Sequence[Spans], predicted: Sequence[Spans]) -> LabelCounts:
    """Count characters that have the right label: how much overlaps, wherever spans begin and end."""
    ours, theirs = [_characters(t) for t in truths], [_characters(p) for p in predicted]
    both = [_by_label(t & p) for t, p in zip(ours, theirs, strict=True)]
    return count_labels([_by_label(t) for t in ours], [_by_label(p) for p in theirs], both)


def count_partial(truths: Sequence[Spans], predicted: Sequence[Spans]) -> LabelCounts:
    """Count spans with the right label, of which one that merely overlaps counts half.

    nervaluate says which do: its `partial` (SemEval 2013 task 9.1, section 4; Chinchor and Sundheim, MUC-5, 1993).
    """
    from nervaluate.strategies import PartialEvaluation

    strategy = PartialEvaluation(1.0)
    right = [_partial(strategy, {*t}, {*p}) for t, p in zip(truths, predicted, strict=True)]
    return count_labels([_by_label(t) for t in truths], [_by_label(p) for p in predicted], right)


def confuse_spans(truths: Sequence[Spans], predicted: Sequence[Spans]) -> Counter[tuple[str, str]]:
    """Count which label stands for which on the very same stretches; what only one marks stands for none."""
    counts: Counter[tuple[str, str]] = Counter()
    for truth, guess in zip(truths, predicted, strict=True):
        ours, theirs = _by_place(truth), _by_place(guess)
        for place in sorted({*ours, *theirs}):
            one, other = ours[place], theirs[place]
            counts.update((label, label) for label in one & other)
            lacking, needless = sorted(one - other), sorted(other - one)
            for label in lacking:
                counts.update((label, given) for given in needless or [NO_LABEL])
            if not lacking:
                counts.update((NO_LABEL, given) for given in needless)
    return counts


def _partial(strategy: Any, truth: set[MarkedSpan], guess: set[MarkedSpan]) -> dict[str, float]:
    """Return the credit for each label: offsets are compared within one item, and nervaluate's ends are inclusive."""
    from nervaluate.entities import Entity

    def entities(spans: Iterable[MarkedSpan]) -> list[Any]:
        return [Entity(label=span.label, start=span.start, end=span.end - 1) for span in sorted(spans)]

    credit: defaultdict[str, float] = defaultdict(float)
    for label, ours, theirs in _alike(truth, guess):
        result, _ = strategy.evaluate(entities(ours), entities(theirs), [label])
        credit[label] += result.correct + 0.5 * result.partial
    return dict(credit)


def _alike(truth: set[MarkedSpan], guess: set[MarkedSpan]) -> Iterator[tuple[str, set[MarkedSpan], set[MarkedSpan]]]:
    """Yield the spans of each label within each item. Those that are the same come apart, so that none is lost."""

    def key(span: MarkedSpan) -> tuple[str, str]:
        return span.item, span.label

    both = truth & guess
    for item, label in sorted({*map(key, both)}):
        same = {span for span in both if key(span) == (item, label)}
        yield label, same, same
    rest, others = truth - both, guess - both
    for item, label in sorted({*map(key, rest)} & {*map(key, others)}):
        yield label, _of(rest, key, (item, label)), _of(others, key, (item, label))


def _of(
    spans: set[MarkedSpan], key: Callable[[MarkedSpan], tuple[str, str]], wanted: tuple[str, str]
) -> set[MarkedSpan]:
    return {span for span in spans if key(span) == wanted}


def _by_label(things: Iterable[Any]) -> Mapping[str, float]:
    return dict(Counter(thing[-1] for thing in things))


def _characters(spans: Spans) -> set[tuple[str, int, str]]:
    return {(span.item, place, span.label) for span in spans for place in range(span.start, span.end)}


def _by_place(spans: Spans) -> defaultdict[tuple[str, int, int], set[str]]:
    found: defaultdict[tuple[str, int, int], set[str]] = defaultdict(set)
    for span in spans:
        found[span[:3]].add(span.label)
    return found
