"""What a policy's owner should know of the models that its languages name."""

from collections.abc import Iterable, Iterator

from backend.errors import DetectionError
from backend.privacy.packages import find, labels_of, not_installed
from backend.privacy.packages.extras import refusal
from backend.privacy.packages.places import read_json_file
from backend.privacy.types import Package, Scan

_ANY = frozenset({"", "xx", "mul"})
_SAME = {"nb": "no", "nn": "no", "zh-cn": "zh"}
"""Codes that stand for another's language."""


def packages_of(scans: Iterable[Scan]) -> list[Package]:
    """Return the models that ways of looking use, each once."""
    return sorted({package for scan in scans for package in scan.packages})


def missing(packages: Iterable[Package]) -> Iterator[str]:
    """Yield what is wrong with models: a server that needs them does not start."""
    for package in packages:
        try:
            find(package)
            labels_of(package)
        except DetectionError as error:
            yield f"detection.languages.{package.language}: {error.reason}"


def unknown_labels(packages: Iterable[Package]) -> Iterator[str]:
    """Yield which models have labels that nobody knows here."""
    for package in packages:
        try:
            unknown = labels_of(package).unknown
        except DetectionError:
            continue
        if unknown:
            remedy = f"write labels: {{{unknown[0]}: PERSON}}, or none for what is nothing personal"
            said = f"what the model marks as {', '.join(unknown)} is replaced as NAME"
            yield f"detection.languages.{package.language}: {said} - {remedy}"


def of_another_language(packages: Iterable[Package]) -> Iterator[str]:
    """Yield which spaCy pipelines say of themselves that they read a language other than the one they stand for."""
    for package in packages:
        try:
            own = str(read_json_file(find(package) / "meta.json").get("lang") or "") if package.kind == "spacy" else ""
        except DetectionError:
            continue
        if own not in _ANY and _SAME.get(own, own) != _SAME.get(package.language, package.language):
            said = f"the pipeline reads {own} by its own account, and finds few names in other languages"
            yield f"detection.languages.{package.language}: {said} - name one for {package.language}"


def not_read(scans: Iterable[Scan]) -> Iterator[str]:
    """Yield which of the languages that ways of looking name are not installed here, all in one line."""
    if lacking := sorted({code for scan in scans for code in not_installed(scan)}):
        yield refusal(lacking)
