"""What was found once is found wherever else it stands in the task: in another width or case, and the parts of names.

It works on normalized text, so that zero-width characters, fullwidth letters and homoglyphs hide nothing.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, reduce

from backend.privacy.entity_types import WITHHELD
from backend.privacy.names.parts import (
    ALSO_WORDS,
    MOST_WORDS,
    PARTICLES,
    WORD,
    Part,
    initials,
    is_short_name,
    looks_like_name,
    parts,
    split_humps,
    stem,
)
from backend.privacy.text.merge import PROPAGATION, merge
from backend.privacy.text.normalize import normalize
from backend.privacy.text.value_search import ValueSearch
from backend.privacy.text.word_borders import Finder
from backend.privacy.types import Detection

_CAPITAL = r"[A-ZÀ-ÖØ-ÞА-ЯЁ]"
_JOIN = re.compile(rf"(?:[ \t]{{1,2}}|\s?\n\s?|[-_.+]|%20|\\[nrt]|\s{_CAPITAL}\.?\s)?")
_BEFORE = re.compile(rf"(?<!\w)((?:{_CAPITAL}\.\s?){{1,3}})$")
_PARTICLE = re.compile(r"(?<![\w'’])(['’]?[^\W\d_]+) $")
_AFTER = re.compile(rf",?\s((?:{_CAPITAL}\.\s?){{1,3}})")
_BLANK_ESCAPE = re.compile(r"%(?:20|0[9AaDd])|(?<!\\)\\+[bfnrt]")
_TAIL = re.compile(r"[._-]?[0-9]+(?![^\W_])")


def is_telling(value: str) -> bool:
    """Say whether a value tells something about somebody; a lone letter, `21` or `No` tells nothing and is all over.

    Three letters do, two of a script without case, four digits, or a letter with two digits.
    """
    plain = normalize(value).text
    letters = sum(map(str.isalpha, plain))
    if letters >= 3:
        return True
    digits = sum(map(str.isdigit, plain))
    caseless = sum(char.lower() == char.upper() for char in filter(str.isalpha, plain))
    return caseless >= 2 or digits >= 4 or (letters > 0 and digits >= 2)


def fits(found: str, value: str) -> bool:
    """Say whether words that are a value in some case are meant as it.

    `WILL` and `Will` are Will, `will` may be another word. Of several words, or with digits, any case will do.
    """
    if found == value or not is_one_word(value):
        return True
    plain = normalize(found).text
    return not plain[:1].islower() or plain == normalize(value).text


def is_one_word(value: str) -> bool:
    """Say whether a value is letters alone, but for what is not shown."""
    return value.isalpha() or normalize(value).text.isalpha()


_Both = Callable[[frozenset[int], frozenset[int]], frozenset[int]]


class SearchedText:
    """A text that values are looked for in, made once and asked often."""

    def __init__(self, text: str) -> None:
        self.source = text
        self._normalized = normalize(text)
        self.text = self._normalized.text

    @cached_property
    def words(self) -> Sequence[tuple[int, str, str]]:
        """All words, with their places and stems."""
        return [(match.start(), match[0], stem(match[0])) for match in WORD.finditer(self.text)]

    @cached_property
    def is_uncased(self) -> bool:
        """Whether it is written without capitals, so that a small letter says nothing."""
        return sum(map(str.isupper, self.text)) * 200 < sum(map(str.islower, self.text))

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a place of the normalized text to the source."""
        return self._normalized.to_source(start, end)


class Values:
    """Finds values wherever they stand as whole words, however they are written.

    Args:
        values: each with the detection that found it first.
    """

    def __init__(self, values: Mapping[str, Detection]) -> None:
        self._found = values
        self._lookup = ValueSearch(values)
        # A value is compared as it is written by itself: beside other letters the same may be written otherwise.
        self._strange = Finder(value for value in values if not value.isascii())

    def find(self, text: str) -> Iterator[Detection]:
        """Yield where the values stand in a text."""
        plain = unescaped(text)
        for match in [*self._lookup.matches(text), *(self._lookup.matches(plain) if plain else ())]:
            if fits(text[match.start : match.end], match.value):
                yield self._detection(match.value, match.start, match.end)
        for start, value in self._strange.apart(text) if not text.isascii() else ():
            yield self._detection(value, start, start + len(value))

    def _detection(self, value: str, start: int, end: int) -> Detection:
        d = self._found[value]
        return Detection(start, end, d.entity_type, d.score, PROPAGATION if d.end else d.recognizer)


def unescaped(text: str) -> str:
    """Return a text of the same length with white space for what is read as such in an address, or in JSON.

    "" if there is none.
    """
    blank = _BLANK_ESCAPE.sub(lambda match: " " * len(match[0]), text) if "%" in text or "\\" in text else text
    return blank if blank != text else ""


class People:
    """Finds people by the parts of their names.

    Args:
        values: names that were found.
    """

    def __init__(self, values: Mapping[str, Detection]) -> None:
        self._found: list[Detection] = []
        self._keys: list[frozenset[str]] = []
        self._initials: list[frozenset[str]] = []
        self._particles: list[frozenset[str]] = []
        by_key: dict[str, set[int]] = defaultdict(set)
        glued: dict[str, set[int]] = defaultdict(set)
        for value, found in values.items():
            if found.entity_type == "PERSON" or (found.entity_type == WITHHELD and looks_like_name(value)):
                self._add(normalize(value).text, found, by_key, glued)
        self._by_key = {key: frozenset(people) for key, people in by_key.items()}
        self._glued = {key: frozenset(people) for key, people in glued.items()}
        # A name that a thousand people share is asked for a thousand times: what is said of them all is said once.
        self._common = cache(lambda low: frozenset.intersection(*(self._keys[person] for person in self._glued[low])))
        self._both = _joiner()
        self._first = cache(min)
        self._own_letters = cache(self._letters_of)
        self._own_particles = cache(
            lambda people: frozenset[str]().union(*(self._particles[person] for person in people))
        )

    def _add(self, value: str, found: Detection, by_key: dict[str, set[int]], by_glued: dict[str, set[int]]) -> None:
        uncased = not any(map(str.isupper, value))
        its = [part for part in parts(value) if len(part.word) >= 2 and (uncased or not part.word[0].islower())]
        person = len(self._found)
        self._found.append(found)
        self._keys.append(frozenset(part.key for part in its))
        self._initials.append(initials(value))
        self._particles.append(PARTICLES.intersection(value.lower().split()))
        for part in its:
            by_key[part.key].add(person)
        glued = {part.word.lower() for part in its if len(part.word) >= 3}
        for one, other in itertools.permutations(glued, 2) if len(its) <= MOST_WORDS else ():
            by_glued[one + other].add(person)

    def find(self, text: SearchedText) -> Iterator[Detection]:
        """Yield the mentions of these people in a text."""
        if not self._by_key:
            return
        runs = _runs(text.text, self._hits(text), self._both)
        mentions = [mention for run in runs for mention in self._mentions(text, run)]
        for mention in _with_given_names(text.text, mentions, self._both):
            start, end = self._with_initials(text.text, mention)
            person = self._first(mention.people)
            first, last = text.to_source(start, end)
            yield Detection(first, last, self._found[person].entity_type, self._found[person].score, PROPAGATION)

    def _hits(self, text: SearchedText) -> Iterator["_Hit"]:
        by_key, glued = self._by_key, self._glued
        for start, word, key in text.words:
            if key in by_key:
                yield _Hit(start, start + len(word), word, frozenset([key]), by_key[key])
            elif (low := word.lower()) in glued:
                yield _Hit(start, start + len(word), word, self._common(low), glued[low])
            elif not (word.islower() or word[1:].islower()):
                yield from (_hit(part, by_key[part.key]) for part in split_humps(word, start) if part.key in by_key)

    def _mentions(self, text: SearchedText, run: Sequence["_Hit"]) -> Iterator["_Hit"]:
        """Tell which words of a run are meant: all if they are two parts of a name, else those that stand out."""
        keys = frozenset[str]().union(*(hit.keys for hit in run))
        people = reduce(self._both, (hit.people for hit in run))
        if len(keys) >= 2 and people:
            start, end = run[0].start, run[-1].end
            found = text.text[start:end]
            tail = _TAIL.match(text.text, end) if not any(map(str.isspace, found)) else None
            yield _Hit(start, tail.end() if tail else end, found, keys, people)
            return
        for hit in run:
            plain = text.is_uncased and len(hit.word) >= 4 and not hit.keys & ALSO_WORDS
            if (len(hit.word) >= 3 or is_short_name(hit.word)) and (plain or not hit.word[0].islower()):
                yield hit

    def _with_initials(self, text: str, mention: "_Hit") -> tuple[int, int]:
        """Widen a mention by the initials beside it, if they are this person's."""
        start, end = mention.start, mention.end
        if self._own_particles(mention.people):
            start = self._with_particles(text, start, mention)
        own = self._own_letters(mention.people, mention.keys)
        before = _BEFORE.search(text, max(start - 12, 0), start)
        if before and before[1][0].lower() in own:
            start = before.start(1)
        after = _AFTER.match(text, end, end + 12)
        if after and after[1][0].lower() in own:
            end = after.start(1) + len(after[1].rstrip())
        return start, end

    def _with_particles(self, text: str, start: int, mention: "_Hit") -> int:
        """Widen a mention by the particles before it, if they are this person's: `van der Meer`."""
        own = self._own_particles(mention.people)
        while (before := _PARTICLE.search(text, max(start - 8, 0), start)) and before[1].lower() in own:
            start = before.start()
        return start

    def _letters_of(self, people: frozenset[int], said: frozenset[str]) -> frozenset[str]:
        return frozenset[str]().union(*(self._letters(person, said) for person in people))

    def _letters(self, person: int, said: frozenset[str]) -> frozenset[str]:
        """Return what initials may stand for the parts of a name that are not said."""
        return self._initials[person] | {key[0] for key in self._keys[person] - said}


class _Hit:
    """A word, or words, of a text that are parts of people's names."""

    __slots__ = ("end", "keys", "people", "start", "word")

    def __init__(self, start: int, end: int, word: str, keys: frozenset[str], people: frozenset[int]) -> None:
        self.start, self.end, self.word, self.keys, self.people = start, end, word, keys, people


def _hit(part: Part, people: frozenset[int]) -> _Hit:
    return _Hit(part.start, part.end, part.word, frozenset([part.key]), people)


def _joiner() -> _Both:
    """Return what tells who is in two groups of people: of two large ones, it is told once."""
    return cache(lambda one, other: one & other)


def _runs(text: str, hits: Iterable[_Hit], both: _Both) -> Iterator[list[_Hit]]:
    """Yield words of names that stand beside one another and may be one person's."""
    run: list[_Hit] = []
    people: frozenset[int] = frozenset()
    keys: set[str] = set()
    for hit in hits:
        if run:
            between = text[run[-1].end : min(hit.start, run[-1].end + 5)]
            beside = len(between) <= 4 and _JOIN.fullmatch(between) is not None
            if not (beside and keys.isdisjoint(hit.keys) and both(people, hit.people)):
                yield run
                run = []
        if not run:
            people, keys = hit.people, set()
        people = both(people, hit.people)
        keys |= hit.keys
        run.append(hit)
    if run:
        yield run


def _with_given_names(text: str, mentions: Iterable[_Hit], both: _Both) -> Iterator[_Hit]:
    """Join `Smith, John`."""
    last: _Hit | None = None
    for hit in mentions:
        is_beside = last is not None and hit.start - last.end <= 2 and text[last.end : hit.start] in (", ", ",")
        if last and is_beside and not last.keys & hit.keys and (people := both(last.people, hit.people)):
            last = _Hit(last.start, hit.end, "", last.keys | hit.keys, people)
            continue
        if last:
            yield last
        last = hit
    if last:
        yield last


class Search:
    """Finds the values of a task wherever else they stand in it.

    Args:
        fields: the texts.
        trim: cuts a field's detections to what may be one.
    """

    def __init__(
        self, fields: Mapping[str, str], trim: Callable[[str, Iterable[Detection]], Iterable[Detection]]
    ) -> None:
        self._fields, self._trim = fields, trim
        self._texts = {name: SearchedText(text) for name, text in fields.items()}

    def propagate(
        self, found: Mapping[str, list[Detection]], withheld: Iterable[str] = ()
    ) -> dict[str, list[Detection]]:
        """Return what was found with all that follows from it, until nothing more does.

        Args:
            found: the detections by field; no two overlap.
            withheld: values that stand outside these texts.
        """
        found = dict(found)
        new = {value: Detection(0, 0, WITHHELD, 1.0, "Withheld field") for value in withheld}
        seen: dict[str, Detection] = {}
        while True:
            for name, detections in found.items():
                for d in detections:
                    new.setdefault(self._fields[name][d.start : d.end], d)
            new = {value: d for value, d in new.items() if value not in seen and is_telling(value)}
            if not new:
                if not self._add_beside(found, seen):
                    return found
                continue
            seen |= new
            people, values = People(new), Values(new)
            for name, text in self._texts.items():
                more = [*values.find(text.source), *people.find(text)]
                found[name] = merge(text.source, [*found[name], *self._trim(name, more)])
            new = {}

    def _add_beside(self, found: dict[str, list[Detection]], values: Mapping[str, Detection]) -> bool:
        """Add values that end where another begins within a word, and are whole words once that is replaced."""
        lookup: Values | None = None
        for name, source in self._fields.items():
            more: list[Detection] = []
            for start, end in _broken_gaps(source, found[name]):
                lookup = lookup or Values(values)
                shifted = (replace(d, start=d.start + start, end=d.end + start) for d in lookup.find(source[start:end]))
                more += self._trim(name, shifted)
            if more:
                found[name] = merge(source, [*found[name], *more])
                return True
        return False


def _broken_gaps(source: str, found: Sequence[Detection]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between detections that begin or end within a word."""
    edges = [0, *(place for d in found for place in (d.start, d.end)), len(source)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        cut = (place for place in (start, end) if 0 < place < len(source))
        if start < end and any(_is_word(source[place - 1]) and _is_word(source[place]) for place in cut):
            yield start, end


def _is_word(char: str) -> bool:
    # What is not shown may be within a word too; a line's end is none of that, though Python says it cannot be printed.
    return char.isalnum() or char == "_" or not (char.isprintable() or char in "\n\r\t")
