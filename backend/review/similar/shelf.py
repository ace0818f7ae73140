"""The annotated tasks of a project that may be examples, in memory: hashed words, and no text."""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.review.entries import Review
from backend.review.similar.centres import LabelCentres
from backend.review.similar.choosing import FLOOR, Candidate, Choice, best_slots
from backend.review.similar.marked import (
    MarkableText,
    MarkedAgain,
    again_marked,
    begins_a_number,
    known_by,
    shape_hash,
    stretch_hash,
    word_stretches,
)
from backend.review.similar.meaning import MeaningIndex
from backend.review.similar.nearest import (
    LATEST_TRIED,
    RENEWED,
    Likeness,
    NearestLabel,
    NearestTrial,
    likeness_by_label,
    likest,
    tried_on_itself,
)
from backend.review.similar.ranking import Ranking, Scores
from backend.review.similar.shelved import ShelvedTask, shelved_task
from backend.review.similar.words import (
    ANY_NUMBER,
    Words,
    has_words,
    hashed_words,
    is_double,
    shingles,
    texts_in,
    with_any_number,
)
from backend.system.embedding import Embed

LATEST = 200
"""Annotated tasks that are asked whether a stretch is marked in them: the latest that have it."""


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
        self._changes = 0
        # By labels, with the changes until then.
        self._tried: dict[frozenset[int], tuple[int, NearestTrial]] = {}
        self._centres: dict[frozenset[tuple[int, str]], tuple[int, LabelCentres | None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, task: int, reviews: Sequence[Review]) -> None:
        """Put a task on the shelf, in place of what is there of it.

        Args:
            task: its number.
            reviews: all that are known of it.
        """
        self.drop(task)
        self._changes += 1
        shelved = shelved_task(task, reviews, self.fields)
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
        likeness = self._likeness(words, [*texts_in(data, self.fields)])
        weights = np.frombuffer(self._weights, np.float32)[: len(likeness)] if len(likeness) else likeness
        worth = self._others((FLOOR + likeness) * weights, self._own(task, words), now)
        choice = Choice(worth, self._by_label, self._candidate, words, most)
        return ShelfChoice(choice, self._tasks)

    def _likeness(self, words: Words, of: Sequence[str] | int) -> Scores:
        """Return how like a text the others are, 0 to 1.

        Args:
            words: its own.
            of: its texts, or its slot.
        """
        scores = self._ranking.scores(words)
        best = float(scores.max(initial=0.0))
        likeness = scores / best if best else scores
        if self._meanings is None or not len(likeness):
            return likeness
        if isinstance(of, int):
            return self._meanings.likeness_of(of, likeness)
        return self._meanings.likeness(of, likeness)

    def _others(self, worth: Scores, own: Sequence[int], now: float) -> Scores:
        """Return what each is worth, below 0 for a text's own slots and what is kept no longer."""
        # Rounded, since in which order words are added up hangs on their hashes, which are others in each process.
        worth = np.round(worth, 5)
        if len(worth):
            worth[np.frombuffer(self._expires, np.int64)[: len(worth)] <= now] = -1.0
        worth[list(own)] = -1.0
        return worth

    def nearest(self, task: str, data: Mapping[str, Any], labels: Mapping[int, str], now: float) -> NearestLabel | None:
        """Return which of some labels the tasks have that are most like one: not itself, nor what is nearly the same.

        Args:
            task: its number, "" if it has none.
            data: its data.
            labels: names of a control's labels by their hashes; a task has one of them.
            now: Unix time.
        """
        texts = [*texts_in(data, self.fields)]
        words = hashed_words(texts)
        found = likest(self._likeness_by_label(texts, words, self._own(task, words), labels, now))
        return NearestLabel(*found, self._trial(labels, now)) if found else None

    def _trial(self, labels: Mapping[int, str], now: float) -> NearestTrial:
        """Return what the annotated tasks say of each other; it is made anew when enough has changed."""
        key = frozenset(labels)
        made, trial = self._tried.get(key, (-len(self._tasks), NearestTrial()))
        if (self._changes - made) * RENEWED >= max(len(self._tasks), 1):
            latest = (self._candidate(slot) for slot in list(self._tasks)[-LATEST_TRIED:])
            own = [one for one in latest if len(one.labels & key) == 1]
            made, trial = self._changes, tried_on_itself((one, self._without(one, labels, now)) for one in own)
            self._tried[key] = made, trial
        return trial

    def _without(self, one: Candidate, labels: Mapping[int, str], now: float) -> Likeness:
        return self._likeness_by_label(one.slot, one.words, [*self._same[_whole(one.words)]], labels, now)

    def _likeness_by_label(
        self, of: Sequence[str] | int, words: Words, own: Sequence[int], labels: Mapping[int, str], now: float
    ) -> Likeness:
        """Return how like a text what has a label is, by label.

        Args:
            of: its texts, or its slot.
            words: its own.
            own: the slots of its task, and of what has just its words.
            labels: their names.
            now: Unix time.
        """
        worth = self._others(self._likeness(words, of), own, now)
        centres = self._centres_of(labels)
        vector = self._meanings.vector(of) if self._meanings and centres else None
        if centres is None or vector is None:
            return likeness_by_label(worth, words, labels, self._candidate)
        whole = shingles(words)
        doubles = (slot for slot in best_slots(worth) if is_double(whole, shingles(self._tasks[slot].words)))
        return centres.likeness(vector, {*np.flatnonzero(worth < 0).tolist(), *doubles})

    def _centres_of(self, labels: Mapping[int, str]) -> LabelCentres | None:
        """Return what texts of each label mean; None where that is not known of any."""
        if self._meanings is None or not self._tasks:
            return None
        key = frozenset(labels.items())
        made, centres = self._centres.get(key, (-1, None))
        if made != self._changes:
            vectors = self._meanings.vectors()
            given = {slot: self._tasks[slot].labels & labels.keys() for slot in vectors}
            label_of = {slot: next(iter(own)) for slot, own in given.items() if len(own) == 1}
            names = self._meanings.named(labels)
            centres = LabelCentres(names, vectors, label_of) if names or label_of else None
            self._centres[key] = self._changes, centres
        return centres

    def uses(self, task: str, data: Mapping[str, Any], said: Sequence[str], now: float) -> dict[int, LabelUse]:
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
        likeness = self._likeness(hashed_words(said), said)
        size = len(likeness)
        # Rounded, as above: sums of floats hang on their order.
        worth = np.round(likeness * np.frombuffer(self._weights, np.float32)[:size], 5)
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


def _whole(words: Words) -> int:
    return hash(words.tobytes())
