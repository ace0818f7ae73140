"""Words of clinics in Russian: drugs by their ending, eponyms behind a sign.

A dose, a list and a device tell nothing: whoever gets it stands there as well (`Ковальчук 5 мг в/в`). Nor is anybody
one of them who is named or titled, or behind a scale a surname as Russia and its neighbours have them.
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
_OF_SIGN = re.compile(
    r"(?<!\w)(?i:симптом\w*|синдром\w*|болезн\w+|проб[аыуе]|тест\w{0,2}|шкал[аеыу]|индекс\w{0,2}|перелом\w{0,2}|кист\w{1,2}"
    r"|линз\w{1,2}|манёвр\w{0,2}|маневр\w{0,2}|критери\w+|классификаци\w+|методик\w{1,2}|поз[аые]|операци\w+|мазь|линимент\w?|феномен\w?|реакци\w+|катетер\w{0,2}|порт"
    r"|стент\w{0,2}|аппарат\w{0,2}|небулайзер\w{0,2}|экспандер\w{0,2}|протез\w{0,2}|ивл|иол|помп\w{1,2}|глюкометр\w{0,2}"
    r"|тонометр\w{0,2}|рефлекс\w{0,2}|формул\w{1,2}|триад\w{1,2}|зонд\w{0,2}|дивертикул\w{0,2}|таблиц\w{1,2}"
    rf"|(?:по|гипс по|дренаж по) шкал\w{{1,2}}) [«\"]?{_NAME}"
)
_OF_METHOD = re.compile(
    r"(?<!\w)(?i:проб[аы]|тест|шкал[аеы]|индекс|критери[ийяв]+|классификаци[ияю]+|феномен|ман[её]вр|рефлекс|формул[аые]"
    rf"|триад[аы]|дивертикул) [«\"]?{_NAME}"
)
"""What nobody has of one's own, so that whose it is called has it found."""
_ENDING = re.compile(
    r"(?<![\w@-])(?P<name>[А-ЯЁ][а-яё]+(?:мицин|циллин|прил|сартан|статин|пролол|олол|азол|дипин|зепам|золам|таксел|платин"
    r"|рубицин|тиниб|парин|ксабан|флоксацин|цетам|метазон|золон|тоцин|метрин|пенем|бутамин|фенак|профен|оксикам"
    r"|триптилин|глиптин|глифлозин|формин|семид|тиазид|лукаст|триптан|сетрон|фунгин|мабом|умаб|ксимаб"
    r"|морфин|фентанил|гепарин|инсулин)(?:а|у|ом|е|ы)?)(?![\w-]| [А-ЯЁ][а-яё.])"
)
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
_FAR = 40
"""Characters before a word that are looked at."""
Span = tuple[int, int]


def clinical_words(text: str) -> Iterator[Span]:
    """Yield drugs and what is called after somebody in a Russian text of a clinic."""
    if not is_installed("ru") or not _is_clinical(text):
        return
    drugs = (match for match in _ENDING.finditer(text) if not _is_a_name(match["name"]))
    signs = (match for match in _OF_SIGN.finditer(text) if match["name"].lower() in SIGNS)
    methods = (match for match in _OF_METHOD.finditer(text) if not any(map(_may_be_name, _WORD.findall(match["name"]))))
    for match in (*drugs, *signs, *methods):
        if not _is_titled(text, *match.span("name")):
            yield match.span("name")


def _is_clinical(text: str) -> bool:
    said = {match[0].lstrip("0123456789., ") for match in _CLINICAL.finditer(text.lower())}
    return len(said) >= FEWEST


def _may_be_name(word: str) -> bool:
    """Say whether a word is a surname as they are usual, or a name that the dictionary has."""
    return _SLAVIC.search(word) is not None or _is_a_name(word)


def _is_a_name(word: str) -> bool:
    readings = read(word.lower())
    return readings.known and readings.name > _NAMES


def _is_titled(text: str, start: int, end: int) -> bool:
    """Say whether a word that only people have, or an initial or another name, stands beside a place."""
    return _NAME_AFTER.match(text, end) is not None or _TITLED.search(text, max(0, start - _FAR), start) is not None
