"""Finds personal data with Presidio's recognizers: patterns, spaCy, the Rampart model, natasha, dictionaries.

A text is put into one way of writing first, with a map back; what is found stands in the original's offsets. The union
of all recognizers is taken on every text; the language only chooses a pipeline, and is refused if nobody reads it.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import threadpoolctl
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from backend.errors import DetectionError, InternalError, LanguageError
from backend.privacy.detect.checks import check_each, check_result
from backend.privacy.detect.judging import Judge, Leanings
from backend.privacy.detect.names import NerEngine, ProperNames, SpacyNames
from backend.privacy.detect.packaged import Packages, Tongues
from backend.privacy.detect.rampart import ModelReading, RampartRecognizer
from backend.privacy.detect.recognizers import load_recognizers
from backend.privacy.detect.second_look.assemble import assemble
from backend.privacy.detect.second_look.casual import trim
from backend.privacy.detect.second_look.codes import whole_codes
from backend.privacy.detect.second_look.doubt import settle
from backend.privacy.detect.second_look.firms import firms
from backend.privacy.detect.second_look.letterheads import letterheads
from backend.privacy.detect.second_look.logins import logins
from backend.privacy.detect.second_look.ordinary import spare
from backend.privacy.detect.trades.taken import takers
from backend.privacy.detect.vocabulary.cyrillic import CYRILLIC
from backend.privacy.detect.vocabulary.french import spare_french
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.language import UNREAD, identify_language, load_identifier, unread
from backend.privacy.packages import is_installed, not_installed
from backend.privacy.packages.extras import refusal
from backend.privacy.patterns import scan_patterns
from backend.privacy.structure import is_key_word, read_structure
from backend.privacy.text.merge import TAGGER
from backend.privacy.text.normalize import normalize
from backend.privacy.types import Detection, Scan, in_order

PIECE = 5_000
"""Characters that are looked at at once: spaCy lets no other thread run meanwhile."""
OVERLAP = 300
LONGEST = 1_000_000
"""Characters that a text may have."""
KEY = RecognizerResult.RECOGNIZER_NAME_KEY
UNLISTED = 0.15
"""Score of a word that no dictionary has."""
GUESSED = 0.5
"""Score at most of what a model that was not taught Russian found in it: natasha knows better of what type it is."""
PARTED = 0.75
"""Score of what was cut: a key knows better of what type a part is."""
NUMBER = re.compile(r"\d\D{0,2}\d\D{0,2}\d\D{0,2}\d")
OF_ENGLISH = frozenset({TAGGER, "Lexicon"})
"""Recognizers that know nothing of other languages than ours."""
SAMPLES = {
    "en": "The patient's sister, Ann Smith, lives in Leeds with her family, and called us on Monday about 12 tests.",
    "fr": "Le patient Jean Dupont habite à Lyon avec sa famille depuis dix ans, et il nous a appelés lundi.",
    "ru": "Пациентка Анна Иванова живёт в Москве с семьёй десять лет и вчера звонила нам.",
}
"""Texts by language that need all that is loaded late."""
LONG_WORD = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]{3,}|[^\W\d_a-z]{5,}")
VISIBLE = re.compile(r"[^\n]")
SURROGATE = re.compile("[\ud800-\udfff]")


class Detector:
    """Finds personal data in texts of the languages that its recognizers know. May be used by several threads.

    What reads a language is loaded with its first text, unless `warm` did so before.

    Args:
        scan: which profile, for which languages.

    Raises:
        DetectionError: a recognizer could not be loaded.
    """

    def __init__(self, scan: Scan | None = None) -> None:
        self.scan = scan or Scan()
        # Texts are redacted side by side; more threads for one of them only wait for each other.
        threadpoolctl.threadpool_limits(1, user_api="blas")
        self._loaded(self._load)

    def _loaded(self, load: Callable[[], object]) -> None:
        problem = ""
        try:
            load()
        except DetectionError:
            raise
        except Exception as error:  # whatever a library raises when a model is missing
            problem = f"{type(error).__name__}: {error}"
        if problem:
            raise DetectionError(f"the recognizers of profile {self.scan.profile} cannot be loaded: {problem}")

    def _load(self) -> None:
        self._engine = NerEngine()
        self._ours, self._others = load_recognizers(self.scan, self._engine)
        for recognizer in self._others.registry.recognizers if self._others else ():
            check_each(recognizer)
        self._packages = Packages(self.scan.packages, self.scan.languages)
        self._lacking = not_installed(self.scan)
        self._has_model = any(isinstance(recognizer, RampartRecognizer) for recognizer in self._ours)
        self.judge = Judge()

    def warm(self) -> None:
        """Load all that a text may need, for who is to answer at once, or is to be forked. Takes seconds.

        Raises:
            DetectionError: something cannot be loaded.
        """
        self._loaded(self._warm)

    def _warm(self) -> None:
        load_identifier()
        for recognizer in self._ours:
            if isinstance(recognizer, RampartRecognizer):
                recognizer.warm()
        for language in self.scan.languages:
            self._engine.warm(language)
            self.detect(SAMPLES.get(language, ""))

    @property
    def kinds(self) -> frozenset[str]:
        """The entity types that may be found."""
        others = self._others.registry.recognizers if self._others else ()
        found = {
            kind
            for recognizer in (*self._ours, *others, *self._packages.recognizers)
            for kind in recognizer.supported_entities
        }
        return frozenset(found)

    def detect(self, text: str) -> list[Detection]:
        """Return what was found, of any score, in the order of the text; detections may overlap.

        Raises:
            LanguageError: the text is in a language that is not looked for, and the policy refuses it.
            DetectionError: a recognizer failed, so that nothing may be said about this text (P3).
        """
        if len(text) > LONGEST:
            raise DetectionError(f"the text has {len(text)} characters, and {LONGEST} are looked at - split it")
        if SURROGATE.search(text):
            raise DetectionError("the text has half a surrogate pair - export it again as UTF-8")
        problem = ""
        try:
            return self._detect(text)
        except DetectionError:
            raise
        except Exception as error:  # whatever a recognizer raises may quote the text
            problem = InternalError(error).reason
        raise DetectionError(f"detection failed: {problem}")

    def _detect(self, text: str) -> list[Detection]:
        normal = normalize(text)
        language = identify_language(normal.text, self.scan.languages)
        if language in self._lacking:
            raise DetectionError(refusal([language]))
        is_known = not language or language in self.scan.languages
        if not is_known and self.scan.unknown_language == "refuse":
            raise LanguageError(language)
        structure = read_structure(text)
        values, gaps = normal.text, []
        found: set[Detection] = set()
        if structure.segments != ((0, len(text)),):
            gaps = list(_gaps(values, [normal.to_text(*segment) for segment in structure.segments]))
            values = _blanked(values, gaps)
            # Numbers and addresses may stand in markup and keys too, or go over them; elsewhere both texts are one.
            found.update(scan_patterns(normal.text, near=gaps))
        tongues = self._packages.tongues(values, language)
        is_judged = language in ("", "en")
        leanings = Leanings() if is_judged else None
        for start, piece in _pieces(values):
            is_ours = is_known and (self._others or not self._packages.is_all_foreign(piece, start, tongues))
            found.update(self._shifted(start, piece, language if is_ours else None, tongues, leanings))
        if is_known or self.scan.unknown_language == "hide":
            found.update(self._unread(values, tongues))
        every = sorted(found, key=in_order)
        if language == "fr":
            people = (Detection(*place, "NAME", UNLISTED, "Lexicon") for place in takers(values))
            every = sorted({*spare_french(values, every), *people}, key=in_order)
        settled = settle(
            values,
            every,
            self._has_model,
            lambda place: self._packages.is_foreign(tongues, place),
        )
        if language in ("", "en"):
            settled = trim(values, settled)
        assembled = assemble(
            values, whole_codes(values, settled), lambda place: self._packages.capitalize(tongues, place)
        )
        if leanings is not None:
            assembled = self.judge.settle(
                values, every, assembled, leanings, lambda place: self._packages.is_foreign(tongues, place)
            )
        whole = list(firms(values, spare(values, assembled)))
        whole = list(_apart([*whole, *letterheads(values, whole), *logins(values, whole)], gaps))
        placed = whole if normal.is_plain else [_moved(d, *normal.to_source(d.start, d.end)) for d in whole]
        return sorted({*placed, *spare(text, structure.detections)}, key=in_order)

    def _unread(self, values: str, tongues: Tongues) -> Iterator[Detection]:
        """Yield words in a script that no recognizer reads."""
        for start, end in unread(values, cyrillic=not is_installed("ru")):
            if not self._packages.reads(values, start, end, tongues):
                yield Detection(start, end, "NAME", UNREAD, "Scripts")

    def _shifted(
        self, start: int, piece: str, language: str | None, tongues: Tongues, leanings: Leanings | None
    ) -> Iterator[Detection]:
        with self._engine.zone(self._others, language or ""):
            yield from self._looked(start, piece, language, tongues, leanings)

    def _looked(
        self, start: int, piece: str, language: str | None, tongues: Tongues, leanings: Leanings | None
    ) -> Iterator[Detection]:
        learn = None if leanings is None else partial(self._learn, leanings, start)
        for result, name in (*self._results(piece, language, learn), *self._packages.find(piece, start, tongues)):
            check_result(piece, result, name)
            if name in OF_ENGLISH and self._packages.is_foreign(tongues, start + result.start):
                continue
            if not any(map(str.isalnum, piece[result.start : result.end])):
                continue
            is_misread = name in ("Spacy", "Rampart") and _is_misread(piece[result.start : result.end])
            if result.start < result.end and not (is_misread and _is_guess(piece, result, name)):
                score = round(min(float(result.score), GUESSED if is_misread else 1.0), 4)
                yield Detection(start + result.start, start + result.end, result.entity_type, score, name)

    def _learn(self, leanings: Leanings, start: int, reading: ModelReading) -> None:
        if reading.tokens:
            leanings.add(start, reading.tokens, self.judge.lean(reading.vectors))

    def _results(
        self, piece: str, language: str | None, learn: Callable[[ModelReading], None] | None
    ) -> Iterator[tuple[RecognizerResult, str]]:
        """Yield what each recognizer found, with its name; in a language that nobody reads, what has a form."""
        if language is None:
            ours: Sequence[EntityRecognizer] = [r for r in self._ours if not isinstance(r, (SpacyNames, ProperNames))]
            artifacts = self._engine.blank()
        else:
            ours, artifacts = self._ours, self._engine.process(piece, language, words=self._others is not None)
        for recognizer in ours:
            for result in _analyzed(recognizer, piece, artifacts, learn):
                yield result, str((result.recognition_metadata or {}).get(KEY) or recognizer.name)  # type: ignore[has-type]
        if self._others is None:
            return
        own = artifacts if self._others.nlp_engine is self._engine else None
        for key in self._others.supported_languages:
            for result in self._others.analyze(piece, key, nlp_artifacts=own):
                yield result, str(result.recognition_metadata[KEY])


def _analyzed(
    recognizer: EntityRecognizer, piece: str, artifacts: NlpArtifacts, learn: Callable[[ModelReading], None] | None
) -> list[RecognizerResult]:
    """Return what a recognizer found; of the model's reading more is learned, if anybody is to learn it."""
    if learn is None or not isinstance(recognizer, RampartRecognizer):
        return recognizer.analyze(piece, [], artifacts)
    reading = recognizer.read(piece)
    learn(reading)
    return reading.results


def _moved(found: Detection, start: int, end: int) -> Detection:
    return Detection(start, end, found.entity_type, found.score, found.recognizer)


def _gaps(text: str, segments: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what stands between values, unless it is a key that may be somebody's name or number itself."""
    place = 0
    for start, end in (*segments, (len(text), len(text))):
        gap = text[place:start]
        if gap and ("<" in gap or not (NUMBER.search(gap) or not all(map(_is_of_keys, LONG_WORD.findall(gap))))):
            yield place, start
        place = end


def _is_of_keys(word: str) -> bool:
    return is_common(word) or is_key_word(word)


def _blanked(text: str, gaps: Iterable[tuple[int, int]]) -> str:
    """Put spaces in place of markup and keys, so that the values stand where they stood."""
    parts, place = [], 0
    for start, end in gaps:
        parts += [text[place:start], VISIBLE.sub(" ", text[start:end])]
        place = end
    return "".join([*parts, text[place:]])


def _apart(found: Iterable[Detection], gaps: Sequence[tuple[int, int]]) -> Iterator[Detection]:
    """Cut what was found across markup or keys into its values, so that the structure survives."""
    ends = [end for _, end in gaps]
    for d in found:
        start = d.start
        for gap, end in gaps[bisect_right(ends, d.start) :]:
            if end >= d.end:
                break
            if start < gap:
                yield replace(d, start=start, end=gap, score=min(d.score, PARTED))
                start = end
        yield d if start == d.start else replace(d, start=start, score=min(d.score, PARTED))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text at white space into overlapping pieces."""
    start = 0
    while len(text) - start > PIECE:
        border = max(text.rfind(mark, start + PIECE // 2, start + PIECE) for mark in ("\n", ". ", " "))
        end = border + 1 if border > 0 else start + PIECE
        yield start, text[start:end]
        start = max(end - OVERLAP, start + 1)
        while start < end and not text[start - 1].isspace() and border > 0:
            start += 1
    yield start, text[start:]


def _is_guess(piece: str, result: RecognizerResult, name: str) -> bool:
    """Say whether a model found what it knows nothing of: Cyrillic words in small letters are no street."""
    if name == "Spacy":
        return True
    value = piece[result.start : result.end]
    return (
        result.entity_type == "STREET_ADDRESS"
        and value.islower()
        and value.replace(" ", "").isalpha()
        and not piece.islower()
    )


def _is_misread(value: str) -> bool:
    """Say whether a model that reads no Cyrillic guessed at a Cyrillic word: natasha knows better."""
    return not value.isascii() and 2 * len(CYRILLIC.findall(value)) > sum(map(str.isalpha, value)) > 0
