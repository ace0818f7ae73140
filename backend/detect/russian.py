"""Names, places and organisations in Russian, by natasha's tagger and by pymorphy's dictionary of forms."""

import re
import threading
from collections.abc import Iterator
from functools import lru_cache

import natasha
import pymorphy3
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from backend.detect.cyrillic import CYRILLIC

ENTITIES = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
WORD = re.compile(r"(?<!\w)[А-ЯЁа-яё]{2,}(?:-[А-ЯЁа-яё]+)*(?!\w)")
BEFORE = re.compile(r"(?<!\w)(?:[А-ЯЁ]\.\s?){1,2}$")
AFTER = re.compile(r"\s?[А-ЯЁ]\.(?:\s?[А-ЯЁ]\.)?")
SENTENCE = re.compile(r"[^\n.!?…]+")
BEGINS = re.compile(r"(?:^|[\n.!?…:«\"(])[\s\W]*$")
MARKS = {"Name": "PERSON", "Surn": "PERSON", "Patr": "PERSON", "Geox": "LOCATION"}
"""pymorphy's marks of given names, surnames, patronymics and places."""
LIKELY, POSSIBLE = 0.4, 0.02
"""How sure the dictionary must be that a word is a name: where any word has a capital, and where names alone do."""


class RussianRecognizer(EntityRecognizer):
    """Quick where there is no Cyrillic letter. May be used by several threads: it works under a lock.

    Args:
        score: of all that is found; above spaCy's, which guesses at Cyrillic words.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.9, supported_language: str = "en", name: str = "Russian") -> None:
        self.score = score
        self._lock = threading.Lock()
        super().__init__([*ENTITIES.values(), "NAME"], supported_language=supported_language, name=name)

    def load(self) -> None:
        """Read natasha's weights and the dictionary."""
        self._tagger = natasha.NewsNERTagger(natasha.NewsEmbedding())
        self._morph = pymorphy3.MorphAnalyzer()
        self._kind = lru_cache(maxsize=50_000)(self._look_up)

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Return the tagger's spans, and the words that the dictionary knows as names."""
        if not CYRILLIC.search(text):
            return []
        with self._lock:
            cased = SENTENCE.sub(lambda match: self._cased(match[0]), text)
            spans = self._tagger(cased).spans
            found = [RecognizerResult(ENTITIES[s.type], s.start, s.stop, self.score) for s in spans]
            return found + list(self._names(cased))

    def _names(self, text: str) -> Iterator[RecognizerResult]:
        """Yield words with a capital that are names, with the initials beside them."""
        for match in WORD.finditer(text):
            word = match[0]
            if not word[0].isupper() or word.isupper():
                continue
            start, end = match.span()
            least = LIKELY if BEGINS.search(text[max(start - 20, 0) : start]) else POSSIBLE
            kind = self._kind(word.lower(), least)
            if not kind:
                continue
            if kind != "LOCATION":
                before, after = BEFORE.search(text[max(start - 8, 0) : start]), AFTER.match(text, end)
                start, end = start - len(before[0]) if before else start, after.end() if after else end
            yield RecognizerResult(kind, start, end, self.score - 0.1)

    def _look_up(self, word: str, least: float) -> str:
        """Return what kind of name a word in lower case is with some certainty, "" for none, NAME if it is no word."""
        for part in word.split("-"):
            sums = {"PERSON": 0.0, "LOCATION": 0.0}
            for reading in self._morph.parse(part):
                for mark, kind in MARKS.items():
                    sums[kind] += reading.score if mark in reading.tag else 0
            if max(sums.values()) >= least:
                return max(sums, key=lambda kind: sums[kind])
        known = any(map(self._morph.word_is_known, word.split("-")))
        return "NAME" if not known and least == POSSIBLE and len(word) > 3 else ""

    def _cased(self, sentence: str) -> str:
        """Give capitals to the names of a sentence that has no case."""
        if any(map(str.isupper, sentence)) is any(map(str.islower, sentence)):
            return sentence
        return WORD.sub(self._recased, sentence)

    def _recased(self, match: re.Match[str]) -> str:
        word = match[0].lower()
        return "-".join(part.capitalize() for part in word.split("-")) if self._kind(word, LIKELY) else word
