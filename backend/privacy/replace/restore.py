"""Original values put back into what a model wrote, however it changed the placeholders."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from backend.errors import AnswerError
from backend.privacy.names.declension import inflect
from backend.privacy.names.parts import WORD
from backend.privacy.replace.placeholders import EXACT, KNOWN, Grammar, grammar
from backend.privacy.replace.retold import Retold
from backend.privacy.text.word_borders import Finder

_HASH = re.compile(r"<[A-Z][A-Z0-9_]*:[0-9a-f]{12}>")
_ENDING = re.compile(r"[а-яё]{1,3}(?!\w)")


class Surrogates:
    """Finds surrogates in an answer.

    Args:
        exact: original values by their surrogates.
        words: words of names by those of their surrogates, in all cases; in small letters.
        retold: finds what a model wrote in another form.
    """

    def __init__(self, exact: dict[str, str], words: Mapping[str, str], retold: Retold) -> None:
        self._exact, self._words = exact, words
        self.retold = retold
        self._folded = {_low(surrogate): original for surrogate, original in reversed(exact.items())}
        self._finder = Finder(self._folded)

    def restore(self, text: str) -> str:
        """Put the original values in their place: whole ones first, then the words of names."""
        exact = ((start, start + len(found), None) for start, found in self._finder.apart(_low(text)))
        retold = ((place.start, place.end, place.original) for place in self.retold.places(text))
        parts: list[str] = []
        done = 0
        # What is longer goes before what stands in it, as the year of a date does.
        for start, end, original in sorted([*exact, *retold], key=lambda place: (place[0], -place[1], place[2] or "")):
            if start >= done:
                own = self._original(text[start:end]) if original is None else original
                parts += [self._restore_words(text[done:start]), own]
                done = end
        return "".join(parts) + self._restore_words(text[done:])

    def _original(self, said: str) -> str:
        if said in self._exact:
            return self._exact[said]
        original = self._folded.get(_low(said), said)
        return original.upper() if said.isupper() and len(said) > 1 else original

    def _restore_words(self, text: str) -> str:
        return WORD.sub(self._word, text) if self._words else text

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        original = self._words.get(word.lower())
        if original is None or word.islower():
            return word
        return original.upper() if word.isupper() and len(word) > 1 else original


def _low(text: str) -> str:
    """Write a text in small letters, each in its place: a few capitals, such as İ, would become two."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c if len(c := char.lower()) == 1 else char for char in text)


@dataclass(frozen=True, slots=True)
class Restorer:
    """Restores the answers about one task.

    Attributes:
        originals: by placeholder, or by what else stands for a value and can be nothing else.
        literals: placeholders that stood in the texts before ours, or words that read like one: they stay.
        kinds: of the placeholders.
        glued: placeholders with what follows them in the texts without a space: there nothing is inflected.
        quoted: placeholders that got quotes of their own, as they stand for a value of JSON without any.
        surrogates: None if there are none.
        forms: by each surrogate, those of all forms of its value: of `Mary Jones` also `Jones`.
    """

    originals: Mapping[str, str] = field(repr=False)
    literals: frozenset[str] = field(default=frozenset(), repr=False)
    kinds: frozenset[str] = frozenset()
    glued: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    quoted: frozenset[str] = frozenset()
    surrogates: Surrogates | None = field(default=None, repr=False)
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def restore(self, text: str) -> str:
        """Put the original values in place of placeholders and surrogates.

        Raises:
            AnswerError: names a placeholder that was never given.
        """
        parts: list[str] = []
        place = 0
        for start, end, token in self._tokens(text):
            own = token in self.quoted and start > place and text[start - 1] == '"' == text[end : end + 1]
            parts.append(self._restore_surrogates(text[place : start - own]))
            original, place = self._original(token, text, end + own)
            parts.append(original)
        return "".join(parts) + self._restore_surrogates(text[place:])

    def date(self, text: str) -> str | None:
        """Return the original of a date that a model gives by ISO 8601; None if nobody can tell it."""
        return self.surrogates.retold.date(text) if self.surrogates else text

    def number(self, number: float) -> float | None:
        """Return the original of a number that a model gives; None if nobody can tell it."""
        return self.surrogates.retold.number(number) if self.surrogates else number

    def token(self, mention: str) -> str | None:
        """Return the placeholder that a mention means, alone; None if it means none."""
        said = mention.strip()
        bare = said if EXACT.fullmatch(said) else f"[{said.strip('[]').upper()}]"
        if bare in self.originals:
            return bare
        found = [m for m in self._grammar.mentions(said) if m.end - m.start >= len(said) - 2] if self.kinds else []
        return found[0].token if len(found) == 1 and found[0].token in self.originals else None

    @property
    def _grammar(self) -> Grammar:
        return grammar(self.kinds)

    def _tokens(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the placeholders of an answer with their places: first what is written exactly, then what is not."""
        place = 0
        for match in _sorted_matches(text):
            token = match[0]
            if token not in self.originals:
                if EXACT.fullmatch(token) and token not in self.literals:
                    raise self._invented(token)
                continue
            yield from self._loose(text, place, match.start())
            yield match.start(), match.end(), token
            place = match.end()
        yield from self._loose(text, place, len(text))

    def _loose(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        if not self.kinds or start == end:
            return
        for mention in self._grammar.mentions(text[start:end]):
            token = mention.token
            if token in self.originals and token not in self.literals:
                yield start + mention.start, start + mention.end, token
            elif mention.is_firm and token not in self.literals:
                raise self._invented(token)

    def _invented(self, token: str) -> AnswerError:
        """Name a placeholder that was never given, unless it may be words of the text or the model in brackets."""
        found = EXACT.fullmatch(token)
        is_known = found and found[1] in self.kinds | KNOWN and len(found[2]) <= 3 and len(found[3]) <= 2
        return AnswerError("the model invented " + (f"the placeholder {token}" if is_known else "a placeholder"))

    def _original(self, token: str, text: str, end: int) -> tuple[str, int]:
        """Return a placeholder's original, inflected if an ending is glued to it, and where the text goes on."""
        original = self.originals[token]
        ending = _ENDING.match(text, end) if text[end - 1 : end] and not text[end - 1].isalnum() else None
        if not ending or (token, ending[0]) in self.glued:
            return original, end
        return inflect(original, ending[0]), ending.end()

    def _restore_surrogates(self, text: str) -> str:
        return self.surrogates.restore(text) if self.surrogates and text else text


def _sorted_matches(text: str) -> list[re.Match[str]]:
    found = list(EXACT.finditer(text))
    if "<" in text:
        found = sorted([*found, *_HASH.finditer(text)], key=lambda match: match.start())
    return found


def glued_endings(places: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield placeholders that a Russian ending follows without a space in the texts, with that ending.

    Args:
        places: what follows a placeholder, and the placeholder.
    """
    for rest, token in places:
        if ending := _ENDING.match(rest):
            yield token, ending[0]
