"""Identifiers of the Americas."""

import re

from backend.privacy.patterns import checksums as sums
from backend.privacy.patterns.kinds.records import is_number
from backend.privacy.patterns.pattern import Pattern, number

_UNNUMBERED = r"(?<!#)(?<![#№] )(?<!\b[Nn]o )(?<!\b[Nn]o\. )(?<!\b[Nn]r )(?<!\b[Nn]r\. )(?<!number )"
"""Not where a sign or word says that a number is one of an order, an invoice or the like."""

PATTERNS = (
    Pattern(
        "us_ssn",
        "US_SSN",
        number(r"\d{3}([- ._]|\s?-\s?)\d\d\1\d{4}"),
        starts="3",
        score=0.65,
        valid=0.85,
        context="ssn",
        confirmed=1.0,
        check=sums.us_ssn,
    ),
    Pattern(
        "us_ssn_plain",
        "US_SSN",
        number(r"\d{9}|\d{3}\s?\d\d\s?\d{4}|\d{3}\s?[-.]\s?\d\d\s?[-.]\s?\d{4}"),
        starts="3 9",
        context="ssn",
        confirmed=0.9,
        check=sums.us_ssn,
    ),
    Pattern(
        "us_ssn_last_four",
        "US_SSN",
        number(r"\d{4}"),
        starts="4",
        context="ssn",
        confirmed=0.5,
    ),
    Pattern(
        "us_itin",
        "US_ITIN",
        number(r"9\d\d([- ]?)(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\1\d{4}"),
        starts="3 9",
        context="itin tax",
        confirmed=0.9,
    ),
    Pattern(
        "us_itin_form", "US_ITIN", number(r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}"), starts="3", score=0.8
    ),
    Pattern("us_ein", "US_EIN", number(r"\d\d-\d{7}"), starts="2", score=0.6, context="tax"),
    Pattern("us_passport", "US_PASSPORT", number(r"[A-Z]?\d{8,9}"), starts="8 9 A1", context="passport"),
    Pattern(
        "passport_beside_word",
        "PASSPORT",
        number(r"[A-Z]{1,3} ?\d{5,8}[A-Z]{0,2}|\d\d[A-Z]{2}\d{5}|\d{7,9}"),
        starts="2 7 8 9 A1 A2 A3",
        context="passport",
        confirmed=0.95,
    ),
    Pattern(
        "us_driver_license",
        "US_DRIVER_LICENSE",
        number(r"[A-Z]{0,3}[- ]?\d[\dA-Z]{4,17}|[A-Z]?\d{2,5}(?:[- ]\d{2,8}){1,4}", re.IGNORECASE),
        starts="* A1 A2 A3",
        context="license",
        confirmed=0.8,
        accept=is_number,
    ),
    Pattern(
        "us_dl_letter",
        "US_DRIVER_LICENSE",
        number(r"[A-Z]\d{3}[- ]\d{3,4}[- ]\d{2,4}(?:[- ]\d{1,4})?(?:-\d)?|[A-Z]\d{12,14}"),
        starts="A1",
        score=0.6,
        context="license",
    ),
    Pattern(
        "us_mbi",
        "HEALTH_INSURANCE",
        number(
            r"[1-9][AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y][0-9AC-HJ-NP-RT-Y]\d-?[AC-HJ-NP-RT-Y]{2}\d\d"
        ),
        starts="1",
        score=0.85,
    ),
    Pattern("us_npi", "US_NPI", number(r"[12]\d{9}"), starts="10", context="health", check=sums.npi),
    Pattern(
        "us_dea",
        "MEDICAL_LICENSE",
        number(r"[A-Z][A-Z9]\d{7}", re.IGNORECASE),
        starts="A1 A2",
        score=0.4,
        valid=0.85,
        context="health",
        check=sums.dea,
    ),
    Pattern(
        "us_zip",
        "ZIP_CODE",
        number(rf"{_UNNUMBERED}\d{{5}}(?:-\d{{4}})?"),
        starts="5",
        context="zip address",
        confirmed=0.6,
    ),
    Pattern(
        "zip_plus_four",
        "ZIP_CODE",
        number(rf"{_UNNUMBERED}\d{{5}}-\d{{3,4}}"),
        starts="5",
        score=0.5,
        context="zip address",
    ),
    Pattern(
        "zip_beside_word",
        "ZIP_CODE",
        number(r"\d{4,6}(?:-\d{3,4})?|\d{3} \d\d|\d{4} ?[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"),
        starts="3 4 5 6 A1",
        context="zip",
        confirmed=0.8,
    ),
    Pattern(
        "ca_sin", "CA_SIN", number(r"\d{3}[- ]\d{3}[- ]\d{3}"), starts="3", valid=0.6, context="sin", check=sums.luhn
    ),
    Pattern("ca_sin_plain", "CA_SIN", number(r"\d{9}"), starts="9", context="sin", check=sums.luhn),
    Pattern(
        "ca_postcode",
        "ZIP_CODE",
        number(r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d"),
        starts="A1",
        score=0.75,
    ),
    Pattern(
        "mx_curp",
        "MX_CURP",
        number(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", re.IGNORECASE),
        starts="A4",
        score=0.85,
        valid=1.0,
        check=sums.mx_curp,
    ),
    Pattern(
        "mx_rfc", "MX_RFC", number(r"[A-ZÑ&]{3,4}-?\d{6}-?[0-9A-Z]{3}"), starts="A3 A4", score=0.75, context="mexico"
    ),
    Pattern(
        "br_cpf",
        "BR_CPF",
        number(r"\d{3}\.\d{3}\.\d{3}-\d\d"),
        starts="3",
        score=0.8,
        valid=1.0,
        context="cpf",
        check=sums.br_cpf,
    ),
    Pattern(
        "br_cpf_plain",
        "BR_CPF",
        number(r"\d{11}|\d{3} \d{3} \d{3}[ -]\d\d"),
        starts="3 11",
        valid=0.5,
        context="cpf",
        check=sums.br_cpf,
    ),
    Pattern(
        "br_cnpj",
        "BR_CNPJ",
        number(r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d"),
        starts="2",
        score=0.85,
        valid=1.0,
        context="cnpj",
        check=sums.br_cnpj,
    ),
    Pattern("br_cnpj_plain", "BR_CNPJ", number(r"\d{14}"), starts="14", context="cnpj", check=sums.br_cnpj),
    Pattern(
        "br_cep", "ZIP_CODE", number(r"\d{5}-\d{3}|\d\d\.\d{3}-\d{3}"), starts="2 5", score=0.5, context="zip address"
    ),
    Pattern(
        "ar_cuit",
        "AR_CUIT",
        number(r"(?:2[0347]|3[034])-?\d{8}-?\d"),
        starts="2 11",
        context="argentina",
        valid=0.6,
        check=sums.ar_cuit,
    ),
    Pattern(
        "ar_cuit_form",
        "AR_CUIT",
        number(r"\d\d-\d{8}-\d"),
        starts="2",
        score=0.75,
        valid=1.0,
        context="argentina",
        check=sums.ar_cuit,
    ),
    Pattern("ar_dni", "AR_DNI", number(r"\d{1,2}\.\d{3}\.\d{3}|\d{7,8}"), starts="1 2 7 8", context="argentina spain"),
    Pattern(
        "cl_rut",
        "CL_RUT",
        number(r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]"),
        starts="1 2 7 8",
        score=0.6,
        valid=0.95,
        context="chile",
        check=sums.cl_rut,
    ),
)
