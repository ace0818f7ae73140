"""The files of `never_redact` and `always_redact`: what is wrong in them, and what their owner should look at again.

An entry is named by its line: those of the one are words of a trade, those of the other are secrets.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import PolicyFileError, SettingsError
from backend.policy.file.list_keys import VARIABLE, keys_for
from backend.policy.file.schema import SettingsForm
from backend.privacy.hashed import name_of
from backend.privacy.listed import FIRST_NAMES, MOST_ENTRIES, SURNAMES, entries, hashed, wrong_value, wrong_word
from backend.privacy.names.gazetteer import PLACES
from backend.privacy.names.parts import ALSO_WORDS, stem
from backend.system.snapshot import Snapshot

if TYPE_CHECKING:
    from backend.policy.file.loaded import Loaded

MOST_CAUTIONS = 20
"""Of one file."""
MOST_SEARCHED = 1_000
"""Entries of a file that patterns look at."""
_FIRST_STEMS, _LAST_STEMS = (
    frozenset(stem(name) for name in listed if not name.isascii()) for listed in (FIRST_NAMES, SURNAMES)
)
_WRONG: dict[str, Callable[[str], str]] = {"never_redact": wrong_word, "always_redact": wrong_value}


def check_lists(form: SettingsForm, contents: Mapping[Path, bytes], snapshot: Snapshot) -> None:
    """Check the lists that settings name.

    Args:
        form: the settings.
        contents: UTF-8 of the files by their paths, as the form has them.
        snapshot: by which the keys of hashed values are read.

    Raises:
        PolicyFileError: an entry is none, there are too many, or the key of a hashed one is not here. Names the line,
            never what stands there.
    """
    for name, wrong in _WRONG.items():
        path = getattr(form, name)
        for count, (line, entry) in enumerate(entries(contents[Path(path)].decode("utf-8-sig")) if path else (), 1):
            if problem := wrong(entry):
                remedy = "write one entry a line, a type behind a tab" if wrong is wrong_value else "write words"
                raise PolicyFileError(Path(path), f"{name}: the entry {problem}", remedy, line)
            if count > MOST_ENTRIES:
                raise PolicyFileError(Path(path), f"has more than {MOST_ENTRIES} entries", "remove some", line)
    if form.always_redact:
        _check_keys(Path(form.always_redact), contents[Path(form.always_redact)].decode("utf-8-sig"), snapshot)


def _check_keys(path: Path, text: str, snapshot: Snapshot) -> None:
    """Check that the keys of hashed values are here: without them nobody could tell that such a value stands there."""
    problem = ""
    known: set[str] = set()
    try:
        known = {name_of(key) for key in keys_for(text, snapshot)}
    except SettingsError as error:
        problem = error.reason
    for line, entry in hashed(text):
        if problem:
            said = "always_redact: the entry is hashed, and its key cannot be read"
            raise PolicyFileError(path, said, problem, line)
        if entry.key not in known:
            said = f"always_redact: the entry is hashed by the key {entry.key}, which is not here"
            raise PolicyFileError(path, said, f"name its file in {VARIABLE}", line)


def list_cautions(loaded: "Loaded") -> Iterator[str]:
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
        elif kind := common_kind(entry):
            yield line, f"the entry is {kind} - people of this name may leave where nothing else tells that they are"


def common_kind(entry: str) -> str:
    """Say in words what many people or places are called by an entry; "" if it is no such name."""
    entry = entry.lower()
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
    from backend.privacy.patterns import scan_patterns  # noqa: PLC0415 - hundreds of patterns, and seldom a list

    lines = [(line, entry) for line, entry in entries(text) if "@" in entry or sum(map(str.isdigit, entry)) >= 4]
    for number, (line, entry) in enumerate(lines):
        if number >= MOST_SEARCHED:
            return
        if found := max(scan_patterns(entry), key=lambda d: d.end - d.start, default=None):
            yield line, found.entity_type
