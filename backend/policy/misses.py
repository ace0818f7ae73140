"""Values that leaked, added to a file of `always_redact` as hashes, so that they leak no more and nobody reads them."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.errors import RequestError, SettingsError
from backend.policy.file.entries import common_kind
from backend.policy.file.files import load_whole
from backend.policy.file.list_keys import VARIABLE, list_keys
from backend.privacy.hashed import hashed_entry, read_entry
from backend.privacy.listed import entries, is_type, valued, wrong_value
from backend.privacy.text.value_search import is_ordinary
from backend.system.disk import MOST, locked_folder, problem_of, read_bounded, write_whole

SHORT = 5
"""A value of fewer letters and digits stands in many texts."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of values.

    Attributes:
        new: how many were added.
        renewed: how many were there by an older key, and have the newest now.
        known: how many were there already, hashed or as they are.
    """

    new: int = 0
    renewed: int = 0
    known: int = 0


def lists_of_values(policy: Path) -> list[Path]:
    """Return the files that a policy's `always_redact` names, each once.

    Args:
        policy: the policy's file.

    Raises:
        PolicyFileError: the file cannot be read, or something in it is wrong.
    """
    loaded = load_whole(policy)
    forms = (*loaded.form.rules, *loaded.profiles.values())
    return sorted({Path(form.always_redact) for form in forms if form.always_redact})


def hashing_keys() -> tuple[bytes, ...]:
    """Return the keys of the installation; the first hashes what is added.

    Raises:
        SettingsError: there is none, or their file cannot be read.
    """
    keys = list_keys()
    if not keys:
        raise SettingsError(VARIABLE, "is not set", "labelguard privacy key FILE makes a key; name FILE here and there")
    return keys


def add_misses(file: Path, values: Sequence[str], kind: str, keys: Sequence[bytes]) -> Added:
    """Add values to a list, each once. The file is written whole or not at all, and one process at a time does it.

    Args:
        file: it is made if it is not there.
        values: as they leaked.
        kind: their entity type.
        keys: the first hashes them.

    Raises:
        RequestError: one of them is no value, the type is none, or the file cannot be read or written. No value is
            shown.
    """
    plain = _checked(values, kind)
    problem = ""
    file = file.resolve()
    try:
        with locked_folder(file.parent):
            written = _Written.read(file)
            for value in plain:
                written.add(value, kind, keys)
            if written.added != Added(known=written.added.known):
                written.save(file)
    except OSError as error:
        problem = f"{file} {problem_of(error, 'written')}"
    except UnicodeDecodeError:
        problem = f"{file} is not UTF-8"
    if problem:
        raise RequestError(problem)
    return written.added


def _checked(values: Sequence[str], kind: str) -> list[str]:
    """Return values with single spaces; errors as for `add_misses`."""
    if not is_type(kind):
        raise RequestError("the type is no entity type - write one in capitals, such as PERSON")
    for number, value in enumerate(values, 1):
        if is_type(value.rpartition("\t")[2].strip()) and "\t" in value:
            raise RequestError(f"value {number} has a type behind a tab, as a list has it - give the type by itself")
    plain = [" ".join(value.split()) for value in values]
    for number, value in enumerate(plain, 1):
        if problem := wrong_value(f"{value}\t{kind}"):
            raise RequestError(f"value {number} {problem}")
    return plain


def miss_cautions(values: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield what of some values is replaced more often than their owner may want, by their numbers from 1."""
    for number, value in enumerate(values, 1):
        is_word = len(value.split()) == 1
        if is_word and is_ordinary(value):
            yield number, "is an ordinary word, which is replaced wherever it stands"
        elif is_word and (kind := common_kind(value.strip())):
            yield number, f"is {kind}, and is replaced whoever or whatever is meant by it"
        elif sum(map(str.isalnum, value)) < SHORT:
            yield number, "is short: it may stand in many texts"


@dataclass(slots=True)
class _Written:
    """A list as it is written: its lines, and the entries by their values.

    Attributes:
        mode: the file's permissions.
        end: of its lines.
    """

    lines: list[str] = field(repr=False)
    mode: int
    end: str = "\n"
    added: Added = Added()
    _known: dict[bytes, dict[str, int]] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, file: Path) -> "_Written":
        """Read a file; an empty list if there is none."""
        try:
            content = read_bounded(file)
        except FileNotFoundError:
            return cls([], 0o666)
        text = content.decode("utf-8-sig")
        return cls(text.splitlines(), stat.S_IMODE(file.stat().st_mode), "\r\n" if "\r\n" in text else "\n")

    def add(self, value: str, kind: str, keys: Sequence[bytes]) -> None:
        """Add a value, unless it is there."""
        done = self.added
        hashes = [str(hashed_entry(value, key)) for key in keys]
        places = [self._by(key).get(one) for key, one in zip(keys, hashes, strict=True)]
        line = next((place for place in places if place is not None), None)
        if line is None:
            self._by(keys[0])[hashes[0]] = len(self.lines)
            self.lines.append(f"{hashes[0]}\t{kind}")
            self.added = Added(done.new + 1, done.renewed, done.known)
            return
        there, own = valued(self.lines[line].strip())
        if there in hashes[1:]:
            self.lines[line] = f"{hashes[0]}\t{own}"
            self._by(keys[0])[hashes[0]] = line
            self.added = Added(done.new, done.renewed + 1, done.known)
        else:
            self.added = Added(done.new, done.renewed, done.known + 1)

    def _by(self, key: bytes) -> dict[str, int]:
        """Return the lines by their entries, those that are not hashed as this key hashes them."""
        if key not in self._known:
            self._known[key] = {}
            for number, entry in entries("\n".join(self.lines)):
                value, _ = valued(entry)
                if any(map(str.isalnum, value)):
                    hashed = value if read_entry(value) else str(hashed_entry(value, key))
                    self._known[key].setdefault(hashed, number - 1)
        return self._known[key]

    def save(self, file: Path) -> None:
        """Write the file."""
        content = "".join(f"{line}{self.end}" for line in self.lines).encode()
        if len(content) > MOST:
            raise RequestError(f"{file} would be larger than {MOST} bytes - remove entries, or begin another file")
        write_whole(file, content, self.mode)
