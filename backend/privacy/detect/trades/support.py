"""Words of IT support: programs, services, devices and their makers, protocols, errors. `products` has more of them."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
ALSO_NAMES = _LISTS["also_names"]
