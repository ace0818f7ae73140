"""Which label the annotated tasks have that are most like a text, and how often that is right among themselves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from backend.review.similar.choosing import Candidate, best_slots
from backend.review.similar.ranking import Scores
from backend.review.similar.words import Words, is_double, shingles
from backend.review.venn_abers import VennAbers

NEAREST = 2
"""Annotated tasks of a label that speak for it: those most like the text."""
LATEST_TRIED = 200
"""Annotated tasks that are held against the others: the latest."""
LEAST_TRIED = 30
"""It takes so many to judge by."""
RENEWED = 20
"""They are held against each other anew when one in so many changed."""

Likeness: TypeAlias = Mapping[int, float]
"""How like a text what has a label is, by the label's hash."""


@dataclass(frozen=True)
class NearestTrial:
    """What the annotated tasks say of each other, each without itself.

    Attributes:
        leads: of each, by how much its likest label was before the next.
        right: whether that is its label.
    """

    leads: tuple[float, ...] = field(default=(), repr=False)
    right: tuple[bool, ...] = field(default=(), repr=False)

    @cached_property
    def _calibrator(self) -> VennAbers:
        return VennAbers(self.leads, self.right)

    @property
    def is_enough(self) -> bool:
        """Whether they can be judged by it."""
        return len(self.right) >= LEAST_TRIED

    def probability(self, lead: float) -> float:
        """Return how likely it is that a label with such a lead is right."""
        return self._calibrator.probability(lead)


@dataclass(frozen=True, slots=True)
class NearestLabel:
    """What the nearest say.

    Attributes:
        label: its hash.
        lead: by how much it is likelier than the next.
        trial: by what it is judged.
    """

    label: int
    lead: float
    trial: NearestTrial


def likeness_by_label(
    worth: Scores, own: Words, labels: Mapping[int, str], candidate: Callable[[int], Candidate]
) -> dict[int, float]:
    """Return how like a text those of each label are; none of labels that have no word in common with it.

    Args:
        worth: how like it each is, by slot.
        own: words of the text: what is nearly the same says nothing.
        labels: among which one is given to a task. What has none of them, or several, says nothing.
        candidate: returns what is known of a slot.
    """
    whole = shingles(own)
    found: dict[int, list[float]] = {}
    near = [(float(worth[slot]), candidate(slot)) for slot in best_slots(worth) if worth[slot] > 0]
    for like, one in sorted(near, key=lambda pair: (-pair[0], pair[1].number)):
        given = one.labels & labels.keys()
        if len(given) == 1 and not is_double(whole, shingles(one.words)):
            found.setdefault(next(iter(given)), []).append(like)
    return {label: sum(likes[:NEAREST]) / len(likes[:NEAREST]) for label, likes in found.items()}


def likest(likeness: Likeness) -> tuple[int, float] | None:
    """Return the label that is likest, and by how much it is before the next; None where none is."""
    order = sorted(likeness, key=lambda label: -likeness[label])[:2]
    if not order:
        return None
    return order[0], likeness[order[0]] - (likeness[order[1]] if len(order) > 1 else 0.0)


def tried_on_itself(own: Iterable[tuple[Candidate, Likeness]]) -> NearestTrial:
    """Return what annotated tasks say of each other.

    Args:
        own: each with one label, and how like it those of each label are without itself.
    """
    said = [(likest(likeness) or (0, 0.0), one.labels) for one, likeness in own]
    return NearestTrial(tuple(lead for (_, lead), _ in said), tuple(label in labels for (label, _), labels in said))
