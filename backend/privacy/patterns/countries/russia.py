"""Identifiers of Russia and its neighbours."""

import re

from backend.privacy.patterns import checksums as sums
from backend.privacy.patterns.pattern import Pattern, number, word

PATTERNS = (
    Pattern(
        "ru_passport",
        "RU_PASSPORT",
        number(r"\d\d[ -]?\d\d[ ,]{0,2}(?:№|N|No\.?|номер)?[ ]?\d{6}"),
        starts="2 4 10",
        context="passport",
    ),
    Pattern(
        "ru_passport_form",
        "RU_PASSPORT",
        number(r"\d\d \d\d (?:№ ?)?\d{6}|\d{4} (?:№ ?)?\d{6}"),
        starts="2 4",
        score=0.6,
    ),
    Pattern(
        "ru_passport_words",
        "RU_PASSPORT",
        word(r"сери[яию][\s:]*(?P<v>\d\d\s?\d\d[\s,]*(?:(?:и\s)?номер|№)?[\s:]*\d{6})\b"),
        triggers="серия серии серию",
        score=0.9,
    ),
    Pattern("ru_passport_office", "ID_NUMBER", number(r"\d{3}-\d{3}"), starts="3", context="passport", confirmed=0.6),
    Pattern("ru_foreign_passport", "RU_PASSPORT", number(r"\d\d[ ]?№?[ ]?\d{7}"), starts="2 9", context="passport"),
    Pattern(
        "ru_snils",
        "RU_SNILS",
        number(r"\d{3}[- ]\d{3}[- ]\d{3}[- ]\d\d"),
        starts="3",
        score=0.7,
        valid=0.95,
        context="snils",
        check=sums.ru_snils,
    ),
    Pattern(
        "ru_snils_plain", "RU_SNILS", number(r"\d{11}"), starts="11", valid=0.5, context="snils", check=sums.ru_snils
    ),
    Pattern(
        "ru_inn", "RU_INN", number(r"\d{12}|\d{10}"), starts="10 12", context="inn", confirmed=0.95, check=sums.ru_inn
    ),
    Pattern("ru_inn_person", "RU_INN", number(r"\d{12}"), starts="12", valid=0.6, check=sums.ru_inn),
    Pattern("ru_ogrn", "RU_OGRN", number(r"\d{15}|\d{13}"), starts="13 15", context="ogrn", check=sums.ru_ogrn),
    Pattern(
        "ru_oms",
        "HEALTH_INSURANCE",
        number(r"\d{16}|\d{4}(?: \d{4}){3}|\d{4} ?№? ?\d{6}"),
        starts="4 16",
        context="oms",
        confirmed=0.95,
    ),
    Pattern(
        "ru_driver_license",
        "RU_DRIVER_LICENSE",
        number(r"\d\d ?(?:\d\d|[А-ЯA-Z]{2}) ?№? ?\d{6}"),
        starts="2 4 10",
        context="license",
        confirmed=0.9,
    ),
    Pattern(
        "ru_birth_certificate",
        "ID_NUMBER",
        re.compile(r"[IVX]{1,4}-[А-Я]{2} ?(?:№|N)? ?\d{6}\b"),
        triggers="i ii iii iv v vi",
        score=0.9,
    ),
    Pattern(
        "ru_plate",
        "LICENSE_PLATE",
        number(r"[АВЕКМНОРСТУХABEKMHOPCTYX] ?\d{3} ?[АВЕКМНОРСТУХABEKMHOPCTYX]{2} ?\d{2,3}", re.IGNORECASE),
        starts="A1",
        score=0.85,
        context="plate",
    ),
    Pattern(
        "ru_kpp",
        "ID_NUMBER",
        word(r"(?:кпп|окпо|огрн|огрнип|бик|снилс|инн|омс|полис|паспорт|ву)[\s:№#=-]*(?P<v>\d[\d -]{4,22}\d)\b"),
        triggers="кпп окпо огрн огрнип бик снилс инн омс полис паспорт ву",
        score=0.845,  # below a type that the same word names
    ),
    Pattern("kz_iin", "KZ_IIN", number(r"\d{12}"), starts="12", context="kz", check=sums.kz_iin),
    Pattern("ua_tax", "UA_TAX_ID", number(r"\d{10}"), starts="10", context="ua", check=sums.ua_tax),
    Pattern("ua_passport", "PASSPORT", number(r"[А-ЯІЇЄ]{2} ?№? ?\d{6}|\d{9}"), starts="A2 9", context="passport"),
)
