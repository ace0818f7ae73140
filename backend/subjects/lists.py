"""Values in the files that a policy names: in lists also as keyed hashes. They are their owner's, and stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.policy.file.files import load_whole
from backend.policy.file.list_keys import list_keys
from backend.policy.file.loaded import Loaded
from backend.privacy.hashed import hashed_entry, name_of, read_entry
from backend.privacy.listed import entries, valued
from backend.subjects.subject import DataSubject, Holding

STAYS = (
    "lines of the policy's own files; remove them there, but in always_redact, which guards a value, only if it may"
    " leave again"
)


def held_in_lists(policy: Path, subject: DataSubject) -> Holding:
    """Return in which lines of a policy and of the files that it names any of the values stands.

    Args:
        policy: its file.
        subject: the values.

    Raises:
        PolicyError: it cannot be read.
        SettingsError: the lists' keys cannot be read.
    """
    loaded = load_whole(policy)
    always = _always(loaded)
    look = _Look(subject, list_keys())
    where = []
    for file, content in loaded.contents.items():
        text = content.decode("utf-8-sig", "replace")
        lines = look.listed(text) if file in always else look.written(text)
        where += [f"{file}:{number}" for number in lines]
    return Holding("lists", len(where), "until you remove it", STAYS, unread=look.unread, where=tuple(where))


def _always(loaded: Loaded) -> set[Path]:
    forms = (*loaded.form.rules, *loaded.profiles.values())
    return {Path(form.always_redact) for form in forms if form.always_redact}


@dataclass(slots=True)
class _Look:
    """Looks through files.

    Attributes:
        unread: hashed entries whose key is not here.
    """

    subject: DataSubject
    keys: tuple[bytes, ...]
    unread: int = 0

    def listed(self, text: str) -> Iterator[int]:
        """Yield the lines of a list of `always_redact` that hold a value, as it is or as a hash."""
        known = {str(hashed_entry(value, key)) for value in self.subject.values for key in self.keys}
        names = {name_of(key) for key in self.keys}
        for number, line in entries(text):
            value, _ = valued(line)
            hashed = read_entry(value)
            self.unread += bool(hashed and hashed.key not in names)
            if value in known or (hashed is None and self.subject.is_in(value)):
                yield number

    def written(self, text: str) -> Iterator[int]:
        """Yield the lines of any other file in which a value stands."""
        yield from (number for number, line in enumerate(text.splitlines(), 1) if self.subject.is_in(line))
