"""What a guard lists: the form of its answer, and where in a text the values stand that it names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field, create_model, model_validator

from backend.privacy.text.merge import GUARD
from backend.privacy.text.scripts import Edge, Fit, edge, fit
from backend.privacy.types import Detection
from backend.prompting.answer_form import Answer
from backend.results.grounding import Place, Text, widen

Kind = Literal[
    "PERSON",
    "ORGANIZATION",
    "LOCATION",
    "STREET_ADDRESS",
    "PHONE_NUMBER",
    "EMAIL_ADDRESS",
    "ID_NUMBER",
    "DATE_TIME",
    "USERNAME",
    "SECRET",
]
"""The entity types that a guard tells apart."""
MOST = (25, 50, 100, 200)
"""Values that a guard may list of a piece, by its length; one that lists as many has not come to an end."""
BYTES = 16
"""Of a piece, in UTF-8, to which it may have a value: a name and what stands around it are seldom shorter."""
LONGEST = 200
"""Characters of a value; what is longer is no value but a passage."""
LEAST = 2
"""Letters and digits of a value in Latin script: one alone stands everywhere."""
STEM = 4
"""Letters of a value that may be the beginning of a word, where it is no word: a model leaves endings out."""
SCORE = 0.85
"""Of what a guard lists, as Presidio has it of a model's names: less than a checksum's, and over usual thresholds."""

_GIVEN = (
    "Quillon Ottoline Thaddeus Isolde Leopold Verena Ansgar Rosalind Casimir Henrike Lucian Philippa Barnaby Cosima"
    " Florian Griselda Hadrian Imogen Jocelyn Lavinia Magnus Nerissa Octavian Perdita"
).split()
_SURNAMES = (
    "Ashgrove Wintermead Ferncastle Holloway Brackwater Thornbury Marchbanks Eastlake Quartermain Selby Aldercott"
    " Birchfield Coldridge Duskwell Elmhurst Foxcombe Greywether Hartsfield Inglemoor Kestrelby Longmarsh Oakhanger"
).split()


def _by_type(schema: dict[str, Any]) -> None:
    """Write the form of a value as an object whose one key is its type: what a model writes takes its time."""
    schema.clear()
    options = ({"properties": {kind: {"type": "string"}}, "required": [kind]} for kind in get_args(Kind))
    schema["anyOf"] = [{"type": "object", "additionalProperties": False, **option} for option in options]


class Value(Answer):
    """A value that a guard lists, as `{"PERSON": "…"}`."""

    model_config = ConfigDict(json_schema_extra=_by_type)

    type: Kind
    value: str = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _told(cls, said: Any) -> Any:
        """Take the one key for the type."""
        if isinstance(said, dict) and len(said) == 1:
            ((kind, value),) = said.items()
            return {"type": kind, "value": value}
        return said


class Listing(Answer):
    """A guard's answer about a piece of a text."""

    found: list[Value] = Field(repr=False)

    @classmethod
    def of(cls, piece: str) -> "type[Listing]":
        """Return the form of an answer about a piece, whose list is bounded by the piece's length."""
        wanted = len(piece.encode("utf-8", "surrogatepass")) // BYTES
        return _bounded(next((most for most in MOST if most >= wanted), MOST[-1]))

    def has_end(self) -> bool:
        """Say whether it ended before its bound: a small model may repeat a value until it is stopped."""
        bound: int = type(self).model_fields["found"].metadata[0].max_length
        return len(self.found) < bound


@cache
def _bounded(most: int) -> type[Listing]:
    return create_model("Listing", __base__=Listing, found=(list[Value], Field(max_length=most, repr=False)))


@dataclass(frozen=True, slots=True)
class Canary:
    """Somebody invented whose name is put below a piece: a guard that does not list it has not read it to its end."""

    name: str

    @classmethod
    def of(cls, piece: str, key: bytes) -> "Canary":
        """Choose one that nobody can foretell who has not the key, and that does not stand in the piece."""
        chosen = int.from_bytes(sha256(key + piece.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        names = [f"{given} {surname}" for given in _GIVEN for surname in _SURNAMES]
        start, taken = chosen % len(names), piece.casefold()
        free = (name for name in (*names[start:], *names[:start]) if name.casefold() not in taken)
        return cls(next(free, names[start]))

    def is_listed(self, listing: Listing) -> bool:
        """Say whether a guard lists it."""
        return any(self.name.casefold() in value.value.casefold() for value in listing.found)

    def is_it(self, value: Value) -> bool:
        """Say whether a value is it; a part of it may be somebody's whom the text names."""
        return value.value.strip().casefold() == self.name.casefold()


def ground(text: str, values: Iterable[Value]) -> tuple[list[Detection], int]:
    """Find each value wherever it stands in a text.

    Args:
        text: the piece that was shown.
        values: what the guard lists of it.

    Returns:
        What was found, and how many values stand nowhere.
    """
    looked, found, dropped = Text(text), set[Detection](), 0
    for value in values:
        places = list(_places(looked, value.value))
        found |= {Detection(start, end, value.type, SCORE, GUARD) for start, end in places}
        dropped += not places
    return sorted(found), dropped


def _places(text: Text, value: str) -> Iterator[Place]:
    """Yield where a value stands; where it is part of a word, such as a name with an ending, the whole word."""
    told = [char for char in value if char.isalnum()]
    if len(value) > LONGEST or not told or (len(told) < LEAST and told[0].isascii()):
        return
    places = [(fit(text.text, *place), place) for place in text.every(value)]
    words = [place for kind, place in places if kind is not Fit.NONE]
    if len(told) >= STEM and not words:
        words = [place for _, place in places if edge(text.text, place[0]) is Edge.FREE]
    for place in words:
        yield place if fit(text.text, *place) is Fit.WHOLE else widen(text.text, *place, "word")
