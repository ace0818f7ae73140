"""Names that surrogates are made of: small lists of common ones, so that each could be anybody's."""

from backend.privacy.text.word_lists import word_lists

_PEOPLE = word_lists(__file__, "people")
_PLACES = word_lists(__file__, "places")
_ORGANIZATIONS = word_lists(__file__, "organizations")
LATIN_FEMALE = _PEOPLE["latin_female"]
LATIN_MALE = _PEOPLE["latin_male"]
OTHER_FEMALE = _PEOPLE["other_female"]
OTHER_MALE = _PEOPLE["other_male"]
"""Given names that end as those of the other gender do, and so are not guessed; no surrogates."""
LATIN_SURNAMES = _PEOPLE["latin_surnames"]
CYRILLIC_FEMALE = _PEOPLE["cyrillic_female"]
CYRILLIC_MALE = _PEOPLE["cyrillic_male"]
CYRILLIC_SURNAMES = _PEOPLE["cyrillic_surnames"]
FATHERS = _PEOPLE["fathers"]
"""Patronymics without -ич and -на."""
LATIN_CITIES = _PLACES["latin_cities"]
"""Large ones: a model knows them to be cities, where a small one could be a person or a company."""
LATIN_COUNTRIES = _PLACES["latin_countries"]
NATIONALITIES = _PLACES["nationalities"]
"""Such as are adjectives and nouns, whose plural ends in `s`."""
CYRILLIC_CITIES_FEMALE = _PLACES["cyrillic_cities_female"]
CYRILLIC_CITIES_MALE = _PLACES["cyrillic_cities_male"]
STREETS = _PLACES["streets"]
CYRILLIC_STREETS = _PLACES["cyrillic_streets"]
COMPANIES = _ORGANIZATIONS["companies"]
"""Made up, and unlike a person's name or a place's."""
CYRILLIC_COMPANIES = _ORGANIZATIONS["cyrillic_companies"]
COMMON_FIRST = _PEOPLE["common_first"]
COMMON_SURNAMES = _PEOPLE["common_surnames"]
"""Names so common that no surrogate has them; those that are both stand where they are met first."""
ORGANIZATION_KINDS = _ORGANIZATIONS["organization_kinds"]
"""Words at the end of names of organizations that tell what they are; each is of thousands."""
PLACE_KINDS = _PLACES["place_kinds"]
STATES = _PLACES["states"]
SHORT_COUNTRIES = frozenset(_PLACES["short_countries"])
