"""What has been read of a text so far: which stretches are keys or markup, and which values are known."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from backend.privacy.structure.keys import Key, read_field_key
from backend.privacy.structure.names import is_doubtful
from backend.privacy.structure.values import decode_escapes, fit_prefix, fit_whole
from backend.privacy.types import Detection

SCORE = 0.8
_PERSONAL = frozenset(
    {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "US_SSN", "RU_SNILS", "MEDICAL_RECORD", "AGE"}
    | {"BANK_ACCOUNT", "CREDIT_CARD", "IBAN_CODE", "PASSWORD", "ID_NUMBER", "ZIP_CODE"}
)
"""Types that stand beside a person's name."""


class StructureReading:
    """Gathers what the readers of the single formats find in one text.

    Args:
        text: the whole text; all offsets are its own.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.detections: list[Detection] = []
        self._hidden: list[tuple[int, int]] = []
        self._doubtful: list[Detection] = []
        self._is_about_somebody = False
        self._keys: dict[tuple[str, str], Key | None] = {}  # of this text only: a key may be personal itself

    @property
    def is_touched(self) -> bool:
        """Whether anything was found."""
        return bool(self.detections or self._hidden)

    def key(self, words: str, parent: str = "") -> Key | None:
        """Say what a key means, as `read_key` does; a key that comes again is read once."""
        place = words, parent
        if place not in self._keys:
            self._keys[place] = read_field_key(words, parent)
        return self._keys[place]

    def hide(self, start: int, end: int) -> None:
        """Mark a key, a quote or markup, which is no value."""
        if start < end:
            self._hidden.append((start, end))

    def whole(
        self, form: str, key: Key, start: int, end: int, decode: Callable[[str], str] = decode_escapes
    ) -> tuple[int, int] | None:
        """Take a delimited value if it is what its key says; return its place."""
        taken = self._add(form, key, fit_whole(key, self.text, start, end, decode))
        if taken is None:
            self._doubt(form, key, start, end)
        return taken

    def prefix(self, form: str, key: Key, start: int, end: int, alone: bool = True) -> tuple[int, int] | None:
        """Take a value at the beginning of a stretch of running text; return its place."""
        taken = self._add(form, key, fit_prefix(key, self.text, start, end, alone))
        if taken is None and alone:
            self._doubt(form, key, start, end)
        return taken

    def _add(self, form: str, key: Key, fit: tuple[int, int, str] | None) -> tuple[int, int] | None:
        if fit is None:
            return None
        start, end, entity_type = fit
        self.detections.append(Detection(start, end, entity_type, SCORE, f"Structure: {form} {key.name}"))
        self._is_about_somebody |= entity_type in _PERSONAL and key.strength == "strong"
        return start, end

    def _doubt(self, form: str, key: Key, start: int, end: int) -> None:
        """Keep a value for the end, when it is known whether the text is about a person."""
        value = self.text[start:end].strip(" \t\r\n.,*_\"'") if key.strength != "strong" and end - start < 60 else ""
        if value and is_doubtful(key, value):
            place = self.text.index(value, start)
            self._doubtful.append(
                Detection(place, place + len(value), "PERSON", SCORE / 2, f"Structure: {form} {key.name}")
            )

    def resolve_doubts(self) -> None:
        """Take the values that may be names if anything else in the text is about a person."""
        if self._is_about_somebody:
            taken = sorted((d.start, d.end) for d in self.detections)
            for doubtful in self._doubtful:
                index = bisect_left(taken, (doubtful.end, 0))
                if not index or taken[index - 1][1] <= doubtful.start:
                    self.detections.append(doubtful)
                    taken.insert(index, (doubtful.start, doubtful.end))

    def open_pieces(self) -> list[tuple[int, int]]:
        """Return the stretches that the next reader is to look at: neither hidden nor known."""
        known = [(d.start, d.end) for d in self.detections]
        return list(_between(len(self.text), sorted(self._hidden + known)))

    def segments(self) -> Iterator[tuple[int, int]]:
        """Yield the stretches that are prose or values, without white space around them."""
        for start, end in _between(len(self.text), sorted(self._hidden)):
            piece = self.text[start:end]
            if any(map(str.isalnum, piece)):
                yield start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _between(length: int, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    place = 0
    for start, end in spans:
        if start > place:
            yield place, start
        place = max(place, end)
    if place < length:
        yield place, length
