"""Words of clinics in Russian by what stands beside them: drugs before a dose or in a list, eponyms behind a sign.

Surnames as Russia and its neighbours have them are none of them, whatever stands beside; nor is who is named or titled.
"""

import re
from collections.abc import Iterator

from backend.privacy.detect.trades.russian import SIGNS
from backend.privacy.detect.vocabulary.dictionary import read
from backend.privacy.packages import is_installed

FEWEST = 2
"""Different words of clinics that a text of a clinic has."""
_CLINICAL = re.compile(
    r"(?<!\w)(?:\d[\d,.]* ?(?:мг|мкг|мл|ед)|в/(?:в|м)|п/к|пациент|больн(?:ой|ая|ого|ому|ых)|диагноз|жалоб|осмотр"
    r"|назначен|операци|отделени|реанимаци|перевязк|температур|анализ|мрт|кт|узи|экг|эхокг|фгдс|чсс|ад|хирург|терапевт"
    r"|невролог|травматолог|онколог|кардиолог|педиатр|психиатр|гастро|офтальм|роды|роддом|гинеколог|симптом|синдром|шкал"
    r"|капли|таблетк|мазь|дренаж|катетер|перелом|рана|раны|боль|боли|отёк|отек|кашель|лечени|терапи|препарат|доз[аыуе]"
    r"|сатурац|гемоглобин|прививк|гипс|инъекци|уколы?|клиник|палат|рак[ае]?\b|опухол|химио|метастаз|биопси|ивл\b|трахеостом"
    r"|глауком|вгд|лейкопени|инфаркт|инсульт|пневмони|бронх|ларингит|орви|киста|холецист|диабет)"
)
"""In small letters."""
_NAME = r"(?P<name>[А-ЯЁ][а-яё]{2,}+(?:-[А-ЯЁ][а-яё]++)?(?: ?[-–—] ?[А-ЯЁ][а-яё]++)?+)(?![\w-]| [А-ЯЁ]\.)"
_DOSED = re.compile(
    rf"(?<![\w.@-]){_NAME}(?: [А-ЯЁ]{{1,2}})? \d[\d.,/]* ?(?:мг|мкг|мл|г|ЕД|ед|МЕ|%|таб|капс|кап|доз)(?!\w)"
)
_OF_SIGN = re.compile(
    r"(?<!\w)(?i:симптом\w*|синдром\w*|болезн\w+|проб[аыуе]|тест\w{0,2}|шкал[аеыу]|индекс\w{0,2}|перелом\w{0,2}|кист\w{1,2}"
    r"|линз\w{1,2}|манёвр\w{0,2}|маневр\w{0,2}|критери\w+|классификаци\w+|методик\w{1,2}|поз[аые]|операци\w+|мазь|линимент\w?|феномен\w?|реакци\w+|катетер\w{0,2}|порт"
    r"|стент\w{0,2}|аппарат\w{0,2}|небулайзер\w{0,2}|экспандер\w{0,2}|протез\w{0,2}|ивл|иол|помп\w{1,2}|глюкометр\w{0,2}"
    r"|тонометр\w{0,2}|рефлекс\w{0,2}|формул\w{1,2}|триад\w{1,2}|зонд\w{0,2}|дивертикул\w{0,2}|таблиц\w{1,2}"
    rf"|(?:по|гипс по|дренаж по) шкал\w{{1,2}}) [«\"]?{_NAME}"
)
_GIVEN_TO = re.compile(
    r"(?<!\w)(?i:получает|получала?|назначен\w*:|добавлен\w*|отмен[её]н\w*|введ[её]н\w*|ушит\w*|капли|свечи|мазь|гель|таб\.?"
    rf"|капс\.?|р-р|курс\w{{0,2}}|инъекци\w) {_NAME}"
)
_FORM_AFTER = re.compile(rf"(?<![\w.@-]){_NAME} (?:капли|свечи|мазь|гель|спрей|сироп|в/в|в/м|п/к|на ночь|р/д|табл?\b)")
_ENDING = re.compile(
    r"(?<![\w@-])(?P<name>[А-ЯЁ][а-яё]+(?:мицин|циллин|прил|сартан|статин|пролол|олол|азол|дипин|зепам|золам|таксел|платин"
    r"|рубицин|тиниб|парин|ксабан|флоксацин|цетам|метазон|золон|каин|тоцин|метрин|пенем|бутамин|фенак|профен|оксикам|тадин"
    r"|ризин|триптилин|глиптин|глифлозин|формин|семид|тиазид|лукаст|триптан|сетрон|тидин|прост|фунгин|мабом|умаб|ксимаб"
    r"|цеф|аксон|залин|морфин|фентанил|альбумин|гепарин|инсулин|бумин)(?:а|у|ом|е|ы)?)(?![\w-]| [А-ЯЁ][а-яё.])"
)
_ITEM = re.compile(rf"(?:, | и | \+ |; ){_NAME}")
_ITEM_BEFORE = re.compile(r"(?<![\w.@-])(?P<name>[А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?)(?: [А-ЯЁ])?(?: \d[\d.,/]*)?, $")
_LEFT = re.compile(r"(?: [А-ЯЁ])?(?: \d[\d.,/]*(?: ?(?:мг|мкг|мл|г|ЕД|%))?)?(?: (?:капли|свечи|мазь|гель|на ночь))?")
_SLAVIC = re.compile(
    r"(?:[оеё]в|[иы]н)(?:а|у|ым|е|ой|ую|ых)?$|ск(?:ий|ого|ому|им|ом|ая|ой|ую)$|енк[оау]$|(?:ук|юк|чук)(?:а|у|ом)?$"
    r"|ян(?:а|у|ом)?$|дзе$|швили$|их$|ых$|ич(?:а|у|ем)?$|ко$|ай(?:те|тис)$|улы$|кызы$|ба[ей]в"
)
"""How surnames of Russia and its neighbours end."""
_TITLED = re.compile(
    r"(?:(?<!\w)[А-ЯЁ]\. ?|(?i:г-н|г-жа|господин\w*|врач\w*|доктор\w*|д-р|пациент\w*|больн\w+|медсестр\w+|сестр\w+"
    r"|хирург\w*|мам[аыеу]|пап[аыеу]|муж\w{0,2}|жен[аыеу]|сын\w{0,2}|доч\w+|дежурн\w+|родильниц\w+|заведующ\w+"
    r"|ассистент\w*)\.?:? )$"
)
_NAME_AFTER = re.compile(r" [А-ЯЁ](?:\.|[а-яё])")
_WORD = re.compile(r"[А-ЯЁа-яё]+")
_NAMES = 0.05
"""How likely the dictionary may hold a word to be a name that is none."""
_MOST_ITEMS = 12
_FAR = 40
"""Characters before a word that are looked at."""
Span = tuple[int, int]


def clinical_words(text: str) -> Iterator[Span]:
    """Yield drugs, devices and what is called after somebody in a Russian text of a clinic."""
    if not is_installed("ru") or not _is_clinical(text):
        return
    dosed = (match.span("name") for match in (*_DOSED.finditer(text), *_ENDING.finditer(text)))
    sure = [span for span in dosed if not _is_titled(text, *span)]
    beside = (*_OF_SIGN.finditer(text), *_GIVEN_TO.finditer(text), *_FORM_AFTER.finditer(text))
    told = [match.span("name") for match in beside if _may_be_term(text, *match.span("name"))]
    signs = (match.span("name") for match in _OF_SIGN.finditer(text) if match["name"].lower() in SIGNS)
    yield from (span for span in signs if not _is_titled(text, *span))
    for span in (*sure, *told):
        yield span
        yield from _listed(text, span)


def _is_clinical(text: str) -> bool:
    said = {match[0].lstrip("0123456789., ") for match in _CLINICAL.finditer(text.lower())}
    return len(said) >= FEWEST


def _listed(text: str, span: Span) -> Iterator[Span]:
    """Yield what stands in a list with a drug."""
    start, end = span
    for _ in range(_MOST_ITEMS):
        left = _LEFT.match(text, end)
        item = _ITEM.match(text, left.end() if left else end)
        if item is None or not _may_be_term(text, *item.span("name")):
            break
        yield item.span("name")
        end = item.end("name")
    for _ in range(_MOST_ITEMS):
        before = _ITEM_BEFORE.search(text, max(0, start - _FAR), start)
        if before is None or not _may_be_term(text, *before.span("name")):
            break
        yield before.span("name")
        start = before.start("name")


def _may_be_term(text: str, start: int, end: int) -> bool:
    """Say whether words are no surname as they are usual, no name that dictionaries have, and stand as none does."""
    return not _is_titled(text, start, end) and not any(map(_may_be_name, _WORD.findall(text, start, end)))


def _may_be_name(word: str) -> bool:
    if _SLAVIC.search(word):
        return True
    readings = read(word.lower())
    return readings.known and readings.name > _NAMES


def _is_titled(text: str, start: int, end: int) -> bool:
    """Say whether a word that only people have, or an initial or another name, stands beside a place."""
    return _NAME_AFTER.match(text, end) is not None or _TITLED.search(text, max(0, start - _FAR), start) is not None
