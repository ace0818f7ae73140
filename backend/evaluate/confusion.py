"""Which types were given to the annotated values: what is hidden, but as something else."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from backend.evaluate.data import Annotated, Mark
from backend.evaluate.spans import SAME
from backend.privacy.entity_types import BANK_ACCOUNTS, DRIVER_LICENSES, PASSPORTS, PEOPLE, TAX_NUMBERS

NOTHING = ""
"""The type of a value that nothing covers."""
_SEVERAL = PEOPLE, BANK_ACCOUNTS, DRIVER_LICENSES, PASSPORTS, TAX_NUMBERS
_KINDS = {
    **SAME,
    **{entity_type: kind.types[0] for kind in _SEVERAL for entity_type in kind.types},
}
"""Types that are one kind, by the general one."""


def kind_of(entity_type: str) -> str:
    """Return the kind of a type: a country's own passport is a passport."""
    return _KINDS.get(entity_type, entity_type)


def confusion(documents: Sequence[Annotated], found: Sequence[Iterable[Mark]]) -> Mapping[tuple[str, str], int]:
    """Count annotated values by their kind and the kind that covers most of each.

    Args:
        documents: annotated texts.
        found: for each document what was redacted; no two may overlap.

    Returns:
        how many values there are of each pair: the annotated kind, and the given one or `NOTHING`.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for document, marks in zip(documents, found, strict=True):
        given = list(marks)
        for span in document.spans:
            shares = {mark: min(mark.end, span.end) - max(mark.start, span.start) for mark in given}
            best = max(shares, key=lambda mark: shares[mark], default=None)
            is_covered = best is not None and shares[best] > 0
            counts[kind_of(span.entity_type), kind_of(best.entity_type) if best and is_covered else NOTHING] += 1
    return counts
