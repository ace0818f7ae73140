"""People and their values in several countries, for the annotated sets: names and places by Faker (MIT).

Telephone numbers are of ranges kept free for fiction where a country has one; other numbers are random digits.
"""

import unicodedata
from random import Random

from faker import Faker

LOCALES = ("en_US", "en_GB", "de_DE", "es_ES", "fr_FR", "it_IT", "pl_PL", "en_IN", "sv_SE", "zh_CN")

Values = dict[str, tuple[str, str]]
"""A slot's entity type, or "" where it is no personal data, and its text."""

_PHONES = {
    "en_US": ("(212) 555-01##", "+1 415 555 01##", "303-555-01##"),
    "en_GB": ("020 7946 0###", "07700 900###", "+44 1632 960###"),
    "de_DE": ("030 23125 ###", "+49 69 90009 ###"),
    "es_ES": ("910 000 ###", "+34 600 000 ###"),
    "fr_FR": ("01 99 00 ## ##", "06 39 98 ## ##", "+33 6 39 98 ## ##", "02.61.91.##.##"),
    "it_IT": ("+39 06 5550 0###", "06 5550 0###"),
    "pl_PL": ("+48 22 555 01 ##", "22 555 01 ##"),
    "en_IN": ("+91 98765 0####", "098765 0####"),
    "sv_SE": ("08-465 004 ##", "+46 8 465 004 ##"),
}
_IBANS = ("GB## WEST #### #### #### ##", "DE## #### #### #### #### ##", "FR## #### #### #### #### #### ###")
# Faker keeps Italy's towns in a set, whose order changes from run to run, and makes others up of surnames.
_TOWNS = {
    "en_US": ("Duluth", "Chattanooga", "Boise", "Spokane", "Peoria", "Fort Wayne", "Santa Rosa", "Erie"),
    "en_GB": ("Kettering", "Hexham", "Stoke-on-Trent", "Paisley", "Swansea", "Lowestoft", "Hull", "Kidderminster"),
    "fr_FR": ("Angoulême", "Clermont-Ferrand", "Brest", "La Rochelle", "Vesoul", "Saint-Étienne", "Albi", "Douai"),
    "it_IT": ("Bergamo", "Lecce", "Rovigo", "Campobasso", "Sondrio", "Ivrea", "Monopoli", "Forte dei Marmi"),
}
_WORDS = {
    "en": ({"Mr": "Mr.", "he": "he", "him": "him", "his": "his", "himself": "himself"},
           {"Mr": "Ms.", "he": "she", "him": "her", "his": "her", "himself": "herself"}),
    "fr": ({"Mr": "M.", "e": ""}, {"Mr": "Mme", "e": "e"}),
    "de": ({"Mr": "Herr"}, {"Mr": "Frau"}),
    "es": ({"Mr": "El señor"}, {"Mr": "La señora"}),
}  # fmt: skip


def invent(random: Random, locale: str, language: str) -> Values:
    """Invent a person, another one (`other_…`), and their values; the words around them are of `language`."""
    places = Faker("en_US" if locale == "zh_CN" else locale)
    places.seed_instance(random.getrandbits(32))
    woman = random.random() < 0.5
    person, other = (_name(Faker(locale), random, sex) for sex in (woman, random.random() < 0.5))
    values = _forms("", *person) | _forms("other_", *other)
    values |= _values(random, places, locale, ".".join(person))
    words = _WORDS[language][woman]
    return values | {key: ("", word) for key, word in words.items()} | {"He": ("", words.get("he", "").title())}


def _name(faker: Faker, random: Random, woman: bool) -> tuple[str, str]:
    faker.seed_instance(random.getrandbits(32))
    if faker.locales == ["zh_CN"]:
        return faker.first_romanized_name(), faker.last_romanized_name()
    if woman:
        return faker.first_name_female(), faker.last_name_female()
    return faker.first_name_male(), faker.last_name_male()


def _forms(who: str, first: str, last: str) -> Values:
    forms = {
        "full": f"{first} {last}",
        "first": first,
        "last": last,
        "initial": f"{first[0]}. {last}",
        "reverse": f"{last}, {first}",
        "upper": f"{last.upper()} {first}",
        "last_upper": last.upper(),
        "first_upper": first.upper(),
    }
    return {who + form: ("PERSON", text) for form, text in forms.items()}


def _values(random: Random, places: Faker, locale: str, name: str) -> Values:
    user = "".join(c for c in unicodedata.normalize("NFKD", name.lower().replace("ł", "l")) if c.isascii())
    user = user.replace(" ", "").replace("'", "")
    year, month, day = random.randint(1935, 2004), random.randint(1, 12), random.randint(1, 28)
    street = places.street_address().replace("\n", ", ").strip()
    phones = _PHONES.get(locale, _PHONES["en_US"])
    return {
        "phone": ("PHONE_NUMBER", _digits(random, random.choice(phones))),
        "email": ("EMAIL_ADDRESS", f"{user}@example.{random.choice(['org', 'com', 'net'])}"),
        "user": ("USERNAME", user),
        "street": ("STREET_ADDRESS", street),
        "city": ("LOCATION", random.choice(_TOWNS[locale]) if locale in _TOWNS else places.city()),
        "company": ("ORGANIZATION", places.company()),
        "dob": ("DATE_OF_BIRTH", f"{day:02}/{month:02}/{year}"),
        "iso": ("DATE_OF_BIRTH", f"{year}-{month:02}-{day:02}"),
        "nir": ("FR_NIR", _nir(random, year, month)),
        "iban": ("IBAN_CODE", _digits(random, random.choice(_IBANS))),
        "number": ("ID", _digits(random, "K-####/##")),
        "ip": ("IP_ADDRESS", f"203.0.113.{random.randint(1, 254)}"),
    }


def _digits(random: Random, pattern: str) -> str:
    return "".join(str(random.randrange(10)) if c == "#" else c for c in pattern)


def _nir(random: Random, year: int, month: int) -> str:
    """Return a French social security number with its right key, of a country code that does not exist."""
    digits = f"{random.choice('12')}{year % 100:02}{month:02}99999{random.randrange(1, 1000):03}"
    key = f"{97 - int(digits) % 97:02}"
    if random.random() < 0.5:
        return digits + key
    return " ".join([digits[0], digits[1:3], digits[3:5], digits[5:7], digits[7:10], digits[10:], key])
