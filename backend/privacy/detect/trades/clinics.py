"""Words of clinics: drugs by their generic names and brands, devices, scales, and what is named after who described it.

Names of drugs that follow a rule are told by their endings in `shapes`.
"""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
PHRASES = _LISTS["phrases"]
EPONYMS = _LISTS["eponyms"]
ALSO_NAMES = _LISTS["also_names"]
