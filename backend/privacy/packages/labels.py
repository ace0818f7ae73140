"""A model's labels → Presidio's entity types.

Sources: the label schemes of spaCy's pipelines (OntoNotes, WikiNER, NKJP, SUC, NorNE, RONEC, KLUE, CNEC and others), of
CoNLL, and of models for personal data. A label that stands nowhere here is hidden as `NAME`: it may be of a person.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.errors import DetectionError
from backend.privacy.packages.places import find, read_json_file
from backend.privacy.types import Package

_TYPES = {
    "PERSON": "per pers person persname prs ps pessoa persona personne derivper name givenname surname firstname"
    " lastname middlename patient doctor hcw staff username user firstnamemale firstnamefemale prefixname",
    "LOCATION": "loc gpe gpeloc gpeorg fac facility lc location placename geogname local lugar lieu place city country"
    " state province county town village district region geo building station",
    "ORGANIZATION": "org organization organisation orgname og organizacao organizacion company corporation hospital"
    " institution corp group companyname vendor",
    "NRP": "norp natrelpol drv nrp nationality religion ethnicity nationalityethnicity",
    "DATE_TIME": "date time datetime dt ti tme period dateofbirth dob birthdate",
    "STREET_ADDRESS": "address street streetaddress streetname buildingnumber addr",
    "ZIP_CODE": "zip zipcode postcode postalcode",
    "AGE": "age",
    "EMAIL_ADDRESS": "email emailaddress",
    "PHONE_NUMBER": "phone phonenumber telephone telephonenum tel faxnumber fax",
    "URL": "url domain domainname",
    "IP_ADDRESS": "ip ipaddress",
    "ID_NUMBER": "id idnum idnumber identifier nationalid socialnumber ssn socialsecuritynumber passport taxnum"
    " medicalrecord licenseplate account accountnum driverlicense",
    "CREDIT_CARD": "creditcard creditcardnumber cardnumber",
    "IBAN_CODE": "iban ibancode bankaccount",
    "PASSWORD": "password pass pin",
    "TITLE": "title titleaffix",
    "": "misc cardinal ordinal quantity qt percent money monetary event evt evn workofart wrk law language product prod"
    " prd obj msr numericvalue numeric movement other o pad disease drug symptom procedure",
}
TYPES = {label: kind for kind, labels in _TYPES.items() for label in labels.split()}
"""By label, in small letters and without marks; "" for what is nothing personal."""
HIDDEN = "NAME"
"""What an unknown label's words are."""
_PREFIX = re.compile(r"^[BIESLU][-_](?=.)")
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Labels:
    """What becomes of a model's labels.

    Attributes:
        types: the entity type of each label, without a prefix such as `B-`; "" for what is left as it is.
        unknown: labels that stand in no list, and are hidden as `NAME`.
    """

    types: dict[str, str]
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, labels: Iterable[str], said: Iterable[tuple[str, str]]) -> "Labels":
        """Find the entity types of labels; those that a policy says go first."""
        own = dict(said)
        types, unknown = {}, set()
        for label in labels:
            bare = _PREFIX.sub("", label)
            kind = own.get(bare, own.get(label, TYPES.get(_MARKS.sub("", bare).lower())))
            if kind is None:
                unknown.add(bare)
            types[bare] = HIDDEN if kind is None else kind
        return cls(types, tuple(sorted(unknown)))


ASKED = {
    "person": "PERSON",
    "organization": "ORGANIZATION",
    "location": "LOCATION",
    "address": "STREET_ADDRESS",
    "date": "DATE_TIME",
    "username": "USERNAME",
    "phone number": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
    "identification number": "ID_NUMBER",
}
"""What a GLiNER model, which has no labels of its own, is asked for."""


def labels_of(package: Package) -> Labels:
    """Return what becomes of a model's labels, as its files name them.

    Raises:
        DetectionError: it is not there, or marks nothing.
    """
    if package.kind == "gliner":
        return Labels({**ASKED, **dict(package.labels)}, ())
    folder = find(package)
    named = _of_pipeline(folder) if package.kind == "spacy" else _of_classifier(folder)
    if not named:
        raise DetectionError(
            f"the {package.kind} model for {package.language} names no labels of entities - take another"
        )
    return Labels.of(named, package.labels)


def _of_pipeline(folder: Path) -> list[str]:
    labels = read_json_file(folder / "meta.json").get("labels")
    if not isinstance(labels, dict):
        return []
    return [str(label) for pipe in ("ner", "beam_ner", "entity_ruler") for label in labels.get(pipe) or ()]


def _of_classifier(folder: Path) -> list[str]:
    named = read_json_file(folder / "config.json").get("id2label")
    return [str(label) for label in named.values()] if isinstance(named, dict) else []
