"""Countries, large cities, and what their people are called."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
COUNTRIES = frozenset(_LISTS["countries"])
"""In small letters."""
PLACES = COUNTRIES.union(_LISTS["cities"])
"""Countries, their states, and large cities."""
_MEN = frozenset(_LISTS["men"])
PEOPLES = _MEN.union(_LISTS["peoples"], (word.removesuffix("man") + "men" for word in _MEN))
"""Adjectives and nouns, of religions too; most nouns without the plural's `s`."""
NATIONALITIES = PEOPLES.difference(_LISTS["stateless"])
"""Of countries and their parts: no religions, and no peoples without a state."""
