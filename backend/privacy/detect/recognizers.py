"""A profile's recognizers, by Presidio's own registry and format, so that any of them can be replaced by a file."""

import os
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from typing_extensions import override

from backend.privacy.detect.announced.introduced import IntroducedNames
from backend.privacy.detect.bounded import bound_patterns, read_recognizers
from backend.privacy.detect.names import LANGUAGE, ProperNames, SpacyNames
from backend.privacy.detect.rampart import RampartRecognizer
from backend.privacy.detect.russian import RussianRecognizer
from backend.privacy.packages import is_installed
from backend.privacy.patterns import scan_patterns
from backend.privacy.patterns.scan import PATTERNS
from backend.privacy.types import Detection, Scan
from backend.system.disk import read_bounded

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

__all__ = ["OURS", "PatternsRecognizer", "load_recognizers"]


class PatternsRecognizer(EntityRecognizer):
    """All that has a form: see `backend.privacy.patterns`."""

    def __init__(self, supported_language: str = LANGUAGE, name: str = "Patterns") -> None:
        kinds = sorted({pattern.entity_type for pattern in PATTERNS})
        super().__init__(kinds, supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing."""

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        """Return what the patterns found."""
        return [_result(found) for found in scan_patterns(text)]


def _result(found: Detection) -> RecognizerResult:
    name = {RecognizerResult.RECOGNIZER_NAME_KEY: found.recognizer}
    return RecognizerResult(found.entity_type, found.start, found.end, found.score, recognition_metadata=name)


OURS: tuple[type[EntityRecognizer], ...] = (
    *(PatternsRecognizer, SpacyNames, RampartRecognizer, RussianRecognizer, ProperNames, IntroducedNames),
)
"""Presidio finds them by their names, as a file gives them."""


def load_recognizers(scan: Scan, engine: NlpEngine) -> "tuple[list[EntityRecognizer], AnalyzerEngine | None]":
    """Load a profile's recognizers, with those of the scan's own file beside or instead of them.

    Args:
        scan: what the policy says. Its file is in Presidio's format, for recognizers (`recognizers: …`) or for a whole
            analyzer (`recognizer_registry: …` and `nlp_configuration: …`, such as transformers). A recognizer of it
            takes the place of ours of the same name; with `enabled: false` ours is gone. An NLP engine of its own
            takes the place of spaCy's taggers.
        engine: of the recognizers that have none of their own.

    Returns:
        Ours, and Presidio's own engine with what the file brings; None where it brings nothing.

    Raises:
        Exception: a file is wrong or a model is missing; whatever Presidio or the model's library raises.
    """
    file = files("backend.privacy.detect").joinpath("profiles", f"{scan.profile}.yaml")
    ours = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not is_installed("ru"):
        ours["recognizers"] = [conf for conf in ours["recognizers"] if conf["class_name"] != RussianRecognizer.__name__]
    own = read_recognizers(_text(scan))
    registry: dict[str, Any] = own.get("recognizer_registry") or own
    theirs = [conf if isinstance(conf, dict) else {"name": conf, "type": "predefined"} for conf in _listed(registry)]
    replaced = {conf["name"] for conf in theirs}
    if nlp := own.get("nlp_configuration"):
        engine = _engine(nlp)
        replaced.add("Spacy")
    kept = [conf for conf in ours["recognizers"] if conf["name"] not in replaced]
    kept += [conf for conf in theirs if conf.get("class_name") in _NAMES and conf.get("enabled", True)]
    recognizers = [_ours_of(conf) for conf in kept]
    others = [conf for conf in theirs if conf.get("class_name") not in _NAMES and conf["name"] not in _ours(ours)]
    if not others and not nlp:
        return recognizers, None
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - with all its recognizers

    languages = registry.get("supported_languages") or [LANGUAGE]
    settings = {**registry, "supported_languages": languages, "recognizers": others}
    return recognizers, AnalyzerEngine(
        registry=_registry(settings, engine if nlp else None),
        nlp_engine=engine,
        supported_languages=languages,
        log_decision_process=False,
    )


def _text(scan: Scan) -> str:
    if scan.recognizers_text is not None or not scan.recognizers:
        return scan.recognizers_text or ""
    return read_bounded(Path(scan.recognizers)).decode("utf-8-sig")


_NAMES = {kind.__name__: kind for kind in OURS}
_FORM = frozenset({"class_name", "type", "enabled", "supported_languages"})


def _ours_of(conf: dict[str, Any]) -> EntityRecognizer:
    """Make one of our recognizers; Presidio's own loader drops arguments that it does not know."""
    return _NAMES[conf["class_name"]](**{key: value for key, value in conf.items() if key not in _FORM})


def _listed(registry: dict[str, Any]) -> list[Any]:
    listed: list[Any] = registry.get("recognizers") or []
    return listed


def _ours(profile: dict[str, Any]) -> set[str]:
    return {conf["name"] for conf in profile["recognizers"]}


def _registry(configuration: dict[str, Any], engine: NlpEngine | None = None) -> "RecognizerRegistry":
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider  # noqa: PLC0415 - with all others

    provider = RecognizerRegistryProvider(registry_configuration=configuration, nlp_engine=engine)
    registry = provider.create_recognizer_registry()
    bound_patterns(registry)
    return registry


def _engine(configuration: dict[str, Any]) -> NlpEngine:
    """Make the file's own NLP engine. Presidio would fetch a model that is missing: here that is an error."""
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415 - with all engines

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    for model in configuration.get("models", []):
        name = model["model_name"]
        name = name.get("spacy", "") if isinstance(name, dict) else name
        if configuration.get("nlp_engine_name") != "stanza" and name and find_spec(name) is None:
            raise FileNotFoundError(f"the spaCy model {name} is not installed")
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    engine.load()
    return engine
