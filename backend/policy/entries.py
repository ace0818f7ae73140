"""The files of `never_redact` and `always_redact`: what is wrong in them, and what their owner should look at again.

An entry is named by its line: those of the one are words of a trade, those of the other are secrets.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import PolicyFileError
from backend.gazetteer import PLACES
from backend.listed import FIRST_NAMES, MOST_ENTRIES, SURNAMES, entries, wrong_value, wrong_word
from backend.names import ALSO_WORDS, stem
from backend.patterns import scan_patterns
from backend.policy.schema import SettingsForm

if TYPE_CHECKING:
    from backend.policy.files import Loaded

MOST_CAUTIONS = 20
"""Of one file."""
MOST_SEARCHED = 1_000
"""Entries of a file that patterns look at."""
_FIRST_STEMS, _LAST_STEMS = (
    frozenset(stem(name) for name in listed if not name.isascii()) for listed in (FIRST_NAMES, SURNAMES)
)
_WRONG: dict[str, Callable[[str], str]] = {"never_redact": wrong_word, "always_redact": wrong_value}


def check_lists(form: SettingsForm, contents: Mapping[Path, bytes]) -> None:
    """Check the lists that settings name.

    Args:
        form: the settings.
        contents: UTF-8 of the files by their paths, as the form has them.

    Raises:
        PolicyFileError: an entry is none, or there are too many. Names the line, never what stands there.
    """
    for name, wrong in _WRONG.items():
        path = getattr(form, name)
        for count, (line, entry) in enumerate(entries(contents[Path(path)].decode("utf-8-sig")) if path else (), 1):
            if problem := wrong(entry):
                remedy = "write one entry a line, a type behind a tab" if wrong is wrong_value else "write words"
                raise PolicyFileError(Path(path), f"{name}: the entry {problem}", remedy, line)
            if count > MOST_ENTRIES:
                raise PolicyFileError(Path(path), f"has more than {MOST_ENTRIES} entries", "remove some", line)


def cautions(loaded: "Loaded") -> Iterator[str]:
    """Yield which entries of `never_redact` are common names, places, or have a form that is always replaced."""
    settings = (*loaded.form.rules, *loaded.profiles.values())
    for path in dict.fromkeys(form.never_redact for form in settings if form.never_redact):
        found = list(islice(_cautions(loaded.text(path)), MOST_CAUTIONS + 1))
        for line, said in found[:MOST_CAUTIONS]:
            yield f"{Path(path).name}:{line}: never_redact: {said}"
        if len(found) > MOST_CAUTIONS:
            yield f"{Path(path).name}: never_redact: more entries are such"


def _cautions(text: str) -> Iterator[tuple[int, str]]:
    formed = dict(_formed(text))
    for line, entry in entries(text):
        if line in formed:
            yield line, f"the entry looks like {formed[line]}, which is replaced nevertheless - remove it"
        elif kind := _is_somebodys(entry.lower()):
            yield line, f"the entry is {kind} - people of this name may leave where nothing else tells that they are"


def _is_somebodys(entry: str) -> str:
    if entry in PLACES:
        return "a place"
    words = entry.replace("-", " ").split()
    if words and (words[0] in FIRST_NAMES or stem(words[0]) in _FIRST_STEMS):
        return "a common first name"
    if words and (words[-1] in SURNAMES or stem(words[-1]) in _LAST_STEMS):
        return "a common surname"
    return "a word that is a name too" if entry in ALSO_WORDS else ""


def _formed(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of entries that a pattern finds, and as what; not all are looked at, which takes a while."""
    lines = [(line, entry) for line, entry in entries(text) if "@" in entry or sum(map(str.isdigit, entry)) >= 4]
    for number, (line, entry) in enumerate(lines):
        if number >= MOST_SEARCHED:
            return
        if found := max(scan_patterns(entry), key=lambda d: d.end - d.start, default=None):
            yield line, found.entity_type
