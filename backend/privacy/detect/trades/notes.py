"""Words that begin a line of a note or say who somebody is: taggers take them for names."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
ROLES = _LISTS["roles"]
ABBREVIATIONS = frozenset(_LISTS["abbreviations"])
"""In capitals. Others of two or three letters may be somebody's initials."""
