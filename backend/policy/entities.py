"""The entity types and languages that our detection knows, to tell a slip in a policy file from a type of one's own."""

import re
from pathlib import Path

LANGUAGES = frozenset({"en", "fr", "ru"})
"""Languages in which names are found without recognizers of one's own."""

ENTITY_TYPES = frozenset(
    {"AGE", "CREDIT_CARD", "CRYPTO", "DATE_TIME", "DOMAIN_NAME", "EMAIL_ADDRESS", "IBAN_CODE", "ID_NUMBER"}
    | {"IP_ADDRESS", "LITERAL", "LOCATION", "MAC_ADDRESS", "MEDICAL_LICENSE", "NRP", "ORGANIZATION", "PASSWORD"}
    | {"PERSON", "PHONE_NUMBER", "SECRET", "STREET_ADDRESS", "TITLE", "URL", "WITHHELD", "ZIP_CODE"}
    | {"AU_ABN", "AU_ACN", "AU_MEDICARE", "AU_TFN", "ES_NIE", "ES_NIF", "FI_PERSONAL_IDENTITY_CODE", "IN_AADHAAR"}
    | {"IN_PAN", "IN_PASSPORT", "IN_VEHICLE_REGISTRATION", "IN_VOTER", "IT_DRIVER_LICENSE", "IT_FISCAL_CODE"}
    | {"IT_IDENTITY_CARD", "IT_PASSPORT", "IT_VAT_CODE", "KR_RRN", "PL_PESEL", "RU_INN", "RU_PASSPORT", "RU_SNILS"}
    | {"SG_NRIC_FIN", "SG_UEN", "TH_TNIN", "UK_NHS", "UK_NINO", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_ITIN"}
    | {"US_PASSPORT", "US_SSN"}
)

_TYPE = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


def entity_types_in(recognizers: str) -> frozenset[str]:
    """Return what may be entity types in a file of recognizers; "" for no file."""
    return frozenset(_TYPE.findall(Path(recognizers).read_text(encoding="utf-8"))) if recognizers else frozenset()
