"""Mutants of what guards that do as it does, so that no test can tell them: by module and name, with the reason."""

from collections.abc import Mapping

_ANY_NO_LETTER = "what stands in an escape's place only ends a word, which either does"
EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("guard", "Guard._finds_word: ' ' → ' ~'"): _ANY_NO_LETTER,
}
