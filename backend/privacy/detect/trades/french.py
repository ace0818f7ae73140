"""Words of the trades in French: drugs, statutes named after ministers, products of banks, schemes, programs."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
ALSO_NAMES = _LISTS["also_names"]
