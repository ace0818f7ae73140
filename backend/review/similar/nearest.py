"""Which label the annotated tasks have that are most like a text, and how often that is right among themselves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.review.similar.choosing import Candidate, best_slots
from backend.review.similar.ranking import Scores
from backend.review.similar.words import Words, is_double, shingles

NEAREST = 2
"""Annotated tasks of a label that speak for it: those most like the text."""
LATEST_TRIED = 200
"""Annotated tasks that are held against the others: the latest."""
RENEWED = 20
"""They are held against each other anew when one in so many changed."""


@dataclass(frozen=True, slots=True)
class NearestLabel:
    """What the nearest say.

    Attributes:
        label: its hash.
        right: of how many annotated tasks the others that are most like them have the same label.
        tried: how many annotated tasks were asked.
    """

    label: int
    right: int
    tried: int


def label_of_nearest(
    worth: Scores, own: Words, labels: frozenset[int], candidate: Callable[[int], Candidate]
) -> int | None:
    """Return the label of those most like a text; None if none has a word or a meaning in common with it.

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
        given = one.labels & labels
        if len(given) == 1 and not is_double(whole, shingles(one.words)):
            found.setdefault(next(iter(given)), []).append(like)
    return max(found, key=lambda label: _mean(found[label][:NEAREST]), default=None)


def tried_on_itself(
    slots: Iterable[int],
    labels: frozenset[int],
    worth_of: Callable[[int], Scores],
    candidate: Callable[[int], Candidate],
) -> tuple[int, int]:
    """Return of how many annotated tasks the label is what the others say, and how many there are.

    Args:
        slots: theirs, the latest last.
        labels, candidate: as above.
        worth_of: returns how like it the others are, below 0 for itself.
    """
    own = [one for slot in list(slots)[-LATEST_TRIED:] if len((one := candidate(slot)).labels & labels) == 1]
    said = (label_of_nearest(worth_of(one.slot), one.words, labels, candidate) in one.labels for one in own)
    return sum(said), len(own)


def _mean(likes: list[float]) -> float:
    return sum(likes) / len(likes)
