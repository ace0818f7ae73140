"""Which rules can never decide, since one above them matches all that they match. Says so only where it is sure."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from backend.policy.file.conditions import GlobsForm, MatchForm
from backend.policy.match import Match

_WILD = frozenset("*?[")


def unreachable(matches: Sequence[Match]) -> Iterator[tuple[int, int]]:
    """Yield the places of rules that never decide, each with that of the rule above that takes all its tasks.

    Args:
        matches: the rules' conditions, from top to bottom.
    """
    above: list[tuple[int, MatchForm]] = []
    for place, match in enumerate(matches):
        taker = next((other for other, form in above if _takes(form, match.form)), None)
        if taker is not None:
            yield place, taker
        elif not match.of_texts:  # what is found in a text depends on the rule that looks
            above.append((place, match.form))


def _takes(above: MatchForm, below: MatchForm) -> bool:
    """Say whether one rule surely matches all that another matches."""
    for name in ("project", "title", "path"):
        if (wide := getattr(above, name)) is not None and not _covers(wide, getattr(below, name)):
            return False
    for name in ("control_tags", "object_tags"):
        if (tags := getattr(above, name)) is not None and not _covers_tags(tags, getattr(below, name)):
            return False
    return _says(above.fields, below.fields) and _says(above.meta, below.meta)


def _says(above: Mapping[str, Any] | None, below: Mapping[str, Any] | None) -> bool:
    """Say whether each condition of one rule stands word for word in the other."""
    return all(name in (below or {}) and (below or {})[name] == form for name, form in (above or {}).items())


def _covers_tags(above: GlobsForm, below: GlobsForm | None) -> bool:
    if below is None:
        return False
    if above.any is not None:
        return _covers(above.any, below.any or below.each)
    return below.any is None and _covers(above.each or (), below.each)


def _covers(above: Sequence[str], below: Sequence[str] | None) -> bool:
    """Say whether all that some patterns fit is surely fitted by others."""
    return below is not None and all(any(_is_within(pattern, wide) for wide in above) for pattern in below)


def _is_within(pattern: str, wide: str) -> bool:
    """Say whether all that a pattern fits surely fits a wider one: `3*` all of `30`, `31*` and `3?`."""
    if pattern == wide or (wide.endswith("*") and not _WILD & set(wide[:-1]) and pattern.startswith(wide[:-1])):
        return True
    return not _WILD & set(pattern) and fnmatchcase(pattern, wide)
