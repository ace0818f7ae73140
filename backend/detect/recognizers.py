"""A profile's recognizers, by Presidio's own registry and format, so that any of them can be replaced by a file."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from backend.detect.introduced import IntroducedNames
from backend.detect.names import LANGUAGE, ProperNames, SpacyNames
from backend.detect.rampart import RampartRecognizer
from backend.detect.russian import RussianRecognizer
from backend.patterns import scan_patterns
from backend.types import Detection, Scan

__all__ = ["OURS", "PatternsRecognizer", "load_recognizers"]


class PatternsRecognizer(EntityRecognizer):
    """All that has a form: see `backend.patterns`."""

    def __init__(self, supported_language: str = LANGUAGE, name: str = "Patterns") -> None:
        super().__init__(["EMAIL_ADDRESS"], supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing."""

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Return what the patterns found."""
        return [_result(found) for found in scan_patterns(text)]


def _result(found: Detection) -> RecognizerResult:
    name = {RecognizerResult.RECOGNIZER_NAME_KEY: found.recognizer}
    return RecognizerResult(found.entity_type, found.start, found.end, found.score, recognition_metadata=name)


OURS = (PatternsRecognizer, SpacyNames, RampartRecognizer, RussianRecognizer, ProperNames, IntroducedNames)
"""Presidio finds them by their names, as a file gives them."""


def load_recognizers(scan: Scan) -> list[EntityRecognizer]:
    """Load a profile's recognizers, with those of the scan's own file beside or instead of them.

    Args:
        scan: what the policy says. A recognizer of its file takes the place of ours of the same name; with
            `enabled: false` it is gone.

    Raises:
        Exception: a file is wrong or a model is missing; whatever Presidio or the model's library raises.
    """
    configuration = _read(Path(str(files("backend.detect").joinpath("profiles", f"{scan.profile}.yaml"))))
    if scan.recognizers:
        own = _read(Path(scan.recognizers))
        names = {conf["name"] for conf in own.get("recognizers", [])}
        kept = [conf for conf in configuration["recognizers"] if conf["name"] not in names]
        configuration = {**configuration, **own, "recognizers": [*kept, *own.get("recognizers", [])]}
    provider = RecognizerRegistryProvider(registry_configuration=configuration)
    recognizers: list[EntityRecognizer] = provider.create_recognizer_registry().recognizers
    return recognizers


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
