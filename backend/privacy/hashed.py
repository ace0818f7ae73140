"""Values that are known by a keyed hash alone: entries of a list that show no value, and what finds them in a text.

An entry says by which key it was hashed, of what shape the value is, and HMAC-SHA256 of it, cut to 128 bits. Whoever
has the list and not the key learns how many words and characters a value has, and can try no guess. The shape says
which words of a text may be the value: a text is hashed at most once for each place, shape and key, however many
entries there are.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from backend.errors import DetectionError
from backend.privacy.text.normalize import fold, folded
from backend.privacy.text.value_search import FEWEST_DIGITS, LONGEST_GAP, PART, FoundValue, readings
from backend.privacy.text.word_borders import joins

MARK = "hmac-sha256:"
"""What an entry begins with."""
_ENTRY = re.compile(
    rf"{MARK}(?P<key>[0-9a-f]{{8}}):"
    r"(?:(?P<words>\d{1,3})x(?P<long>\d{1,3})(?:\+(?P<before>\d{1,3})\+(?P<after>\d{1,3}))?"
    r"|(?P<signs>\d{1,3})n(?P<digits>\d{1,3})):"
    r"(?P<hash>[0-9a-f]{32})"
)
_BYTES = 16  # of a hash


@dataclass(frozen=True, slots=True)
class Words:
    """The shape of words.

    Attributes:
        count: how many; a letter of a script without case counts as one.
        length: characters from the first to the last.
        before, after: other characters of the value at its ends, such as a full stop.
    """

    count: int
    length: int
    before: int = 0
    after: int = 0

    def __str__(self) -> str:
        edges = f"+{self.before}+{self.after}" if self.before or self.after else ""
        return f"{self.count}x{self.length}{edges}"


@dataclass(frozen=True, slots=True)
class Number:
    """The shape of a number, which is the same with other separators.

    Attributes:
        length: letters and digits.
        digits: digits alone.
    """

    length: int
    digits: int

    def __str__(self) -> str:
        return f"{self.length}n{self.digits}"


Shape = Words | Number


@dataclass(frozen=True, slots=True)
class HashedEntry:
    """A value as a list holds it.

    Attributes:
        key: name of the key that it was hashed by.
        shape: of the value.
        hash: 32 hexadecimal digits.
    """

    key: str
    shape: Shape
    hash: str

    def __str__(self) -> str:
        return f"{MARK}{self.key}:{self.shape}:{self.hash}"


def name_of(key: bytes) -> str:
    """Return what entries call a key by, 8 hexadecimal digits."""
    return _hmac(key, "key", "")[:8]


def hashed_entry(value: str, key: bytes) -> HashedEntry:
    """Hash a value, as it is compared: in any case, with any white space.

    Args:
        value: has a letter or digit.
        key: secret.
    """
    shape, form = _shaped(value)
    return HashedEntry(name_of(key), shape, _hash(key, shape, form))


def read_entry(written: str) -> HashedEntry | None:
    """Read an entry; None if it is none."""
    found = _ENTRY.fullmatch(written)
    if not found:
        return None
    if found["signs"]:
        return HashedEntry(found["key"], Number(int(found["signs"]), int(found["digits"])), found["hash"])
    shape = Words(int(found["words"]), int(found["long"]), int(found["before"] or 0), int(found["after"] or 0))
    return HashedEntry(found["key"], shape, found["hash"]) if 0 < shape.count <= shape.length else None


def _shaped(value: str) -> tuple[Shape, str]:
    """Return a value's shape, and the form of it that is hashed."""
    form = fold(value).strip()
    spans = [match.span() for match in PART.finditer(form)]
    compact = "".join(form[slice(*span)] for span in spans)
    digits = sum(map(str.isdigit, compact))
    if digits >= FEWEST_DIGITS and all(gap <= LONGEST_GAP for gap in _gaps(spans)):
        return Number(len(compact), digits), compact
    start, end = spans[0][0], spans[-1][1]
    return Words(len(spans), end - start, start, len(form) - end), form


def _gaps(spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    return (after - end for (_, end), (after, _) in pairwise(spans))


def _hash(key: bytes, shape: Shape, form: str) -> str:
    return _hmac(key, type(shape).__name__, form)


def _hmac(key: bytes, use: str, form: str) -> str:
    return hmac.digest(key, f"{use}\0{form}".encode(errors="surrogatepass"), "sha256")[:_BYTES].hex()


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as it is searched: folded, with the places of its words."""

    text: str = field(repr=False)
    spans: Sequence[tuple[int, int]] = field(repr=False)


class HashedSearch:
    """Finds the values of entries in a text, as whole words, as `Lookup` finds those that it knows.

    A match's value is the entry as it is written.

    Args:
        entries: of a list.
        keys: those that may have hashed them.

    Raises:
        DetectionError: one was hashed by none of the keys, so that its value would leave.
    """

    __slots__ = ("_known", "_numbers", "_words")

    def __init__(self, entries: Iterable[HashedEntry], keys: Iterable[bytes]) -> None:
        secrets = {name_of(key): key for key in keys}
        self._known: dict[Shape, dict[bytes, dict[str, str]]] = {}
        for entry in entries:
            if entry.key not in secrets:
                raise DetectionError("a hashed value of always_redact cannot be looked for: its key is not here")
            own = self._known.setdefault(entry.shape, {}).setdefault(secrets[entry.key], {})
            own[entry.hash] = str(entry)
        self._numbers = [shape for shape in self._known if isinstance(shape, Number)]
        self._words: dict[int, dict[int, list[Words]]] = {}
        for shape in self._known:
            if isinstance(shape, Words):
                self._words.setdefault(shape.count, {}).setdefault(shape.length, []).append(shape)

    def __bool__(self) -> bool:
        return bool(self._known)

    def finds(self, text: str) -> bool:
        """Say whether any value stands in a text, also within JSON's escapes or percent signs (P4)."""
        return any(True for reading in (text, *readings(text)) for _ in self._matches(reading))

    def matches(self, text: str) -> list[FoundValue]:
        """Return all places in a text where a value stands, from left to right; they may overlap."""
        return sorted(set(self._matches(text)), key=lambda match: (match.start, -match.end, match.value))

    def _matches(self, text: str) -> Iterator[FoundValue]:
        if not self._known:
            return
        whole = folded(text)
        read = _Read(whole.text, [match.span() for match in PART.finditer(whole.text)])
        for find in (self._find_words, self._find_numbers):
            for start, end, entry in find(read):
                yield FoundValue(*whole.to_source(start, end), entry)

    def _find_words(self, read: _Read) -> Iterator[tuple[int, int, str]]:
        for count, shapes in self._words.items():
            for (first, _), (_, last) in zip(read.spans, read.spans[count - 1 :], strict=False):
                for shape in shapes.get(last - first, ()):
                    start, end = first - shape.before, last + shape.after
                    if start < 0 or end > len(read.text) or not _is_whole(read.text, start, end):
                        continue
                    for entry in self._entries(shape, read.text[start:end]):
                        yield start, end, entry

    def _find_numbers(self, read: _Read) -> Iterator[tuple[int, int, str]]:
        """Find numbers by their parts alone, whatever stands between them."""
        if not self._numbers:
            return
        joined = "".join(read.text[slice(*span)] for span in read.spans)
        places = list(accumulate((end - start for start, end in read.spans), initial=0))
        index = {place: number for number, place in enumerate(places)}
        digits = list(accumulate(map(str.isdigit, joined), initial=0))
        far = [0, *accumulate(gap > LONGEST_GAP for gap in _gaps(read.spans))]  # wide gaps before each part
        for first, place in enumerate(places):
            for shape in self._numbers:
                end = place + shape.length
                after = index.get(end)
                if after is None or digits[end] - digits[place] != shape.digits or far[after - 1] != far[first]:
                    continue
                for entry in self._entries(shape, joined[place:end]):
                    yield read.spans[first][0], read.spans[after - 1][1], entry

    def _entries(self, shape: Shape, form: str) -> Iterator[str]:
        for key, known in self._known[shape].items():
            if entry := known.get(_hash(key, shape, form)):
                yield entry


def _is_whole(text: str, start: int, end: int) -> bool:
    """Say whether no word goes on beyond a stretch."""
    goes_on = joins(text[end - 1]) and joins(text[end : end + 1])
    return not goes_on and not (start and joins(text[start]) and joins(text[start - 1]))
