"""What `labelguard privacy bench` may be asked to hold, so that a build fails where redaction got worse."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from backend.errors import RequestError

if TYPE_CHECKING:
    from rich.table import Table

    from backend.evaluate import Figures


class Bound(NamedTuple):
    """What a system must reach.

    Attributes:
        reached: with counts, so that a share just below the bound is told from it.
    """

    system: str
    what: str
    asked: str
    reached: str
    holds: bool


def bounds_of(
    measured: Mapping[str, "Figures"], min_recall: float | None, max_needless: float | None
) -> Iterator[Bound]:
    """Yield what is asked of each system, and whether it holds.

    Args:
        measured: figures by system.
        min_recall: least share of the values that is wholly covered; None if nothing is asked.
        max_needless: greatest share of the other characters that is redacted, likewise.

    Raises:
        RequestError: no value could leak, so that nothing can be said.
    """
    for name, figures in measured.items():
        wanted = figures.wanted
        if min_recall is not None:
            if not wanted.spans:
                raise RequestError("--min-recall: the data has no value that must not leak - see --types")
            reached = f"{_exact(wanted.full)} ({wanted.covered} of {wanted.spans})"
            holds = wanted.full >= min_recall
            yield Bound(name, "values wholly covered", f"at least {_exact(min_recall)}", reached, holds)
        if max_needless is not None:
            reached = f"{_exact(figures.over_redaction)} ({figures.needless} of {figures.outside})"
            holds = not figures.outside or figures.over_redaction <= max_needless
            yield Bound(name, "other characters redacted", f"at most {_exact(max_needless)}", reached, holds)


def percent(share: float, digits: int = 1) -> str:
    """Return a share in percent; a dash if it is a share of nothing."""
    return "–" if math.isnan(share) else f"{share:.{digits}%}".replace("%", " %")


def _exact(share: float) -> str:
    return percent(share, 2)


def bound_table(bounds: Sequence[Bound]) -> "Table":
    """Return a table of bounds, for people."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("bound", "of", "asked", "reached", ""):
        table.add_column(column)
    for bound in bounds:
        style = "green" if bound.holds else "bold red"
        said = "holds" if bound.holds else "does not hold"
        table.add_row(bound.what, bound.system, bound.asked, bound.reached, said, style=style)
    return table
