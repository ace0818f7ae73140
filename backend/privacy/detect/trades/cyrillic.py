"""Words of trades in Russian, in all their forms."""

import re
from collections.abc import Iterator

from backend.privacy.detect.trades.russian import ALWAYS, EPONYMS, ROLES
from backend.privacy.detect.trades.russian_clinics import clinical_words
from backend.privacy.names.parts import stem

_WORD = re.compile(r"(?<![\w@-])[А-ЯЁа-яё]{3,}(?:-[А-ЯЁа-яё]+)?(?![\w@-])")
_ABBREVIATION = re.compile(
    r"(?<![\w@.-])[А-ЯЁ]{2,8}(?:-[А-ЯЁ\d]{1,5})?(?![\w@]|-\w|[ -]?№? ?\d{3}|\. ?[А-ЯЁ]|,? [А-ЯЁ]{3,}"
    r"| [А-ЯЁ][а-яё]+ [А-ЯЁ][а-яё]+(?:ич|вна))"
)
_CYRILLIC = re.compile("[а-яё]")
_TRADE_BEFORE = re.compile(
    r"(?:болезн[ьию]|болезнью|синдром\w*|симптом\w*|проб[аыуе]|проба по|тест\w*|шкал[аеыу]|по|индекс\w*"
    r"|реакци[яию]|отёк\w*|отек\w*|критери\w+|модел[ьи]"
    r"|метод\w*|формул[аеыу]|аппарат\w*|лимфом\w*|тиреоидит\w*|офтальмопати\w*|— |- |и ) ?$",
    re.IGNORECASE,
)
_TRADE_AFTER = re.compile(r" (?:отрицател|положител|слабо|\d)")
_METHOD = re.compile(
    r"\b(?:шв[ыоа]\w*|шов\w*|дренаж\w*|сечени\w+|пластик\w+|резекци\w+|анастомоз\w*|классификаци\w+|шкал\w+|окраск\w+"
    r"|проб[аыуе]\w*|перелом\w*|разрез\w*|доступ\w*|лапаротоми\w+|грыжесечени\w+|блокад\w+|вправлени\w+|ампутаци\w+"
    r"|степен\w+|стади\w+|гипс\w*|остеосинтез\w*|трахеостом\w+|повязк\w+|СКФ|ФВ|ВГД)(?: [а-яё]+| \d+ ?%)? по "
    r"(?P<name>[А-ЯЁ][а-яё]++(?:[-–—][А-ЯЁ][а-яё]++)*+)(?! [А-ЯЁ][.а-яё])",
)
"""What is done or graded by the method of somebody: `швы по Донати`."""
_NAME_BESIDE = re.compile(
    r"(?:(?<!\w)(?-i:[А-ЯЁ])\. ?|(?:г-н|г-жа|господин|госпожа|врач|доктор|судья|гражданин|гр\.|пациент|пациентка"
    r"|клиент)\w{0,3} )$",
    re.IGNORECASE,
)
_NAME_BEHIND = re.compile(r" [А-ЯЁ]\.")


def cyrillic_terms(text: str) -> Iterator[tuple[int, int]]:
    """Yield the words of trades in Russian."""
    if not _CYRILLIC.search(text):
        return
    for match in _WORD.finditer(text):
        key = stem(match[0])
        is_named = _NAME_BESIDE.search(text, max(0, match.start() - 16), match.start()) or _NAME_BEHIND.match(
            text, match.end()
        )
        if is_named:
            continue
        if key in ALWAYS or key in ROLES or (key in EPONYMS and _is_term(text, *match.span())):
            yield match.span()
    yield from (match.span("name") for match in _METHOD.finditer(text))
    yield from clinical_words(text)
    for match in _ABBREVIATION.finditer(text):
        if not _NAME_BESIDE.search(text, max(0, match.start() - 16), match.start()):
            yield match.span()


def _is_term(text: str, start: int, end: int) -> bool:
    return (
        _TRADE_BEFORE.search(text, max(0, start - 24), start) is not None or _TRADE_AFTER.match(text, end) is not None
    )
