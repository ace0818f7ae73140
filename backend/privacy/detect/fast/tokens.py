"""Cuts texts into words as spaCy's tokenizers for English and French do, in a fraction of the time.

Most of it they look for signs in words that hold none, and tell anew how a word that they have met is written. Words of
letters alone, with a comma or full stop behind or without, are not shown to them at all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from spacy.language import Language
from spacy.strings import get_string_id
from spacy.tokens import Doc

from backend.system.memory import remembered

Features: TypeAlias = tuple[int, ...]
"""What a tagger reads of a word, each as spaCy's number for a string."""
READ = ("NORM", "PREFIX", "SUFFIX", "SHAPE")
"""What they are."""
REMEMBERED = ("NORM", "SHAPE")
"""What takes long to tell of a word."""
MOST = 20_000
"""Words of which it is remembered."""


_CHUNK = re.compile(r"(\S+) ?|\s+")
"""What stands between spaces, with the one behind; or more white space, which is a word too."""
_MARKS = frozenset(",;:!?")
"""What is a word of its own behind a word of letters."""


class Tokens(NamedTuple):
    """The words of a text, as a tagger reads them.

    Attributes:
        places: where each begins, and where it ends.
        features: of each.
        spaces: whether each is white space.
    """

    places: list[tuple[int, int]]
    features: list[Features]
    spaces: list[bool]


class Cutter:
    """Cuts texts into words. Where one is of more than letters, it asks the pipeline, whose vocabulary may learn it.

    Args:
        pipeline: its tokenizer and vocabulary are used.
    """

    def __init__(self, pipeline: Language) -> None:
        self._pipeline = pipeline
        vocabulary: Any = pipeline.vocab
        own = [vocabulary.lex_attr_getters[vocabulary.strings[name]] for name in READ]
        getters = [getattr(getter, "__wrapped__", getter) for getter in own]  # what is remembered once is enough
        rules: Any = pipeline.tokenizer
        self._rules = frozenset(rules.rules)
        self._white = {rule: doc_tokens(pipeline.make_doc(rule)).features[0] for rule in self._rules if rule.isspace()}
        self._features = remembered(MOST)(lambda word: tuple(get_string_id(getter(word)) for getter in getters))

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the words of some texts."""
        chunks = [list(self._chunks(text)) for text in texts]
        asked = self._asked([word for own in chunks for _, word, plain in own if not plain])
        return [self._tokens(own, asked) for own in chunks]

    def _chunks(self, text: str) -> Iterator[tuple[int, str, int]]:
        """Yield where words stand that white space parts, or more white space; and how much of each is plain."""
        for chunk in _CHUNK.finditer(text):
            word = chunk[1]
            yield (chunk.start(), word, self._plain(word)) if word else (chunk.start(), chunk[0], len(chunk[0]))

    def _tokens(self, chunks: Iterable[tuple[int, str, int]], asked: Iterator[Tokens]) -> Tokens:
        made = Tokens([], [], [])
        for start, word, plain in chunks:
            if word.isspace():
                _add(made, start, start + plain, self._white.get(word) or self._features(word), is_space=True)
            elif plain:
                stop = start + plain
                _add(made, start, stop, self._features(word[:plain]))
                if plain < len(word):
                    _add(made, stop, stop + 1, self._features(word[-1]))
            else:
                own = next(asked)
                made.places.extend((start + first, start + last) for first, last in own.places)
                made.features.extend(own.features)
                made.spaces.extend(own.spaces)
        return made

    def _plain(self, word: str) -> int:
        """Return how much of a word is one of letters or digits that nothing parts: all, or all but a mark; else 0."""
        if word in self._rules or not word.isascii():
            return 0
        if word.isalpha() or (word.isalnum() and word[-1].isdigit()):
            return len(word)
        bare, mark = word[:-1], word[-1]
        is_marked = mark in _MARKS or (mark == "." and bare[-1:].islower())
        return len(bare) if is_marked and bare.isalpha() and bare not in self._rules else 0

    def _asked(self, words: Sequence[str]) -> Iterator[Tokens]:
        """Yield the words that the pipeline's tokenizer makes of each of some."""
        if not words:
            return
        doc = self._pipeline.make_doc("\n".join(words))  # over the end of a line no rule goes
        every = doc_tokens(doc)
        place = first = 0
        for word in words:
            last = first
            while last < len(every.places) and every.places[last][1] <= place + len(word):
                last += 1
            places = [(start - place, end - place) for start, end in every.places[first:last]]
            yield Tokens(places, every.features[first:last], every.spaces[first:last])
            place += len(word) + 1
            first = last + 1  # behind the end of the line


def _add(made: Tokens, start: int, end: int, features: Features, *, is_space: bool = False) -> None:
    made.places.append((start, end))
    made.features.append(features)
    made.spaces.append(is_space)


def doc_tokens(doc: Doc) -> Tokens:
    """Return the words of a document that spaCy made."""
    rows: Any = doc.to_array(list(READ))
    features = [tuple(row) for row in rows.tolist()]
    places = [(token.idx, token.idx + len(token)) for token in doc]
    return Tokens(places, features, [token.is_space for token in doc])


def quicken(pipeline: Language) -> None:
    """Have a pipeline's tokenizer look for what parts a word only in words that it may part; it finds the same."""
    vocabulary: Any = pipeline.vocab
    getters = vocabulary.lex_attr_getters
    for key in map(vocabulary.strings.__getitem__, REMEMBERED):
        getters[key] = remembered(MOST)(getters[key])
    pipeline.tokenizer = _quick(pipeline.tokenizer)


def _quick(own: Any) -> Any:
    def prefix(word: str) -> "re.Match[str] | None":
        return None if is_bare(word) else own.prefix_search(word)

    def suffix(word: str) -> "re.Match[str] | None":
        return None if has_no_suffix(word) else own.suffix_search(word)

    def infixes(word: str) -> "Iterable[re.Match[str]]":
        return () if is_bare(word) else own.infix_finditer(word)

    def url(word: str) -> "re.Match[str] | None":
        return own.url_match(word) if "." in word else None

    return type(own)(
        own.vocab,
        own.rules,
        prefix_search=prefix,
        suffix_search=suffix,
        infix_finditer=infixes,
        token_match=own.token_match,
        url_match=url,
        faster_heuristics=own.faster_heuristics,
    )


def is_bare(word: str) -> bool:
    """Say whether a word is of letters and digits alone, so that nothing stands before or within it."""
    return word.isascii() and word.isalnum()


def has_no_suffix(word: str) -> bool:
    """Say whether nothing stands behind a word: it is of letters alone, without a unit, or ends with a digit."""
    return word.isascii() and (word.isalpha() or word[-1:].isdigit())
