"""A file of recognizers in Presidio's format, read within bounds, and its patterns, matched within bounds.

Presidio goes on without what a pattern that ran out of time would have found. Here nothing is said about such a text.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import regex
import yaml
from presidio_analyzer import PatternRecognizer

from backend.errors import DetectionError
from backend.system.expressions import SECONDS, ExpressionError, compile_bounded

if TYPE_CHECKING:
    from presidio_analyzer import Pattern, RecognizerRegistry

_FLAGS = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE
"""Presidio's own."""
MOST = 100_000
"""Values of a file, with what its aliases stand for written out."""


def read_recognizers(text: str) -> dict[str, Any]:
    """Read a file's YAML.

    Raises:
        DetectionError: it is no block of keys, holds more than is looked at, or a pattern that runs away.
        yaml.YAMLError: it is no YAML.
    """
    data = yaml.safe_load(text) if text.strip() else {}
    if not isinstance(data, dict):
        raise DetectionError("the file of recognizers is no block of keys - begin it with recognizers:")
    for number, value in enumerate(_values(data, 0)):
        if number > MOST:
            raise DetectionError(f"the file of recognizers has more than {MOST} values - write out its aliases (*)")
        if isinstance(value, dict) and isinstance(value.get("regex"), str):
            _compile(value["regex"], _FLAGS, f"pattern {value.get('name', '')!r}")  # before Presidio compiles it
    return data


def _compile(pattern: str, flags: int, name: str) -> Any:
    try:
        return compile_bounded(pattern, flags)
    except ExpressionError as error:
        problem = str(error)
    raise DetectionError(f"{name} {problem} - write a simpler one in the file of detection.recognizers")


def _values(data: Any, depth: int) -> Iterator[Any]:
    yield data
    if depth > MOST.bit_length():
        raise DetectionError("the file of recognizers is nested too deeply")
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for part in parts:
        yield from _values(part, depth + 1)


def bound_patterns(registry: "RecognizerRegistry") -> None:
    """See to it that no pattern of Presidio's recognizers takes too long, or is left out because it did.

    Raises:
        DetectionError: one would; names the recognizer and the pattern.
    """
    for recognizer in registry.recognizers:
        if not isinstance(recognizer, PatternRecognizer):
            continue
        patterns: Sequence[Pattern] = recognizer.patterns  # type: ignore[has-type]
        for pattern in patterns:
            name = f"pattern {pattern.name!r} of recognizer {recognizer.name}"  # type: ignore[has-type]
            flags = recognizer.global_regex_flags or 0
            pattern.compiled_with_flags = recognizer.global_regex_flags  # type: ignore[assignment]
            pattern.compiled_regex = _Bounded(_compile(pattern.regex, flags, name), name)  # type: ignore[assignment]


class _Bounded:
    """A compiled pattern as Presidio uses it."""

    def __init__(self, compiled: Any, name: str) -> None:
        self._compiled, self._name = compiled, name

    def finditer(self, text: str, **_: Any) -> Iterator[Any]:
        """Yield what matches, within our own time: Presidio's, which it gives as well, is longer.

        Raises:
            DetectionError: it takes too long, so that nothing may be said about this text (P3).
        """
        try:
            yield from self._compiled.finditer(text, timeout=SECONDS, concurrent=True)
        except TimeoutError:
            pass
        else:
            return
        raise DetectionError(f"{self._name} takes too long on this text - write a simpler one")
