"""Which annotated texts say the same in other words, by vectors of what texts mean. They stand in memory alone."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backend.review.similar.ranking import Scores
from backend.review.similar.words import without_tags
from backend.system.embedding import Embed, Vectors

MOST_TEXTS = 500
"""Annotated tasks of a project that have a vector: the latest. Each takes up to a tenth of a second once."""
MOST_NAMES = 500
"""Labels of a project whose names have a vector."""
MOST_CHARACTERS = 300
"""Of a text, by which it is compared."""
SHARE = 0.7
"""Of likeness, the share that is of meaning; the rest is of words. Chosen on the tuning halves of `bench-learning`."""


class MeaningIndex:
    """Vectors of a project's annotated tasks, by slot. Not for several threads at once.

    Args:
        embed: makes vectors.
    """

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._waiting: OrderedDict[int, str] = OrderedDict()
        self._vectors: OrderedDict[int, Vectors] = OrderedDict()
        self._rows: tuple[NDArray[np.int64], Vectors] | None = None
        self._names: OrderedDict[str, Vectors] = OrderedDict()
        self._last: tuple[int, Vectors] | None = None

    def add(self, slot: int, texts: Iterable[str]) -> None:
        """Take in a text, whose vector is made when it is first needed: until then it stands in memory."""
        self.remove(slot)
        self._waiting[slot] = compared_text(texts)
        if len(self._waiting) > MOST_TEXTS:
            self._waiting.popitem(last=False)

    def remove(self, slot: int) -> None:
        """Forget a text, if it is there."""
        self._waiting.pop(slot, None)
        if self._vectors.pop(slot, None) is not None:
            self._rows = None

    def likeness(self, texts: Iterable[str], words: Scores) -> Scores:
        """Return how like a text the others are, by slot, 0 to 1.

        Args:
            texts: its own.
            words: how like they are by their words, 0 to 1; of what has no vector this is all.
        """
        vector = self.vector(texts) if len(self._all()[0]) else None
        return words if vector is None else self._like(vector, words)

    def likeness_of(self, slot: int, words: Scores) -> Scores:
        """Return how like the text of a slot the others are; of what has no vector its words are all."""
        self._all()
        vector = self._vectors.get(slot)
        return words if vector is None else self._like(vector, words)

    def vector(self, of: Iterable[str] | int) -> Vectors | None:
        """Return the vector of a text, or that of a slot; None if it has none."""
        if isinstance(of, int):
            self._all()
            return self._vectors.get(of)
        text = compared_text(of)
        if not text:
            return None
        if self._last is None or self._last[0] != hash(text):  # of one task it is asked several times
            self._last = hash(text), self._embed([text])[0]
        return self._last[1]

    def vectors(self) -> Mapping[int, Vectors]:
        """Return the vectors of all annotated tasks that have one, by slot."""
        self._all()
        return self._vectors

    def named(self, names: Mapping[int, str]) -> dict[int, Vectors]:
        """Return the vectors of labels' names, by label; of very many those of the first."""
        wanted = {label: compared_text([name]) for label, name in islice(names.items(), MOST_NAMES) if name}
        new = [name for name in dict.fromkeys(wanted.values()) if name not in self._names]
        if new:
            self._names.update(zip(new, self._embed(new), strict=True))
        found = {label: self._names[name] for label, name in wanted.items()}
        while len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)
        return found

    def _like(self, vector: Vectors, words: Scores) -> Scores:
        slots, vectors = self._all()
        near = vectors @ vector
        usual, best = float(near.mean()), float(near.max())
        # Any two texts are rather near each other: how much nearer than others one is tells.
        above = np.clip((near - usual) / (best - usual), 0, 1) if best > usual else np.zeros_like(near)
        found = words.copy()
        found[slots] = (1 - SHARE) * words[slots] + SHARE * above
        return found

    def _all(self) -> tuple[NDArray[np.int64], Vectors]:
        if self._waiting:
            made = self._embed(list(self._waiting.values()))
            self._vectors.update(zip(self._waiting, made, strict=True))
            self._waiting.clear()
            while len(self._vectors) > MOST_TEXTS:
                self._vectors.popitem(last=False)
            self._rows = None
        if self._rows is None:
            rows = np.stack(list(self._vectors.values())) if self._vectors else np.zeros((0, 1), np.float32)
            self._rows = np.array(list(self._vectors), np.int64), rows
        return self._rows


def compared_text(texts: Iterable[str]) -> str:
    """Return the text of which a vector is made, without tags."""
    said = ""
    for text in texts:
        said = f"{said} {without_tags(text[: 4 * MOST_CHARACTERS])}".strip()
        if len(said) >= MOST_CHARACTERS:
            break
    return said[:MOST_CHARACTERS]
