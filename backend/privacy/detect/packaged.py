"""Names in languages that our own taggers do not read, by models that a policy names: spaCy, transformers, GLiNER."""

import os
import re
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from spacy.util import get_lang_class, load_config, load_model_from_path
from typing_extensions import override

from backend.errors import DetectionError
from backend.privacy.detect.fast.classifier import OFFLINE, Classifier
from backend.privacy.detect.vocabulary.lexicon import SENTENCE, WORD
from backend.privacy.language import CAPITAL_NOUNS, capitals, identify_language, likely, reads
from backend.privacy.packages import OURS, find, labels_of
from backend.privacy.packages.labels import HIDDEN
from backend.privacy.packages.places import GLINER, weights_of
from backend.privacy.text.merge import CAPITALS, PACKAGE
from backend.privacy.types import Package

ENOUGH = 8
"""Words that a line must have to be in a language other than its text's."""
CAPITAL = 0.4
"""Score of words with a capital within a sentence, which a model may have left out."""
POS = frozenset({"PROPN", "X", ""})
"""Parts of speech, one of which a word of a name has; what a pipeline does not tell is none."""
BEGINNING = re.compile(r"(?:^|[.!?:;»”\"\n]\s{0,3}|[-–—]\s)([^\W\d_a-zß-ÿ][^\W\d_]+(?:-[^\W\d_]+)?) $")
"""A word with a capital that begins a sentence."""
Span = tuple[int, int, str]


class Reader(Protocol):
    """What marks stretches of a text by its own labels. May be used by several threads."""

    def spans(self, text: str) -> Iterable[Span]:
        """Return start, end and label of each."""


class Pipeline:
    """A spaCy pipeline's entities.

    Args:
        folder: of its data. Nothing of its package is imported, and none of its other pipes is made.

    Raises:
        DetectionError: it has no entity recognizer, or one that needs a transformer.
    """

    def __init__(self, folder: Path) -> None:
        config = load_config(folder / "config.cfg")
        pipes: list[str] = config["nlp"]["pipeline"]
        factories = {name: str(config["components"][name].get("factory")) for name in pipes}
        own = {name for name, factory in factories.items() if factory in ("ner", "beam_ner", "entity_ruler")}
        if not own:
            raise DetectionError("a spaCy pipeline needs an entity recognizer (ner) - take another")
        own |= {name for name, factory in factories.items() if factory == "morphologizer"}
        if any("Listener" in str(config["components"][name].get("model")) for name in own):
            own |= {name for name, factory in factories.items() if factory == "tok2vec"}
            if any("transformer" in factory for factory in factories.values()):
                raise DetectionError("a spaCy pipeline on a transformer is not run - take transformers: or another")
        self._nlp = load_model_from_path(folder, exclude=sorted(set(pipes) - own))
        self._lock = threading.Lock()

    def spans(self, text: str) -> Iterable[Span]:
        """Return what its recognizer finds. Its vocabulary forgets the text's words."""
        with self._lock, self._nlp.memory_zone():
            named = [entity for entity in self._nlp(text).ents if any(token.pos_ in POS for token in entity)]
            return [(entity.start_char, entity.end_char, entity.label_) for entity in named]


class Gliner:
    """A GLiNER model in ONNX, by Presidio's own recognizer and the package `gliner`.

    Args:
        folder: with the model and its tokenizer.
        file: the weights' name within it.
        labels: that are asked for.
    """

    def __init__(self, folder: Path, file: str, labels: Sequence[str]) -> None:
        from presidio_analyzer.predefined_recognizers import GLiNERRecognizer  # noqa: PLC0415 - with all others

        os.environ.update(OFFLINE)
        self._recognizer = GLiNERRecognizer(
            entity_mapping={label: label for label in labels},
            model_name=str(folder),
            map_location="cpu",
            load_onnx_model=True,
            onnx_model_file=file,
            local_files_only=True,
        )
        self._lock = threading.Lock()

    def spans(self, text: str) -> Iterable[Span]:
        """Return what it finds of each label."""
        with self._lock:
            return [(r.start, r.end, r.entity_type) for r in self._recognizer.analyze(text, [])]


@cache
def _reader(kind: str, folder: Path, asked: tuple[str, ...]) -> Reader:
    """Return a model, which all detectors of this process share."""
    if kind == "spacy":
        return Pipeline(folder)
    if kind == "transformers":
        return Classifier(folder)
    return Gliner(folder, asked[0], asked[1:])


class PackageNames(EntityRecognizer):
    """What a policy's own model finds in texts of its language.

    Args:
        package: the model.
        score: of all that is found.

    Raises:
        DetectionError: it is not there, or cannot be used.
    """

    def __init__(self, package: Package, score: float = 0.6) -> None:
        self.package, self.score = package, score
        self._types = labels_of(package).types
        super().__init__(sorted({kind for kind in self._types.values() if kind}), name=PACKAGE)

    def load(self) -> None:
        """Load the model."""
        folder = find(self.package)
        asked: tuple[str, ...] = ()
        if self.package.kind == "gliner":
            weights = weights_of(self.package, folder, GLINER)
            asked = (str(weights.relative_to(folder)), *(label for label, kind in self._types.items() if kind))
        self._reader = _reader(self.package.kind, folder, asked)
        self._small = _small_words(self.package.language)

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        """Return what is found in a text of the model's language."""
        return list(self._found(text))

    def _found(self, text: str) -> Iterator[RecognizerResult]:
        for start, end, label in self._reader.spans(recased(text, self._small)):
            kind = self._types.get(label, HIDDEN)
            if kind and any(map(str.isalnum, text[start:end])):
                yield RecognizerResult(kind, start, end, self.score)


@cache
def _small_words(language: str) -> frozenset[str]:
    try:
        words: set[str] = get_lang_class(language).Defaults.stop_words
    except ImportError:
        return frozenset()
    return frozenset(words)


def recased(text: str, small: frozenset[str]) -> str:
    """Write sentences that are all in capitals as others are, since models go by capitals; lengths are kept.

    Args:
        text: the whole.
        small: words that have no capital.
    """

    def word(found: Any) -> str:
        low = found[0].lower()
        cased = low if low in small else found[0][0] + low[1:]
        return cased if len(cased) == len(found[0]) else str(found[0])

    def sentence(found: Any) -> str:
        is_shouted = sum(map(str.isupper, found[0])) > 3 and not any(map(str.islower, found[0]))
        return WORD.sub(word, found[0]) if is_shouted else str(found[0])

    return SENTENCE.sub(sentence, text) if any(map(str.isupper, text)) else text


def _capitals(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield words with a capital within a sentence, with the one that begins it if it stands before: `Burcu Ersoy`."""
    small = _small_words(language)
    for start, end in capitals(text, language):
        before = BEGINNING.search(text, max(0, start - 30), start)
        yield (before.start(1) if before and before[1].lower() not in small else start), end


class Tongues:
    """Which language each line of a text is in, as far as a policy's own models read it.

    Args:
        text: the whole.
        language: what it is in; "" if that cannot be told.
        known: the languages that the policy names.
        is_mixed: whether its lines may be in several.
    """

    def __init__(self, text: str, language: str, known: tuple[str, ...], *, is_mixed: bool) -> None:
        self._starts, self._languages = [0], [language]
        if not is_mixed:
            return
        start = 0
        for line in text.splitlines(keepends=True):
            told = identify_language(line, known) if len(line) > 4 * ENOUGH and len(line.split()) >= ENOUGH else ""
            self._add(start, told if told in known else language)
            start += len(line)

    def _add(self, start: int, language: str) -> None:
        if self._languages[-1] != language:
            self._starts.append(start)
            self._languages.append(language)

    def at(self, place: int) -> str:
        """Return the language at a place; "" if it cannot be told."""
        return self._languages[bisect_right(self._starts, place) - 1]

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield the stretches of one language between two places."""
        borders = [border for border in self._starts if start < border < end]
        for first, last in zip([start, *borders], [*borders, end], strict=True):
            yield first, last, self.at(first)


class Packages:
    """What reads languages that our own taggers do not know: the models that a policy names, if any.

    Args:
        packages: which.
        known: all languages that the policy names.

    Raises:
        DetectionError: one is not there, or cannot be used.
    """

    def __init__(self, packages: Iterable[Package], known: tuple[str, ...]) -> None:
        self.recognizers = [PackageNames(package) for package in packages]
        self.languages = frozenset(recognizer.package.language for recognizer in self.recognizers)
        # Where every noun has a capital, our English tagger hides too much; but without it names leave.
        self._ours = OURS | (CAPITAL_NOUNS - self.languages) | {""}
        self._known = known

    def tongues(self, text: str, language: str) -> Tongues:
        """Return the languages of a text's lines."""
        is_mixed = not self._ours.issuperset(self._known)
        if is_mixed and not language:
            language = likely(text, self._known)
        return Tongues(text, language, self._known, is_mixed=is_mixed)

    def is_foreign(self, tongues: Tongues, place: int) -> bool:
        """Say whether a place is in a language that our own taggers and dictionaries do not know."""
        return tongues.at(place) not in self._ours

    def capitalize(self, tongues: Tongues, place: int) -> bool:
        """Say whether a place is in such a language, and one that writes every noun with a capital."""
        return tongues.at(place) in CAPITAL_NOUNS - self._ours

    def find(self, piece: str, start: int, tongues: Tongues) -> Iterator[tuple[RecognizerResult, str]]:
        """Yield what the models find in a piece of a text, and what a capital tells; each with who says so.

        Args:
            piece: what they read.
            start: where it begins in the text.
            tongues: of the whole text. Where a language cannot be told, all models read.
        """
        for first, last, language in tongues.stretches(start, start + len(piece)):
            for recognizer in self.recognizers:
                if recognizer.package.language == language or not language:
                    for result in recognizer.analyze(piece[first - start : last - start], []):
                        result.start, result.end = result.start + first - start, result.end + first - start
                        yield result, PACKAGE
            if language not in self._ours:
                for begin, end in _capitals(piece[first - start : last - start], language):
                    yield RecognizerResult("NAME", first - start + begin, first - start + end, CAPITAL), CAPITALS

    def is_all_foreign(self, piece: str, start: int, tongues: Tongues) -> bool:
        """Say whether all of a piece is in languages that our taggers do not read."""
        return all(language not in self._ours for *_, language in tongues.stretches(start, start + len(piece)))

    def reads(self, text: str, start: int, end: int, tongues: Tongues) -> bool:
        """Say whether a model reads the script of words where they stand."""
        language = tongues.at(start)
        read = self.languages if not language else self.languages & {language}
        return any(reads(text[start:end], code) for code in read)
