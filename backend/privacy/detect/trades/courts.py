"""Words of courts: rulings that rules are called after, Latin, statutes' short names, kinds of courts and hearings."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
EPONYMS = _LISTS["eponyms"]
ALSO_NAMES = _LISTS["also_names"]
