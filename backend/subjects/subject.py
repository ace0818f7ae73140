"""Whom it is about, where it is looked for, and what was found: numbers and times, never a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from backend.privacy.last_look import strings_in
from backend.privacy.text.normalize import fold
from backend.privacy.text.value_search import ValueSearch
from backend.review.reviews import Reviews
from backend.store import Store

LEAST_PART = 5
"""Letters and digits of a value from which on it is found within words, too."""


@dataclass(frozen=True)
class DataSubject:
    """What is asked for: a task, or values such as a name in its spellings.

    Attributes:
        project: Label Studio's number; "" for any.
        task: likewise; "" where values are asked for.
        values: all of them stand for one.
    """

    project: str = ""
    task: str = ""
    values: tuple[str, ...] = field(default=(), repr=False)

    def is_in(self, said: object) -> bool:
        """Say whether any of the values stands in JSON: in any case, with any blanks, numbers with any separators."""
        texts = [text for _, text in strings_in(said, "")]
        return any(self._search.finds(text) or self._is_part(text) for text in texts)

    def _is_part(self, text: str) -> bool:
        form = _blanks(text)
        return any(part in form for part in self._parts)

    @cached_property
    def _search(self) -> ValueSearch:
        return ValueSearch(self.values, any_case=True)

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        return tuple(_blanks(value) for value in self.values if sum(map(str.isalnum, value)) >= LEAST_PART)


def _blanks(text: str) -> str:
    return " ".join(fold(text).split())


@dataclass(frozen=True, slots=True)
class SubjectSources:
    """Where it is looked for.

    Attributes:
        store: the state.
        reviews: what is known of reviews, in the same.
        secret: under which it is encrypted.
        policy: the policy's file, whose lists are looked through.
    """

    store: Store
    reviews: Reviews
    secret: bytes = field(repr=False)
    policy: Path


def _nothing() -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Holding:
    """What one place holds about it.

    Attributes:
        place: its name.
        count: how many entries.
        first, last: when the oldest and the newest was written, where that is known; Unix time.
        until: for how long they are kept, in words.
        expires: when the last of them is erased by itself, where that is known; Unix time.
        may_erase: whether they may be erased.
        why: what they are, and why they stay if they do.
        unread: how many could not be looked into: their key is another.
        where: which they are, as far as that helps: tasks as `PROJECT/TASK`, lines of files.
        erase: erases them, and returns how many there were.
    """

    place: str
    count: int
    until: str
    why: str
    first: float | None = None
    last: float | None = None
    expires: float | None = None
    may_erase: bool = False
    unread: int = 0
    where: tuple[str, ...] = ()
    erase: Callable[[], int] = field(default=_nothing, repr=False, compare=False)


def tasks_named(numbers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Write tasks by the numbers of project and task, each once, those without a number left out."""
    return tuple(sorted({f"{project}/{task}" for project, task in numbers if task}))
