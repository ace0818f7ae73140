"""Texts and what is to be marked in each → a tagger of words."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.engine.training.figures import (
    FOLDS,
    LEAST_OF_EACH,
    TEMPERATURES,
    DistilledSpanFigures,
    calibration_error,
    shares_of,
)
from backend.engine.training.values import weights_of
from backend.errors import RequestError
from backend.model.distilled.model import DistilledControl
from backend.model.distilled.tagging import OUTSIDE, Marked, begins, likeliest_tags, spans_of, sureness
from backend.model.distilled.words import WORD_SIZE, Word, word_features, words_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

STRENGTH = 3.0
"""By how much training examples are followed."""
NEVER = -30.0
"""What is said of a tag that no word has."""


@dataclass(frozen=True, slots=True)
class LearnedSpans:
    """A control that was learned.

    Attributes:
        control: what is known of it.
        weights: of each tag: for each feature, and one beside them.
        figures: how right it is.
    """

    control: DistilledControl
    weights: NDArray[np.float32] = field(repr=False)
    figures: DistilledSpanFigures


def learn_spans(
    key: str, labels: Sequence[str], texts: Sequence[str], answers: Sequence[Sequence[Mapping[str, Any]]]
) -> LearnedSpans:
    """Learn a control that marks spans. Takes long.

    Args:
        key: under which it is answered.
        labels: those that may be given, as JSON.
        texts: in which is marked.
        answers: by text, labels and words, as a model would answer.

    Raises:
        RequestError: there are too few examples.
    """
    known = _known(key, labels, answers)
    numbers = {json.loads(label): number for number, label in enumerate(known)}
    words = [words_of(text) for text in texts]
    tags = [span_tags(own, text, answer, numbers) for own, text, answer in zip(words, texts, answers, strict=True)]
    rows = _rows(words)
    ends = list(accumulate(map(len, words), initial=0))
    place_of_text = np.repeat(np.arange(len(texts)), np.diff(ends))
    given = np.concatenate([np.array(own, dtype=np.int64) for own in tags])
    logits = _unseen(rows, given, place_of_text, begins(len(known)))
    by_text = np.split(logits, ends[1:-1])
    marked = [spans_of(own, likeliest_tags(one)) for own, one in zip(words, by_text, strict=True)]
    wanted = [spans_of(own, one) for own, one in zip(words, tags, strict=True)]
    right = np.array([span in all_of for found, all_of in zip(marked, wanted, strict=True) for span in found], bool)
    temperature, sure = _calibrated(marked, by_text, right)
    figures = DistilledSpanFigures(
        key,
        len(texts),
        precision=float(right.mean()) if len(right) else 0.0,
        recall=float(right.sum() / max(1, sum(map(len, wanted)))),
        f1=float(2 * right.sum() / max(1, len(right) + sum(map(len, wanted)))),
        calibration_error=calibration_error(sure, right) if len(right) else 0.0,
    )
    weights = _learned(rows, given, begins(len(known)))
    return LearnedSpans(DistilledControl(key, known, temperature, spans=True), weights, figures)


def span_tags(
    words: Sequence[Word], text: str, answer: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]
) -> list[int]:
    """Return the tag of each word: as labels have it on the original, words are marked wherever they stand.

    Args:
        words: of the text.
        text: the text.
        answer: labels and words; the same words with several labels have them in turn.
        numbers: by label.
    """
    said: dict[str, list[int]] = defaultdict(list)
    for entity in answer:
        said[entity["text"]].append(numbers[entity["label"]])
    beginning: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(words):
        beginning[word.text].append(place)
    tags = [OUTSIDE] * len(words)
    for phrase, labels in sorted(said.items(), key=lambda item: -len(item[0])):
        size = len(parts) if (parts := words_of(phrase)) else 0
        turn = 0
        for first in beginning[parts[0].text] if parts else ():
            last = first + size - 1
            is_there = last < len(words) and text[words[first].start : words[last].end] == phrase
            if is_there and not any(tags[first : last + 1]):
                head = begins(labels[min(turn, len(labels) - 1)])
                tags[first : last + 1] = [head] + [head + 1] * (size - 1)
                turn += 1
    return tags


def _known(key: str, labels: Sequence[str], answers: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[str, ...]:
    """Return the labels that are given, as JSON."""
    given = [{entity["label"] for entity in answer} for answer in answers]
    counts = {label: sum(json.loads(label) in own for own in given) for label in labels}
    known = tuple(label for label, count in counts.items() if count)
    if not known or min(counts[label] for label in known) < LEAST_OF_EACH:
        enough = f"{LEAST_OF_EACH} texts with one label at least"
        raise RequestError(f"too few examples to learn {key!r} from: it takes {enough} - annotate more")
    return known


def _rows(words: Sequence[Sequence[Word]]) -> "csr_matrix":
    """Return all words of all texts, one a row."""
    from scipy.sparse import csr_matrix

    features = [own for text in words for own in word_features(text)]
    ends = np.cumsum([0, *map(len, features)])
    places = np.fromiter((place for own in features for place in own), dtype=np.int64, count=int(ends[-1]))
    return csr_matrix((np.ones(len(places), dtype=np.float32), places, ends), shape=(len(features), WORD_SIZE))


def _learned(rows: "csr_matrix", given: NDArray[np.int64], tags: int) -> NDArray[np.float32]:
    """Return the weights of each tag."""
    from sklearn.linear_model import LogisticRegression

    known = np.unique(given)
    whole = np.zeros((tags, WORD_SIZE + 1), dtype=np.float32)
    whole[:, -1] = NEVER
    if len(known) < 2:  # all that is marked is kept aside
        whole[known, -1] = 0.0
        return whole
    used = np.unique(rows.indices)
    fitted = LogisticRegression(C=STRENGTH, max_iter=300).fit(rows[:, used], given)
    own = weights_of(fitted)
    whole[np.ix_(known, [*used, WORD_SIZE])] = own
    return whole


def _unseen(rows: "csr_matrix", given: NDArray[np.int64], texts: NDArray[np.int64], tags: int) -> NDArray[np.float64]:
    """Return what a tagger says of each word whose text it has not seen, by tag."""
    from sklearn.model_selection import KFold

    logits = np.zeros((len(given), tags))
    for seen, new in KFold(FOLDS, shuffle=True, random_state=0).split(np.unique(texts)):
        learn, ask = np.isin(texts, seen), np.isin(texts, new)
        weights = _learned(rows[learn], given[learn], tags)
        logits[ask] = rows[ask] @ weights[:, :-1].T + weights[:, -1]
    return logits


def _calibrated(
    marked: Sequence[Sequence[Marked]], logits: Sequence[NDArray[np.float64]], right: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Return the temperature at which spans are as sure as they are right, and how sure each is then.

    As in Platt's scaling nothing is taken for certain.
    """
    rights = int(right.sum())
    wanted = np.where(right, (rights + 1) / (rights + 2), 1 / (len(right) - rights + 2))
    best: tuple[float, float, NDArray[np.float64]] = (np.inf, 1.0, np.zeros(0))
    for temperature in TEMPERATURES:
        sure = np.array(
            [
                sureness(span, shares)
                for own, said in zip(marked, logits, strict=True)
                for shares in [shares_of(said, temperature)]
                for span in own
            ]
        )
        log_loss = -float((wanted * np.log(sure + 1e-12) + (1 - wanted) * np.log(1 - sure + 1e-12)).sum())
        best = min(best, (log_loss, temperature, sure), key=lambda one: one[0])
    return best[1], best[2]
