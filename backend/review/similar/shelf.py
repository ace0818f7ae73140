"""The annotated tasks of a project that may be examples, in memory: hashed words, and no text."""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backend.review.entries import KeptAnnotation, Review
from backend.review.facts import in_one_order
from backend.review.similar.choosing import FLOOR, Candidate, Choice, best_slots
from backend.review.similar.marked import (
    NO_MARKS,
    MarkableText,
    MarkedAgain,
    WordMark,
    again_marked,
    begins_a_number,
    known_by,
    marks_in,
    shape_hash,
    stretch_hash,
    word_stretches,
)
from backend.review.similar.meaning import Embed, MeaningIndex
from backend.review.similar.ranking import Ranking
from backend.review.similar.words import (
    ANY_NUMBER,
    Words,
    has_words,
    hashed_words,
    is_double,
    label_hash,
    shingles,
    texts_in,
    with_any_number,
)

CORRECTED, UNSEEN = 1.3, 1.15
"""What an annotation counts that corrects a prediction, and one of which it is not known with what it began."""
TRUE = 1.2
"""What one counts more that is ground truth."""
AGREED, MOST_AGREED = 0.15, 3
"""What each more annotator who says the same adds, and how many of them count."""
DISPUTED = 0.6
"""What one counts where another annotator says otherwise, and neither is in the majority."""
LATEST = 200
"""Annotated tasks that are asked whether a stretch is marked in them: the latest that have it."""


@dataclass(frozen=True, slots=True)
class ShelvedTask:
    """An annotated task.

    Attributes:
        task: its number.
        annotation: the number of the one whose answer is shown.
        words: of its text, hashed.
        labels: hashes of its labels.
        weight: how much it counts.
        expires: until when it is kept, Unix time.
        marks: what it marks.
    """

    task: int
    annotation: int
    words: Words = field(repr=False)
    labels: frozenset[int]
    weight: float
    expires: int
    marks: frozenset[WordMark] = NO_MARKS


@dataclass(frozen=True, slots=True)
class LabelUse:
    """How annotators used a label.

    Attributes:
        likeness: of the annotated task most like another that has it; 0 if none has a word in common.
        count: annotated tasks that have it.
    """

    likeness: float = 0.0
    count: int = 0


class Shelf:
    """One project's. Not for several threads at once.

    Args:
        fields: of a task's data, whose texts tell what it is like.
        embed: makes vectors of texts; None where they are compared by their words alone.
    """

    def __init__(self, fields: frozenset[str], embed: Embed | None = None) -> None:
        self.fields = fields
        self._meanings = MeaningIndex(embed) if embed else None
        self._ranking = Ranking()
        self._tasks: dict[int, ShelvedTask] = {}  # by slot
        self._slots: dict[int, int] = {}  # by task
        self._by_label: dict[int, array[int]] = {}
        self._same: dict[int, set[int]] = {}  # slots by a hash of all their words
        self._marked = Counter[int]()  # tasks by a stretch that they have marked, its shape, its first word
        self._weights = array("f")
        self._expires = array("q")

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, task: int, reviews: Sequence[Review]) -> None:
        """Put a task on the shelf, in place of what is there of it.

        Args:
            task: its number.
            reviews: all that are known of it.
        """
        self.drop(task)
        shelved = _shelved(task, reviews, self.fields)
        if shelved is None:
            return
        slot = self._ranking.add(shelved.words)
        if self._meanings:
            kept = next(one.kept for one in reviews if one.annotation == shelved.annotation and one.kept)
            self._meanings.add(slot, texts_in(kept.data, self.fields))
        while len(self._weights) <= slot:
            self._weights.append(0.0)
            self._expires.append(0)
        self._weights[slot], self._expires[slot] = shelved.weight, shelved.expires
        self._tasks[slot], self._slots[task] = shelved, slot
        self._same.setdefault(_whole(shelved.words), set()).add(slot)
        for label in shelved.labels:
            self._by_label.setdefault(label, array("i")).append(slot)
        self._marked.update(known_by(shelved.marks))

    def drop(self, task: int) -> None:
        """Forget a task, if it is there."""
        slot = self._slots.pop(task, None)
        if slot is None:
            return
        shelved = self._tasks.pop(slot)
        self._ranking.remove(slot, shelved.words)
        if self._meanings:
            self._meanings.remove(slot)
        self._weights[slot], self._expires[slot] = 0.0, 0
        same = self._same[_whole(shelved.words)]
        same.discard(slot)
        if not same:
            del self._same[_whole(shelved.words)]
        for label in shelved.labels:
            self._by_label[label].remove(slot)
            if not self._by_label[label]:
                del self._by_label[label]
        for stretch in known_by(shelved.marks):
            self._marked[stretch] -= 1
            if not self._marked[stretch]:
                del self._marked[stretch]

    def choice(self, task: str, data: Mapping[str, Any], most: int, now: float) -> "ShelfChoice":
        """Begin to choose examples for a task: never itself, nor what is nearly the same.

        Args:
            task: its number, "" if it has none.
            data: its data.
            most: how many are wanted.
            now: Unix time.
        """
        words = hashed_words(texts_in(data, self.fields))
        scores = self._ranking.scores(words)
        best = float(scores.max(initial=0.0))
        size = len(scores)
        likeness = scores / best if best else scores
        if self._meanings and size:
            likeness = self._meanings.likeness(texts_in(data, self.fields), likeness)
        weights = np.frombuffer(self._weights, np.float32)[:size] if size else scores
        expires = np.frombuffer(self._expires, np.int64)[:size] if size else scores
        # Rounded, since in which order words are added up hangs on their hashes, which are others in each process.
        worth = np.round((FLOOR + likeness) * weights, 5)
        worth[expires <= now] = -1.0
        worth[self._own(task, words)] = -1.0
        choice = Choice(worth, self._by_label, self._candidate, words, most)
        return ShelfChoice(choice, self._tasks)

    def uses(self, task: str, data: Mapping[str, Any], said: Iterable[str], now: float) -> dict[int, LabelUse]:
        """Return how annotators used each label, by its hash: not in the task itself, nor in what is nearly the same.

        Args:
            task: its number, "" if it has none.
            data: its data, by which it is told from others.
            said: its texts as a model may see them: of their words alone hangs what is like it.
            now: Unix time.
        """
        if not self._tasks:
            return {}
        words = hashed_words(texts_in(data, self.fields))
        scores = self._ranking.scores(hashed_words(said))
        size = len(scores)
        # Rounded, as above: sums of floats hang on their order.
        worth = np.round(scores * np.frombuffer(self._weights, np.float32)[:size], 4)
        worth[np.frombuffer(self._expires, np.int64)[:size] <= now] = -1.0
        worth[self._own(task, words)] = -1.0
        own = shingles(words)
        for slot in best_slots(worth):
            if is_double(own, shingles(self._tasks[slot].words)):
                worth[slot] = -1.0
        found = {}
        for label, slots in self._by_label.items():
            there = worth[np.frombuffer(slots, np.int32)]
            if count := int((there >= 0).sum()):
                found[label] = LabelUse(float(there.max()), count)
        return found

    def marked(self, task: str, data: Mapping[str, Any], asked: MarkableText, now: float) -> list[MarkedAgain]:
        """Return what of a text annotators marked elsewhere: not in the task itself, nor in what is nearly the same.

        Of two that overlap it is the first, and of two with one beginning the longer.

        Args:
            task: its number, "" if it has none.
            data: its data, by which it is told from others.
            asked: the text.
            now: Unix time.
        """
        if not self._marked:
            return []
        words = hashed_words(texts_in(data, self.fields))
        own, whole = set(self._own(task, words)), shingles(words)
        there: dict[int, bool] = {}

        def counts(slot: int) -> bool:
            if slot not in there:
                is_kept = slot not in own and self._expires[slot] > now
                there[slot] = is_kept and not is_double(whole, shingles(self._tasks[slot].words))
            return there[slot]

        found: list[MarkedAgain] = []
        for place in word_stretches(asked.text, self._marked):
            if not found or place[0] >= found[-1].end:
                again = self._again(asked, place, counts) or self._alike(asked, place, counts)
                found += [again] if again else []
        return found

    def _again(self, asked: MarkableText, place: tuple[int, int], counts: Callable[[int], bool]) -> MarkedAgain | None:
        """Return how a stretch of a text is marked where it stands in annotated tasks; None if not often enough."""
        said = asked.text[slice(*place)]
        stretch = stretch_hash(said)
        if self._marked[stretch] < asked.least:
            return None
        some = hashed_words([said])
        latest = (slot for slot in self._ranking.latest(some, LATEST) if counts(slot))
        seen = [self._tasks[slot].marks for slot in latest if has_words(self._tasks[slot].words, some)]
        return again_marked(asked, place, [[mark for mark in marks if mark.stretch == stretch] for marks in seen])

    def _alike(self, asked: MarkableText, place: tuple[int, int], counts: Callable[[int], bool]) -> MarkedAgain | None:
        """Return how stretches are marked that differ from one in their numbers alone, several of them."""
        said = asked.text[slice(*place)]
        shape = shape_hash(said)
        if not shape or self._marked[shape] < asked.least or not begins_a_number(asked.text, place[0]):
            return None
        words = with_any_number(hashed_words([said]))
        rest = words[words != ANY_NUMBER]
        latest = [self._tasks[slot] for slot in self._ranking.latest(rest, LATEST) if counts(slot)]
        seen = [task.marks for task in latest if has_words(with_any_number(task.words), words)]
        own = [[mark for mark in marks if mark.shape == shape] for marks in seen]
        again = again_marked(asked, place, own)
        forms = {mark.stretch for marks in own for mark in marks if again and mark.label == again.label}
        return again if len(forms) >= asked.least else None

    def _own(self, task: str, words: Words) -> list[int]:
        """Return the slots of a task, and of what has just its words."""
        own = self._slots.get(int(task)) if task.isdecimal() else None
        return [*self._same.get(_whole(words), ()), *([] if own is None else [own])]

    def _candidate(self, slot: int) -> Candidate:
        shelved = self._tasks[slot]
        return Candidate(slot, shelved.task, shelved.labels, shelved.words)


class ShelfChoice:
    """Gives the tasks of a shelf, the best example first. What is dropped meanwhile is not given.

    Args:
        choice: of slots.
        tasks: by slot.
    """

    def __init__(self, choice: Choice, tasks: dict[int, ShelvedTask]) -> None:
        self._choice = choice
        self._tasks = {slot: tasks[slot] for slot in choice.slots}
        self._last: Candidate | None = None

    def best(self) -> ShelvedTask | None:
        """Return the best task that is left; None if none is."""
        self._last = self._choice.best()
        return self._tasks[self._last.slot] if self._last else None

    def take(self) -> None:
        """Count the one that was given last as an example."""
        if self._last:
            self._choice.take(self._last)


def _shelved(task: int, reviews: Sequence[Review], fields: Iterable[str]) -> ShelvedTask | None:
    """Return what of a task may be an example: its annotation that counts most; None if there is none."""
    kept = [(one, one.kept) for one in reviews if one.kept and not one.cancelled and one.expires]
    if not kept:
        return None
    said = {one.annotation: _said(own) if len(kept) > 1 else "" for one, own in kept}
    votes = Counter({said[one.annotation]: 0 for one, _ in kept})
    for key in {(said[one.annotation], own.who or one.annotation) for one, own in kept}:
        votes[key[0]] += 1

    def rank(pair: tuple[Review, KeptAnnotation]) -> tuple[object, ...]:
        one, _ = pair
        return votes[said[one.annotation]], one.ground_truth, _weight(one), one.changed, one.annotation

    best, own = max(kept, key=rank)
    words = hashed_words(texts_in(own.data, fields))
    if not len(words):
        return None
    count = votes[said[best.annotation]]
    is_disputed = any(other >= count for key, other in votes.items() if key != said[best.annotation])
    weight = _weight(best) * (1 + AGREED * min(count - 1, MOST_AGREED)) * (DISPUTED if is_disputed else 1.0)
    marks = NO_MARKS if is_disputed else marks_in(own)
    return ShelvedTask(task, best.annotation, words, frozenset(_labels(own)), weight, best.expires, marks)


def _weight(review: Review) -> float:
    by_verdict = {"kept": 1.0, "unknown": UNSEEN}.get(review.verdict, CORRECTED)
    return by_verdict * (TRUE if review.ground_truth else 1.0)


def _said(kept: KeptAnnotation) -> str:
    """Return what an annotation says, whoever made it: the same for two that agree."""
    regions = []
    for region in kept.result:
        value = region.get("value")
        if isinstance(value, dict) and "start" in value and isinstance(value.get("text"), str):
            value = {key: part for key, part in value.items() if key != "text"}  # hangs on the place
        if isinstance(value, dict):
            value = {key: in_one_order(key, part) for key, part in value.items()}
        regions.append(json.dumps([region.get("from_name"), region.get("type"), value], sort_keys=True, default=str))
    return "\n".join(sorted(regions))


def _labels(kept: KeptAnnotation) -> Iterator[int]:
    """Yield hashes of the labels that an annotation has; a number of a scale is one."""
    for region in kept.result:
        kind, value = str(region.get("type")), region.get("value")
        given: Any = value.get(kind) if isinstance(value, dict) else None
        given = [given] if isinstance(given, int | float) else given
        for label in given if isinstance(given, list) and kind != "textarea" else ():
            yield label_hash(region.get("from_name"), label)


def _whole(words: Words) -> int:
    return hash(words.tobytes())
