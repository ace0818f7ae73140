"""Words of the trades in Russian, by what all their forms have in common: drugs, eponyms, programs, registers."""

from backend.privacy.names.parts import stem
from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
ALWAYS = frozenset(map(stem, _LISTS["always"]))
"""Stems of words that are nobody's name."""
EPONYMS = frozenset(map(stem, _LISTS["eponyms"]))
"""Stems of names that are terms behind or before a word of the trade."""
ROLES = frozenset(map(stem, _LISTS["roles"]))
"""Stems of words that say who somebody is, and of others that begin a line."""
SIGNS = frozenset(_LISTS["signs"])
"""Signs, tests, operations and devices, by whose they are: `симптом Воскресенского`."""
