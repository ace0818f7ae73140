"""An annotation beside an answer → how much of it the answer has: one number, by which prompts are compared."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from backend.evaluate.labels.answers import Value, read_answer
from backend.evaluate.labels.choices import dice
from backend.evaluate.labels.scales import kendall
from backend.system.writing import JSON


def annotation_score(truth: Iterable[JSON], given: Iterable[JSON]) -> float:
    """Return how alike two sets of results are, from 0 to 1: the mean over what either says something of.

    Choices and spans count by F1, with exact offsets and labels; texts by how many characters stay the same; rankings
    by the share of pairs in the right order; a number is right or wrong.

    Args:
        truth: as people annotated.
        given: as an answer has it.
    """
    said, guessed = read_answer(truth)[0].values, read_answer(given)[0].values
    places = said.keys() | guessed.keys()
    return sum(_alike(said.get(place), guessed.get(place)) for place in places) / len(places) if places else 1.0


def _alike(one: Value | None, other: Value | None) -> float:
    if isinstance(one, frozenset | None) and isinstance(other, frozenset | None):
        return dice(one or (), other or ())
    if isinstance(one, str) and isinstance(other, str):
        return fuzz.ratio(one.strip(), other.strip()) / 100
    if isinstance(one, tuple) and isinstance(other, tuple):
        return (kendall(one, other) + 1) / 2
    return float(one == other)
