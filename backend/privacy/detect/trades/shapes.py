"""Words of trades by their form: drugs and diseases by their endings, abbreviations, statutes, numbered forms."""

import re
from collections.abc import Iterator

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.trades.evidence import SURE, WEAK
from backend.privacy.detect.trades.notes import ABBREVIATIONS
from backend.privacy.detect.vocabulary.given import is_given, is_surname
from backend.privacy.detect.vocabulary.index import firsts, index
from backend.privacy.detect.vocabulary.lexicon import NAMES, is_common
from backend.system.memory import remembered

_DRUGS = (
    "mab|mabum|nib|tinib|pril|prilat|olol|alol|sartan|statin|vastatin|cillin|mycin|micin|cycline|floxacin|oxacin"
    "|azole|prazole|conazole"
    "|nidazole|oxetine|azepam|azolam|zolam|gliptin|gliflozin|glutide|parin|xaban|gatran|triptan|setron|dipine"
    "|pamil|tidine"
    "|vir|ciclovir|navir|tegravir|buvir|afil|terol|caine|curium|curonium|barbital|barbitone|profen|oxicam|coxib"
    "|fenac|dronate|dronic"
    "|lukast|mustine|platin|rubicin|taxel|bicin|poside|trexate|trexed|limus|sone|solone|asone|onide|cortisone"
    "|thiazide|semide|renone"
    "|azosin|lazine|zapine|idone|apine|peridol|azine|triptyline|pramine|zodone|afaxine|faxine|opram|racetam"
    "|bamate|toin|suximide"
    "|gabalin|morphine|codone|morphone|fentanil|orphan|artem|quine|bendazole|ectin|quantel|cef|cefalexin"
    "|triaxone|penem|sulfone|sulfa"
    "|methasone|estradiol|gestrel|terone|tadine|irizine|phylline|tropium|dopa|giline|pexole|nirole|stigmine"
    "|relix|relin|tide"
    "|kinase|plase|ermin|grastim|poetin|cept|kinra|imod|fungin|zolid|planin|xime|dryl|zole|zine|phene|oxifene"
    "|ozole|lipatide|fibrate"
    "|aparin|idomide|zomib|ciclib|parib|degib|rafenib|lisib|leukin|feron"
)
_CONDITIONS = (
    "itis|itides|osis|oses|aemia|emia|aemic|emic|ectomy|ectomies|otomy|ostomy|plasty|pexy|desis|oma|omas|omata"
    "|pathy|pathies|scopy"
    "|scopic|graphy|gram|metry|algia|dynia|plegia|paresis|phasia|phagia|pnoea|pnea|rrhoea|rrhea|rrhage|rrhagia"
    "|rrhaphy|centesis"
    "|trophy|trophic|tropic|philia|phobia|penia|cytosis|uria|megaly|sclerosis|stenosis|malacia|lysis|oedema"
    "|edema|iasis|ismus"
    "|esthesia|aesthesia|opsia|opia|plasia|poiesis|ptysis|genic|genesis|kinesia|kalaemia|natraemia|thorax|cardia"
    "|toxin|toxic"
    "|globin|globulin|amylase|lipase|ase|idase|oside|ceride|gliadin|ferritin|transferrin|bilirubin|creatinine"
    "|troponin|albumin"
    "|coccus|bacter|bacillus|virus|viridae|mycetes|spora|monas|ella"
)
_WORD = re.compile(r"(?<![\w@./-])[A-Za-zà-ÿ][a-zà-ÿ]{6,40}(?![\w@]|[.-]\w)")
_ENDINGS = tuple(ending + more for ending in f"{_DRUGS}|{_CONDITIONS}".split("|") for more in ("", "s", "es"))
_NAME_ENDINGS = re.compile(
    r"(?:ella|oma|opia|ase|sone|quine|idone|(?<!clo)(?<!na)(?<!fo)(?<!ra)vir|cept|gram|tide|azine|zine"
    r"|plase|toin|cef|sulfa|dopa"
    r"|(?<!a)(?<!kal)(?<!natr)(?<!calc)(?<!glyc)(?<!lip)(?<!ur)(?<!isch)emia|monas|aitis|(?<=^..)itis"
    r"|(?<=^...)itis|(?<=^....)itis|osis|uria"
    r"|phene|feron|apine|ermin|ismus"
    r"|spora|relin|caine|xime|virus|genesis|one)(?:e?s)?$"
)
"""Endings of given names, surnames and towns as well: with a capital, only of words that a dictionary has."""
_ABBREVIATION = re.compile(
    r"(?<![\w@#.\\\"“'‘-])(?<!\w/)(?:[A-Z]{2,7}\d{0,4}|[A-Z]\d{1,2}[A-Z]{1,3}"
    r"|[A-Z]{1,4}(?:[&/+-][A-Z]{1,4}\d?){1,3})(?:s|x)?"
    r"(?![\w@]|[.\\/-]\w|[!$%^*_]\w|['’]\w\w)"
)
_MIXED = re.compile(
    r"(?<![\w@#./\\-])(?=[A-Za-z][a-z-]*[A-Z\d])[A-Za-z][A-Za-z\d]{0,24}(?:-[A-Za-z\d]{1,6}){0,2}(?![\w@]|[.\\!$%^*-]\w|['’]\w\w)"
)
_SAID_SECRET = re.compile(
    r"(?:pass\w*|pw|pwd|pin|secret|log[ -]?in|user ?name|user|account|identifiant|mot de passe|kennwort|пароль|логин)"
    r"\b",
    re.IGNORECASE,
)
FAR = 60
"""Characters before a word within which a password or a login is announced."""
_DIGITS = re.compile(r"\d")
_AS_LETTERS = [str.maketrans("013457", letters) for letters in ("oieast", "oleast")]
"""Digits that stand for letters: `Sm1th`."""
_USERNAME = re.compile(r"[A-Za-z]?[a-z]{2,}[\d-]+")
_CODE_BEFORE = re.compile(r"(?<![A-Za-z\d])(?=[A-Z\d]*\d)[A-Z\d]{2,}[ -]$")
_CODE_AFTER = re.compile(
    r"[ -]?№?[ -]?(?:\d{4}|[A-Z]{1,4}\d{4}|[A-Z\d]*\d[A-Z\d]*[A-Z]|\d[A-Z]{2})|[ -][A-Z]{3}(?![\w])"
)
_NAME_STARTS = re.compile(r"(?:[tnhbgdm]|Mc|Mac|De|Di|Du|La|Le|Fitz|Van|Von|Del|Da|Des|Ben|Bin)[A-Z][a-z]{2,}$")
MOST_INITIALS = 3
"""Letters in capitals that may be somebody's initials."""
MOST_SPOKEN = 4
"""Letters of an abbreviation in capitals that can be spoken: longer ones may be surnames."""
MOST_ODD = 3
"""Letters of a part that no dictionary has, and that is no name beside another part."""
MOST_SHORT = 6
"""Letters of a word of small and large ones that is surely an abbreviation."""
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VOWELS = re.compile(r"[AEIOUY]")
_KINDS = (
    "Act|Acts|Regulations?|Rules|Convention|Directive|Charter|Amendment|Statute|Treaty|Ordinance|Code|Decree"
    "|Protocol|Constitution"
    "|Treaty"
)
_CAPITAL = r"[A-ZÀ-Þ][\w’'-]{0,30}"
_STATUTE = re.compile(
    rf"(?<![\w@-])(?:{_CAPITAL}|\([A-Z][^()\n]{{2,60}}\))(?:,? (?:(?:and|of|for|from|on|the|to|against|in|by|with"
    rf"|etc\.?|&) ){{0,3}}"
    rf"(?:{_CAPITAL}|\([A-Z][^()\n]{{2,60}}\))){{0,7}} (?:{_KINDS})\b(?:,? (?:No\.? ?)?\(?(?:\d{{1,3}} of )?"
    rf"(?:1[5-9]|20)\d\d\)?)?"
)
_NUMBERED = re.compile(
    r"(?<![\w@])(?:(?:[Ff]orms?|[Ss]ections?|[Ss]chedules?|[Aa]rticles?|[Rr]egulations?|[Rr]ules?|[Cc]hapter"
    r"|[Cc]ategory|[Pp]aragraph|[Pp]ara"
    r"|[Cc]lause|[Ee]rror|[Ee]rreur|CPR|ss?\.?|[Ss]ec\.?|[Aa]rt\.?|[Rr]eg\.?|§§?|[Cc]atégorie|ст\.|ч\.|п\."
    r"|[Фф]орм[аыуе]|[Cc]erfa"
    r"|IFRS|IAS|ISO|VLAN|HTTP)(?: (?:no|n°"
    r"|№)\.?)?[ -](?:[A-Z]{0,3}[ -]?\d{1,4}[A-Za-z]{0,2}(?:[./-]\d{1,3})*(?:\(\w{1,3}\))*"
    r"|[IVX]{1,4}\b|[A-Z](?![\w.]))"
    r"|(?:[Oo]rder|[Pp]art|[Tt]itle|[Cc]lass|[Tt]ype|[Gg]rade|[Ss]tage|[Tt]ier|[Gg]round|[Ss]tep|[Tt]able"
    r"|[Vv]ersion) (?:\d{1,2}[a-z]?|[IVX]{1,4}\b"
    r"|[A-Z](?![\w.])))(?!\w|[ -]?\d)"
)
_NUMBERED_FIRST = firsts(
    "form forms section sections schedule schedules article articles regulation regulations rule rules chapter category"
    " paragraph para clause error erreur CPR s ss sec art reg catégorie ст ч п форма формы форму форме cerfa IFRS IAS"
    " ISO VLAN HTTP order part title class type grade stage tier ground step table version"
)


def shapes(text: str) -> Iterator[tuple[int, int, float]]:
    """Yield start and end of words that have a trade's form, and how far the trade is believed."""
    yield from ((*match.span(), SURE) for match in _WORD.finditer(text) if has_ending(match[0]))
    yield from _abbreviations(text)
    for match in _MIXED.finditer(text):
        word = match[0]
        is_odd = _is_mixed(word) and not _NAME_STARTS.match(word) and _is_made_up(word)
        is_said = is_odd and _SAID_SECRET.search(text, max(0, match.start() - FAR), match.start())
        if is_odd and not is_said and not (_DIGITS.search(word) and _is_of_code(text, *match.span())):
            yield *match.span(), SURE if len(word) <= MOST_SHORT else WEAK
    numbered = _NUMBERED.finditer(text) if "§" in text else index(text).matches(_NUMBERED, _NUMBERED_FIRST)
    for match in (*_STATUTE.finditer(text), *numbered):
        yield *match.span(), SURE


@remembered(20_000)
def has_ending(word: str) -> bool:
    """Say whether a word ends as drugs, diseases and procedures do; shorter ones are names, too."""
    if not word.endswith(_ENDINGS):
        return False
    is_known = is_common(word) and not word.endswith("ella")
    return word[0].islower() or is_known or not _NAME_ENDINGS.search(word)


def _abbreviations(text: str) -> Iterator[tuple[int, int, float]]:
    """Yield words in capitals that stand alone among others: a line in capitals has names as well."""
    for match in _ABBREVIATION.finditer(text):
        start, end = match.span()
        word = match[0].rstrip("sx") if match[0][:-1].isupper() else match[0]
        if word.lower() in MAY_BE_NAMES or word.lower() in NAMES or _is_beside_capitals(text, start, end):
            continue
        if _is_of_code(text, start, end) or (len(word) > MOST_SPOKEN and word.isalpha() and _VOWELS.search(word)):
            continue
        if word.isalpha() and len(word) <= MOST_INITIALS and word not in ABBREVIATIONS:
            continue
        is_sure = not word.replace("-", "").isalpha() or not _VOWELS.search(word)
        yield start, end, SURE if is_sure else WEAK


def lone_capitals(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where abbreviations stand in a stretch among words in small letters; they may be somebody's initials."""
    for match in _ABBREVIATION.finditer(text, start, end):
        if not (_is_beside_capitals(text, *match.span()) or _is_of_code(text, *match.span())):
            yield match.span()


_CAPITALS_BEFORE = re.compile(r"[A-ZÀ-Þ]{4,}[-’']?[A-ZÀ-Þ]*,? $|[A-Z]\. ?$")
_CAPITALS_AFTER = re.compile(r",? [A-ZÀ-Þ]{4,}\b|, [A-ZÀ-Þ][a-zà-ÿ]+\b| [A-Z]\.")


def _is_beside_capitals(text: str, start: int, end: int) -> bool:
    before = _CAPITALS_BEFORE.search(text, max(0, start - 24), start)
    return (before is not None and len(before[0]) > 4) or _CAPITALS_AFTER.match(text, end) is not None


def _is_of_code(text: str, start: int, end: int) -> bool:
    """Say whether letters belong to a number: `LB70 ZPX`, `AB 118420`."""
    is_behind = _CODE_BEFORE.search(text, max(0, start - 12), start) is not None
    return is_behind or (_CODE_AFTER.match(text, end) is not None)


def _is_mixed(word: str) -> bool:
    """Say whether a word has capitals within or some digits behind letters; many digits are a number of somebody's."""
    digits = len(_DIGITS.findall(word))
    if _USERNAME.fullmatch(word):
        return False
    if digits > (2 if "-" in word else 3) or len(word) < 2:
        return False
    return digits > 0 or any(
        any(map(str.islower, part)) and not part[1:].islower() for part in word.split("-") if part[1:]
    )


def _is_made_up(word: str) -> bool:
    """Say whether a word of small and large letters, or digits, is no name, nor two that are written as one."""
    if any(is_given(name) or is_surname(name) for name in (word.lower().translate(way) for way in _AS_LETTERS)):
        return False
    long = [hump.lower() for hump in _HUMP.findall(word) if len(hump) > 2]
    if any(hump in MAY_BE_NAMES or hump in NAMES for hump in long):
        return False
    return all(len(hump) == MOST_ODD or is_common(hump) for hump in long)
