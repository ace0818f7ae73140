"""What the texts of each label mean, on the whole: of its annotated tasks and of its own name together.

A text has the label whose centre it is nearest to, which takes few examples of each and no training (Snell et al.,
"Prototypical Networks for Few-shot Learning", arXiv 1703.05175). A name is one more example of its label.
"""

from collections.abc import Collection, Mapping

import numpy as np

from backend.review.similar.meaning import Vectors

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
        own = {slot: tasks[slot] for slot in label_of}
        # Any two texts are rather near each other: what all have in common tells nothing.
        self._usual = np.mean([*names.values(), *own.values()], axis=0)
        self._sums = np.zeros((len(self._labels), len(self._usual)), np.float32)
        for label, vector in names.items():
            self._sums[self._labels[label]] += NAMED * (vector - self._usual)
        self._tasks = {slot: (self._labels[label_of[slot]], vector - self._usual) for slot, vector in own.items()}
        for row, vector in self._tasks.values():
            self._sums[row] += vector

    def likeness(self, vector: Vectors, left_out: Collection[int]) -> dict[int, float]:
        """Return how near a text each label's centre is, 1 at most; of a label of which nothing is left there is none.

        Args:
            vector: of the text.
            left_out: slots of tasks that say nothing.
        """
        sums = self._sums.copy()
        for row, own in (self._tasks[slot] for slot in left_out if slot in self._tasks):
            sums[row] -= own
        lengths = np.linalg.norm(sums, axis=1)
        own = vector - self._usual
        there = lengths > _NOTHING
        found = sums @ own / np.where(there, lengths, 1.0) / max(float(np.linalg.norm(own)), _NOTHING)
        # Rounded, since the last digits hang on the processor.
        return {label: round(float(found[row]), 5) for label, row in self._labels.items() if there[row]}


_NOTHING = 1e-5
