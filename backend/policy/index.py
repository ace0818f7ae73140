"""Finds the rules that may match a project among thousands, without asking each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from backend.policy.match import Match, Subject

_WILD = "*?["
_KEYS = ("project", "path", "title")


class RuleIndex:
    """The rules by what their patterns on project, path or title begin with.

    Args:
        matches: the rules' conditions, from top to bottom.
    """

    def __init__(self, matches: Sequence[Match]) -> None:
        self._always: list[int] = []
        self._places: dict[str, dict[str, list[int]]] = {key: defaultdict(list) for key in _KEYS}
        for place, match in enumerate(matches):
            self._add(place, match)
        self._lengths = {key: sorted(set(map(len, places))) for key, places in self._places.items()}

    def _add(self, place: int, match: Match) -> None:
        for key in _KEYS:
            patterns = getattr(match.form, key)
            if patterns is not None:
                for beginning in {_beginning(pattern) for pattern in patterns}:
                    self._places[key][beginning].append(place)
                return
        self._always.append(place)

    def places(self, subject: Subject) -> list[int]:
        """Return the places of the rules that may match, from top to bottom."""
        found = set(self._always)
        for key in _KEYS:
            found.update(*self._begun(key, getattr(subject, key)))
        return sorted(found)

    def _begun(self, key: str, value: str) -> Iterator[list[int]]:
        places = self._places[key]
        for length in self._lengths[key]:
            if length <= len(value) and (own := places.get(value[:length])):
                yield own


def _beginning(pattern: str) -> str:
    """Return what stands in a pattern before its first wild card."""
    return pattern[: min((at for mark in _WILD if (at := pattern.find(mark)) >= 0), default=len(pattern))]
