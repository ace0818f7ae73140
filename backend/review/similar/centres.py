"""What the texts of each label mean, on the whole: of its annotated tasks and of its own name together.

A text has the label whose centre it is nearest to, which takes few examples of each and no training (Snell et al.,
"Prototypical Networks for Few-shot Learning", arXiv 1703.05175). A name is one more example of its label.
"""

from collections.abc import Collection, Mapping

import numpy as np

from backend.system.embedding import Vectors

NAMED = 2
"""Annotated tasks that a label's own name counts as. Chosen among those that `bench-learning` may annotate."""


class LabelCentres:
    """The centres of some labels. May be asked by several threads.

    Args:
        names: vectors of their names.
        tasks: vectors of annotated tasks, by slot.
        label_of: the label of each of these, by slot.
    """

    def __init__(self, names: Mapping[int, Vectors], tasks: Mapping[int, Vectors], label_of: Mapping[int, int]) -> None:
        self._labels = {label: row for row, label in enumerate(dict.fromkeys((*names, *label_of.values())))}
        shape = len(self._labels), len(next(iter((*names.values(), *tasks.values()))))
        self._sums, self._counts = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
        for label, vector in names.items():
            self._add(self._labels[label], vector, NAMED)
        self._tasks = {slot: (self._labels[label], tasks[slot]) for slot, label in label_of.items()}
        for row, vector in self._tasks.values():
            self._add(row, vector, 1)
        # Any two texts are rather near each other: what those of all labels have in common tells nothing.
        self._usual = (self._sums / self._counts[:, None]).mean(axis=0)

    def _add(self, row: int, vector: Vectors, count: int) -> None:
        self._sums[row] += count * vector
        self._counts[row] += count

    def likeness(self, vector: Vectors, left_out: Collection[int]) -> dict[int, float]:
        """Return how near a text each label's centre is, 1 at most; of a label of which nothing is left there is none.

        Args:
            vector: of the text.
            left_out: slots of tasks that say nothing.
        """
        sums, counts = self._sums.copy(), self._counts.copy()
        for row, left in (self._tasks[slot] for slot in left_out if slot in self._tasks):
            sums[row] -= left
            counts[row] -= 1
        above, own = sums - counts[:, None] * self._usual, vector - self._usual
        lengths = np.linalg.norm(above, axis=1)
        there = (counts > 0) & (lengths > _NOTHING)
        found = above @ own / np.where(there, lengths, 1.0) / max(float(np.linalg.norm(own)), _NOTHING)
        # Rounded, since the last digits hang on the processor.
        return {label: round(float(found[row]), 5) for label, row in self._labels.items() if there[row]}


_NOTHING = 1e-5
