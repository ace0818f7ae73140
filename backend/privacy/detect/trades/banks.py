"""Words of banks and insurers: products, payment systems, rates, ratios, scores, models of risk, forms and schemes."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
ALSO_NAMES = _LISTS["also_names"]
