"""What a judge that is taught would let leak, and what it would needlessly lose: the tables of `make learn`'s check."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from backend.privacy.detect.fast.graph import Floats
from backend.privacy.detect.judging import ADDED, DROPPED, Word

PEOPLE = frozenset({"PERSON", "USERNAME"})


@dataclass(slots=True)
class Sample:
    """A word with all that is known of it."""

    text: int
    group: str
    word: Word
    told: dict[str, float]
    kind: str
    is_term: bool
    is_held: bool
    is_sure: bool
    may_be_added: bool


def report(some: Sequence[Sample], chance: Floats, out: Console) -> None:
    """Print what leaks and what is lost at some thresholds, and by kind at those in force."""
    table = Table(
        "dropped under", "added from", "texts leaking a name", "people's words kept", "needless", "terms lost"
    )
    for low, high in [(0.0, 2.0), *((a, b) for a in (0.01, 0.02, 0.05, 0.1, 0.2) for b in (0.1, 0.2, 0.3, 0.4, 2.0))]:
        table.add_row(f"{low}", f"{high}", *_row(some, _held(some, chance, low, high)))
    out.print(table)
    by_group = Table("kind", "leaking before", "after", "needless before", "after", "terms lost before", "after")
    held = {"before": _held(some, chance, 0.0, 2.0), "after": _held(some, chance, DROPPED, ADDED)}
    for group in sorted({s.group for s in some if s.group}):
        own = np.array([s.group == group for s in some])
        chosen = [s for s in some if s.group == group]
        before, after = (_row(chosen, held[when][own]) for when in held)
        by_group.add_row(group, *(cell for at in (0, 2, 3) for cell in (before[at], after[at])))
    out.print(by_group)


def _held(some: Sequence[Sample], chance: Floats, low: float, high: float) -> NDArray[np.bool_]:
    held = [
        s.is_sure or (c >= low if s.is_held else s.may_be_added and c >= high)
        for s, c in zip(some, chance, strict=True)
    ]
    return np.array(held)


def _row(some: Sequence[Sample], held: NDArray[np.bool_]) -> list[str]:
    people = [(s.text, h) for s, h in zip(some, held, strict=True) if s.kind in PEOPLE]
    leaking, naming = {text for text, h in people if not h}, {text for text, _ in people}
    others = Counter[bool]()
    for s, h in zip(some, held, strict=True):
        if not s.kind:
            others[bool(h)] += len(s.word.text)
    terms = [bool(h) for s, h in zip(some, held, strict=True) if s.is_term]
    return [
        f"{len(leaking)} of {len(naming)}",
        f"{sum(h for _, h in people) / max(len(people), 1):.1%}",
        f"{others[True] / max(others.total(), 1):.1%}",
        f"{sum(terms) / max(len(terms), 1):.1%}",
    ]
