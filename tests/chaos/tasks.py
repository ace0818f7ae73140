"""Tasks that tell themselves apart: what a model says about one can be recognised in its prediction, and in no other's.

Each is about a thing of its own, whose words say the task's number, and about a person who is in no other task and in
no list that surrogates are taken from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.parts import ALL

CONFIG = ALL
LOOKS = (
    "wooden broken heavy empty yellow narrow rusty dusty hollow folded painted crooked damaged dented faded greasy"
    " leaking polished scratched striped"
).split()
THINGS = (
    "bucket ladder basket kettle drawer shovel curtain saddle cushion lantern barrel bottle blanket cupboard hammer"
    " mattress stool suitcase teapot wheelbarrow"
).split()
CONTENTS = (
    "pears nails ropes stones boots plates spoons candles pebbles onions walnuts feathers bricks buttons carrots leaves"
    " needles papers towels wires"
).split()
BASE = len(LOOKS)
SYLLABLES = [f"{first}{second}" for first in "bdfgklmnpr" for second in "ao"]
FIRST_NAMES = ("Emily", "John", "Maria", "Peter", "Anna", "Robert", "Laura", "Martin")
CARD = "4111 1111 1111 1111"
"""A number that vendors give for tests. A task with one is refused to the external provider."""
_TEXT = "Report about the {thing}: Dr. {name} wrote from {mail} and asks to be called at {phone} before noon."
_PAID = "{text} The card was {card}."
THING = re.compile(rf"\b({'|'.join(LOOKS)}) ({'|'.join(THINGS)}) with ({'|'.join(CONTENTS)})\b")
SEEN = re.compile(rf"Report about the {THING.pattern}: (?:Dr\. )?(?P<name>.+?) wrote from .+? before noon\.")
"""A task's text, as a model sees it, whatever stands there in place of personal data."""


@dataclass(frozen=True, slots=True)
class ChaosTask:
    """What was planted in a task.

    Attributes:
        number: counted from 0, over all projects.
        is_paid: whether the number of a card stands in it.
    """

    number: int
    is_paid: bool = False

    @property
    def thing(self) -> str:
        """What it is about, and no other task."""
        look, thing, content = _digits(self.number)
        return f"{LOOKS[look]} {THINGS[thing]} with {CONTENTS[content]}"

    @property
    def surname(self) -> str:
        """The name of a person who is in no other task."""
        return f"Quor{''.join(SYLLABLES[digit] for digit in _digits(self.number))}haus"

    @property
    def name(self) -> str:
        """All of the person's."""
        return f"{FIRST_NAMES[self.number % len(FIRST_NAMES)]} {self.surname}"

    @property
    def phone(self) -> str:
        """The person's."""
        return f"+1 415 555 {self.number % 10_000:04}"

    @property
    def text(self) -> str:
        """All of it."""
        mail = f"{self.surname.lower()}@clinic.example"
        text = _TEXT.format(thing=self.thing, name=self.name, mail=mail, phone=self.phone)
        return _PAID.format(text=text, card=CARD) if self.is_paid else text

    @property
    def data(self) -> dict[str, str]:
        """As it is imported into Label Studio."""
        return {"text": self.text}

    def faults(self, result: list[dict[str, Any]]) -> list[str]:
        """Return what in a prediction's result is not this task's, or not where it belongs."""
        values = {region["from_name"]: region["value"] for region in result if region["from_name"] != "ner"}
        spans = [region["value"] for region in result if region["from_name"] == "ner"]
        checks = {
            "another's choice": values.get("mood", {}).get("choices") == [_mood(self.number)],
            "another's text": values.get("summary", {}).get("text") == [_seen(self.text)],
            "another's name": [span["text"].removeprefix("Dr. ") for span in spans] == [self.name],
            "a region in a wrong place": all(self.text[s["start"] : s["end"]] == s["text"] for s in spans),
        }
        return [what for what, holds in checks.items() if not holds]


def number_in(text: str) -> int | None:
    """Return the number of the task that a text is about; None if it is about none."""
    found = THING.search(text)
    if not found:
        return None
    look, thing, content = found.groups()
    return (LOOKS.index(look) * BASE + THINGS.index(thing)) * BASE + CONTENTS.index(content)


def told(request: Mapping[str, Any]) -> re.Match[str] | None:
    """Return the task's text that stands in a request, as the model sees it."""
    contents = [str(message["content"]) for message in request["messages"] if message["role"] == "user"]
    return next((found for content in contents if (found := SEEN.search(content))), None)


def right_answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer about the task that stands in a request: who it is about, and all that it says."""
    found = told(request)
    if not found:
        return {"mood": "Bad", "ner": [], "summary": ""}
    number = number_in(found[0])
    assert number is not None
    return {"mood": _mood(number), "ner": [{"text": found["name"], "label": "PER"}], "summary": found[0]}


def _digits(number: int) -> tuple[int, int, int]:
    return number // BASE**2 % BASE, number // BASE % BASE, number % BASE


def _mood(number: int) -> str:
    return "Good" if number % 2 else "Bad"


def _seen(text: str) -> str:
    found = SEEN.search(text)
    assert found
    return found[0]
