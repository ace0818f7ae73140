"""A pattern: the form of one kind of personal data, where it may begin, and how sure its form makes us."""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import cache

from backend.privacy.patterns.context import Beside
from backend.privacy.types import Detection

Check = Callable[[str], bool]

NAMED = 0.85
"""Score at least of a mistyped value that a word right beside it names: a model only guesses at its type."""
SPECIFIC = 0.9
"""Score at least of a value of the right form that a word right beside it names."""
GENERAL = 0.842
"""The same, of a type that takes any number: more than a model's guess, less than a type that has a form."""
_GENERAL = {"ID_NUMBER": GENERAL, "US_BANK_NUMBER": 0.845}

_END = r"(?!\w|[-./]\d)"


def number(form: str, flags: int = 0) -> re.Pattern[str]:
    """Compile a form that ends where its word ends, and no further number is joined to it."""
    return re.compile(rf"(?:{form}){_END}", flags)


def word(form: str) -> re.Pattern[str]:
    """Compile a form that begins with a trigger word, in any case; its group `v` is the value."""
    return re.compile(form, re.IGNORECASE)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as a sentence, since such lists are long."""
    return tuple(text.split())


@cache
def _kinds(context: str) -> frozenset[str]:
    return frozenset(context.split())


@dataclass(frozen=True, slots=True)
class Pattern:
    """The form of one kind of personal data. It is tried only where `starts` or `triggers` say.

    Attributes:
        name: what `--explain` shows.
        entity_type: Presidio's where it has one.
        regex: the form, tried by `match`; the group `v`, if it has one, is the value.
        starts: where it may begin, separated by spaces: `3` at a group of three digits, `A2` at two letters that stand
            before a digit, `*` and `A*` at any, `+` at a plus, a minus or an opening bracket before a digit.
        triggers: lower-case words at which it may begin.
        score: of the form alone; 0 if the form alone does not tell.
        valid: of the form with a valid checksum; 0 if that does not tell either.
        context: kinds of context, separated by spaces (see `backend.privacy.patterns.context`).
        confirmed: of the form beside a word of its context.
        check: the checksum, or another rule that mistyped values break: they are reported nonetheless.
        accept: what the value must fulfil to be reported at all.
    """

    name: str
    entity_type: str
    regex: re.Pattern[str]
    starts: str = ""
    triggers: str = ""
    score: float = 0.0
    valid: float = 0.0
    context: str = ""
    confirmed: float = 0.85
    check: Check | None = None
    accept: Check | None = None

    def is_possible(self, around: Set[str]) -> bool:
        """Say whether it could tell anything in a text that has words of these kinds of context."""
        return bool(self.score or self.valid) or not around.isdisjoint(_kinds(self.context))

    def detection(self, match: re.Match[str], near: Callable[[], Beside]) -> Detection | None:
        """Judge a match.

        Args:
            match: of `regex`.
            near: returns the words beside the match.
        """
        group = "v" if "v" in self.regex.groupindex else 0
        value = match[group]
        if not value or (self.accept is not None and not self.accept(value)):
            return None
        is_valid = self.check is not None and self.check(value)
        score, why = self.score, ""
        if is_valid and self.valid > score:
            score, why = self.valid, ", checksum valid"
        if self.context and score < max(self.confirmed, SPECIFIC):
            sure = self._beside(near(), is_valid or self.check is None)
            if sure > score:
                score, why = sure, f"{why}, context"
        if not score:
            return None
        start, end = match.span(group)
        return Detection(start, end, self.entity_type, score, f"Patterns: {self.name}{why}")

    def _beside(self, beside: Beside, is_right: bool) -> float:
        """Return the score of a value beside words of its context; 0 if there are none."""
        context = _kinds(self.context)
        if beside.kinds.isdisjoint(context):
            return 0.0
        is_named = not beside.named.isdisjoint(context)
        if not is_right:
            return max(self.confirmed - 0.15, NAMED if is_named else 0.0)
        return max(self.confirmed, _GENERAL.get(self.entity_type, SPECIFIC) if is_named else 0.0)
