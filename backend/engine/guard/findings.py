"""What a guard found in a text, and what becomes of one about which it said nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from backend.errors import DetectionError, LanguageError
from backend.privacy.language import UNREAD, identify_language, unread
from backend.privacy.packages import is_installed
from backend.privacy.text.normalize import normalize
from backend.privacy.types import Detection, Scan

Findings: TypeAlias = Mapping[str, Sequence[Detection] | None]
"""By text, what was found in it; None where the guard failed."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """Says what a guard found in a text. It knows no more than it is given: a text that is missing is not vouched for.

    Args:
        scan: the way of looking, with its guard; without one nothing is found and nothing is refused.
        findings: what was found.
    """

    scan: Scan
    findings: Findings = field(default_factory=dict, repr=False)

    def needed(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that the guard must look at, each once, as far as it has not."""
        return [text for text in dict.fromkeys(texts) if text not in self.findings and self._is_needed(text)]

    def __call__(self, text: str) -> Sequence[Detection]:
        """Return what the guard found in a text; nothing where it need not look.

        Raises:
            LanguageError: it failed, and the policy refuses texts in unknown languages.
            DetectionError: it failed, and the policy asks for its look at each text.
        """
        if not self._is_needed(text):
            return ()
        found = self.findings.get(text)
        if found is not None:
            return found
        language = self._unknown(text)
        if language and self.scan.unknown_language == "refuse":
            raise LanguageError(language)
        if self.scan.profile == "thorough":
            raise DetectionError("the policy's detection.model gave no list that can be relied on - see its provider")
        return list(_hidden(text)) if self.scan.unknown_language == "hide" else ()

    def _is_needed(self, text: str) -> bool:
        if self.scan.guard is None or not any(map(str.isalnum, text)):
            return False
        return self.scan.profile == "thorough" or bool(self._unknown(text))

    def _unknown(self, text: str) -> str:
        """Return a text's language, if it is one that no tagger reads."""
        language = identify_language(normalize(text).text, self.scan.languages)
        return language if language not in self.scan.languages else ""


def _hidden(text: str) -> Iterator[Detection]:
    """Yield the words in scripts that no recognizer reads."""
    normal = normalize(text)
    for start, end in unread(normal.text, cyrillic=not is_installed("ru")):
        yield Detection(*normal.to_source(start, end), "NAME", UNREAD, "Scripts")
