"""What pymorphy's dictionary of Russian forms, and its guesses at unknown words, say of a word as a name."""

from dataclasses import dataclass
from typing import Any

from backend.system.memory import remembered
from backend.system.once import once

_PEOPLE = ("Name", "Surn", "Patr")
"""pymorphy's marks of given names, surnames, patronymics."""
_PLACES = ("Geox",)


@dataclass(frozen=True, slots=True)
class Readings:
    """How a word may be read.

    Attributes:
        person, place: how likely it is a part of a person's name, or a place, from 0 to 1.
        known: whether the dictionary has the word; if not, all is a guess by its ending.
        verb: whether it is most likely a verb.
        lemma: its likeliest dictionary form.
        alive: whether it is most likely somebody or an animal: a miller, a hare.
    """

    person: float
    place: float
    known: bool
    verb: bool = False
    lemma: str = ""
    alive: bool = False

    @property
    def kind(self) -> str:
        """PERSON or LOCATION, whatever is likelier."""
        return "PERSON" if self.person >= self.place else "LOCATION"

    @property
    def name(self) -> float:
        """How likely it is either of them."""
        return max(self.person, self.place)


@once
def _morph() -> Any:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


@remembered(50_000)
def read(word: str) -> Readings:
    """Return the readings of a word in small letters; of parts with a hyphen, those of the likeliest name."""
    parts = [_read(part) for part in word.split("-") if part]
    if len(parts) == 1:
        return parts[0]
    best = max(parts, key=lambda readings: readings.name)
    return Readings(best.person, best.place, all(part.known for part in parts))


def _read(word: str) -> Readings:
    parses = _morph().parse(word)
    person = sum(parse.score for parse in parses if any(mark in parse.tag for mark in _PEOPLE))
    place = sum(parse.score for parse in parses if any(mark in parse.tag for mark in _PLACES))
    verb = "VERB" in parses[0].tag
    alive = "NOUN" in parses[0].tag and "anim" in parses[0].tag
    return Readings(person, place, _morph().word_is_known(word), verb, parses[0].normal_form, alive)
