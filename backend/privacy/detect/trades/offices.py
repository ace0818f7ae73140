"""Words of public offices: benefits, schemes, forms, registers, taxes, inspections, kinds of plans and decisions."""

from backend.privacy.text.word_lists import word_lists

_LISTS = word_lists(__file__)
WORDS = _LISTS["words"]
ALSO_NAMES = _LISTS["also_names"]
