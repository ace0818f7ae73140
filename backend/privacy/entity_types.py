"""What kinds of personal data there are, and what each is. Whoever needs a set of entity types takes it from here."""

import re
from dataclasses import dataclass

LITERAL = "LITERAL"
"""Entity type of what looks like a placeholder in the original text: it stands for itself."""
WITHHELD = "WITHHELD"
"""Entity type of a withheld field's value where it stands in another field."""
CUSTOM = "CUSTOM"
"""Entity type of a listed value that has none of its own."""


@dataclass(frozen=True, slots=True)
class EntityKind:
    """Entity types of one kind.

    Attributes:
        types: those that our own recognizers and Presidio's give; the first is the general one.
        others: what other recognizers and data sets call them.
        is_direct: whether a value leads to a person by itself.
        is_words: whether a value is words.
    """

    types: tuple[str, ...]
    others: tuple[str, ...]
    is_direct: bool
    is_words: bool

    @property
    def names(self) -> frozenset[str]:
        """All that they are called."""
        return frozenset((*self.types, *self.others))


def _kind(types: str, others: str = "", *, direct: bool = True, words: bool = False) -> EntityKind:
    return EntityKind(tuple(types.split()), tuple(others.split()), direct, words)


PEOPLE = _kind("PERSON NAME", "PER FIRST_NAME LAST_NAME MIDDLE_NAME", words=True)
STREETS = _kind("STREET_ADDRESS", "ADDRESS STREET", words=True)
PLACES = _kind("LOCATION", "LOC GPE CITY FAC", direct=False, words=True)
ZIP_CODES = _kind("ZIP_CODE", "ZIP POSTAL_CODE US_ZIP_CODE", direct=False)
ORGANIZATIONS = _kind("ORGANIZATION", "ORG COMPANY", direct=False, words=True)
NATIONALITIES = _kind("NRP", "NORP NATIONALITY", direct=False, words=True)
TITLES = _kind("TITLE", direct=False)
AGES = _kind("AGE", direct=False)
GENDERS = _kind("", "GENDER", direct=False)
DATES = _kind("DATE_TIME", "DATE TIME", direct=False)
BIRTHS = _kind("", "DATE_OF_BIRTH BIRTH_DATE DOB")
EMAILS = _kind("EMAIL_ADDRESS", "EMAIL")
PHONES = _kind("PHONE_NUMBER", "PHONE TELEPHONE")
HOSTS = _kind("URL DOMAIN_NAME")
IP_ADDRESSES = _kind("IP_ADDRESS", "IP")
ACCESS = _kind("PASSWORD SECRET USERNAME", "API_KEY TOKEN")
BANK_ACCOUNTS = _kind("BANK_ACCOUNT IBAN_CODE US_BANK_NUMBER")
DRIVER_LICENSES = _kind("DRIVER_LICENSE IT_DRIVER_LICENSE RU_DRIVER_LICENSE US_DRIVER_LICENSE")
PASSPORTS = _kind("PASSPORT IN_PASSPORT IT_PASSPORT RU_PASSPORT US_PASSPORT")
TAX_NUMBERS = _kind("TAX_ID DE_VAT IT_VAT_CODE US_EIN US_ITIN VAT_NUMBER")
NUMBERS = _kind("""
    ID_NUMBER AE_ID AR_CUIT AR_DNI AT_SOCIAL_SECURITY AU_ABN AU_ACN AU_MEDICARE AU_TFN BE_NN BG_EGN BR_CNPJ BR_CPF
    CA_SIN CH_AHV CL_RUT CN_ID COORDINATES CREDIT_CARD CRYPTO CVV CZ_RODNE_CISLO DE_ID_CARD DE_SOCIAL_SECURITY DE_TAX_ID
    DK_CPR EE_ISIKUKOOD ES_NIE ES_NIF FI_PERSONAL_IDENTITY_CODE FR_NIR FR_SIRET GR_AMKA HEALTH_INSURANCE HK_ID HR_OIB
    HU_TAJ ID_NIK IE_PPS IL_ID IN_AADHAAR IN_GSTIN IN_PAN IN_VEHICLE_REGISTRATION IN_VOTER IT_FISCAL_CODE
    IT_IDENTITY_CARD JP_MY_NUMBER KR_RRN KZ_IIN LICENSE_PLATE LV_PERSONAS_KODS MAC_ADDRESS MEDICAL_LICENSE
    MEDICAL_RECORD MX_CURP MX_RFC MY_NRIC NG_NIN NL_BSN NO_FODSELSNUMMER PH_ID PK_CNIC PL_ID_CARD PL_NIP PL_PESEL PT_NIF
    ROUTING_NUMBER RO_CNP RU_INN RU_OGRN RU_SNILS SE_PERSONNUMMER SG_NRIC_FIN SG_UEN SWIFT_CODE TH_ID TH_TNIN TRACK_DATA
    TR_TCKN TW_ID UA_TAX_ID UK_NHS UK_NINO US_NPI US_SSN VIN ZA_ID
""")
"""Identifiers of people and of what is theirs; each has a form."""
OWN = _kind(f"{CUSTOM} {LITERAL} {WITHHELD}")
"""What no recognizer finds: our own marks."""

KINDS = (
    *(PEOPLE, STREETS, PLACES, ZIP_CODES, ORGANIZATIONS, NATIONALITIES, TITLES, AGES, GENDERS, DATES, BIRTHS),
    *(EMAILS, PHONES, HOSTS, IP_ADDRESSES, ACCESS, BANK_ACCOUNTS, DRIVER_LICENSES, PASSPORTS, TAX_NUMBERS),
    *(NUMBERS, OWN),
)
_BY_NAME = {name: kind for kind in KINDS for name in kind.names}

ENTITY_TYPES = frozenset(entity_type for kind in KINDS for entity_type in kind.types)
"""Those that our own recognizers and Presidio's give, to tell a slip in a policy file from a type of one's own."""
WORD_TYPES = frozenset(entity_type for kind in KINDS if kind.is_words for entity_type in kind.types)
"""Types whose values are words."""
NAME_TYPES = frozenset((*PEOPLE.types, *PLACES.types, *ORGANIZATIONS.types))
"""Types whose values are names."""
PERSON_TYPES = frozenset(PEOPLE.types)
"""What a person's name is made of."""
ADDRESS_TYPES = frozenset((*STREETS.types, *PLACES.types, *ZIP_CODES.types))
"""What an address is made of."""
INDIRECT_TYPES = frozenset(entity_type for kind in KINDS if not kind.is_direct for entity_type in kind.types)
"""Types that do not lead to a person by themselves. All others are direct: names, contacts, addresses, identifiers and
secrets."""

_TYPE = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


def entity_kind(entity_type: str) -> EntityKind | None:
    """Return the kind of an entity type, whoever calls it so; None if nobody here knows it."""
    return _BY_NAME.get(entity_type)


def entity_types_in(recognizers: str) -> frozenset[str]:
    """Return what may be entity types in the text of a file of recognizers."""
    return frozenset(_TYPE.findall(recognizers))
