"""Short and fond forms of given names in Russian, Ukrainian and Belarusian that the dictionary of forms lacks."""

from backend.privacy.names.parts import stem
from backend.privacy.text.word_lists import word_lists

STEMS = frozenset(key for key in map(stem, word_lists(__file__)["diminutives"]) if len(key) > 2)
"""What all cases of these names have in common."""


def is_diminutive(word: str) -> bool:
    """Say whether a word in any case may be such a form, whatever its capitals; a few are other words too."""
    return len(word) >= 4 and stem(word) in STEMS
