"""Text → redacted text, and back. The only maker of what a prompt may be made of."""

import sys
from types import ModuleType

from backend.system.imports import put_off

# spaCy loads its own command line, and with it clients of the network and three hundred modules. Nobody asks for it.
if "spacy" not in sys.modules:
    for _name in ("spacy.cli", "spacy.cli.info"):
        sys.modules.setdefault(_name, ModuleType(_name))
    vars(sys.modules["spacy.cli.info"]).setdefault("info", None)

# Presidio loads all its recognizers, of which one compiles an expression of all domains, and what fetches their list.
put_off(
    "presidio_analyzer",
    {
        "AnalysisExplanation": "analysis_explanation",
        "EntityRecognizer": "entity_recognizer",
        "LocalRecognizer": "local_recognizer",
        "Pattern": "pattern",
        "PatternRecognizer": "pattern_recognizer",
        "RecognizerResult": "recognizer_result",
        "nlp_engine": "nlp_engine",
        "pattern_recognizer": "pattern_recognizer",
        "score_thresholds": "score_thresholds",
    },
)
put_off(
    "presidio_analyzer.nlp_engine",
    {
        "NerModelConfiguration": "ner_model_configuration",
        "NlpArtifacts": "nlp_artifacts",
        "NlpEngine": "nlp_engine",
        "SpacyNlpEngine": "spacy_nlp_engine",
        "device_detector": "device_detector",
        "huggingface_token_pipe": "huggingface_token_pipe",
    },
)
