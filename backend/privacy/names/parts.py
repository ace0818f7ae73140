"""Parts of people's names, and how Russian ones decline: what makes two mentions one person's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.privacy.text.word_borders import CASELESS
from backend.system.memory import remembered

_CASED, _CASELESS = rf"[^\W\d_{CASELESS}]", rf"(?:(?=[{CASELESS}])[^\W\d_])"
WORD = re.compile(rf"{_CASED}+(?:['’]{_CASED}{{2,}})*|{_CASELESS}+(?:['’]{_CASELESS}{{2,}})*")
"""A word of a name: letters, with an apostrophe within; `Carter` in `Carterさん` is one."""

MOST_WORDS = 6
"""Of a name; what has more is no name."""

_HUMP = re.compile(r"(?<=[^\W\d_A-ZА-ЯЁ])(?=[A-ZА-ЯЁ])")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ENDING = re.compile(
    r"(?<=..)(?:ыми|ими|іми|ого|его|ому|ему|ами|ями|ові|еві|єві|ією|аем|ая|яя|ай|аю|ае|ой|ей|ый|ий|ій|ую|юю|ою|ею|єю|ым"
    r"|им|ім|ом|ем|єм|ых|их|іх|ам|ям|ах|ях|[аяуюыиеойьіїєэ])$"
)
_LAST_ENDING = re.compile(r"(?<=..)(?:[аяоеиыіє]м|[аяиыі]х)$")
"""What `Максима` has left, and `Максим` is not to keep."""
_CONSONANT = re.compile(r"[^аеиоуыэюяіїєьъ]")
_SOFT = re.compile(r"(?<=..)[ьийеії]$")
_FLEETING = re.compile(r"(?<=[бвгджзклмнпрстфхцчшщ])[еоь](?=[лцрк]$)")
_ALIKE = str.maketrans("ё’ўґ", "е'вг")
_LATIN_ENDING = re.compile(
    r"(?:(?<=..[oe]v)(?:a|u|e|y|oy|oi|oj|oyu|ym|om|ykh|ymi)"
    r"|(?<=...sk)(?:aya|aia|aja|ogo|omu|uyu|iy|ii|ij|im|om|oy|oi|oj|y|i|a)"
    r"|(?<=..enk)(?:o|a|u|om|i)|(?<=..[vn]i[cć])(?:a|u|em|om|e)|(?<=.vich)(?:a|u|em|om|e))$"
)
"""Of Slavic surnames and patronymics: `Ivanova`, `Ivanovym`, `Petrovićem`."""

_NO_NAME_WORDS = """
    mr mrs ms miss mx dr prof professor doctor sir madam lord lady dame rev father sister brother judge justice
    captain officer president senator patient client customer user nurse jr sr phd md esq the and for but not
    with from you your our his her its who was are has had new old san santa saint los las north south east west
    van von der den del della des dos das bin ibn abu dear hello please thanks thank regards sincerely best kind
    hey yes mother uncle aunt university hospital street avenue road city county bank school company department
    office для это как или при его она они был была господин госпожа г-н г-жа гражданин гражданка доктор
    профессор пациент пациентка клиент врач уважаемый уважаемая здравствуйте monsieur madame mademoiselle
    docteur les pour avec dans une bonjour herr frau señor señora don doña
"""
NO_NAME = frozenset(_NO_NAME_WORDS.split())
"""Words beside a name that are none, in small letters."""

_ALSO_WORDS_WORDS = """
    amber angel april art ash autumn baker bill bishop black bloom brook brown buck cash chance chase christian
    church clay cliff cook crystal daisy dale dawn day dean drew earl early faith fields fisher flora forest fox
    frank gene glen grace grant gray green hall harmony harry hart hazel heath holly hope hunt hunter iris ivory
    ivy jack jade jean jewel joy june king knight lane lily long love major mark marsh mason may mercy miles
    mill moon olive page paris park parker pat pearl penny pierce poppy potter price prince quick ray reed rich
    rob robin rock rose ruby rusty sage sally sharp shepherd short small smith sterling stone storm strong sue
    summer sunny swift taylor terry tiffany trinity turner violet wade walker ward warren waters weaver west
    white wild will winter wise wood woods worth young вера надежда любовь роза слава мир роман лев марк
"""
ALSO_WORDS = frozenset(_ALSO_WORDS_WORDS.split())
"""Names that are words as well, in small letters: `will` is not Will, even where nothing has a capital."""

TITLES = frozenset(
    {"capt", "col", "dame", "doctor", "dr", "frau", "herr", "lady", "lord", "madam", "madame", "mademoiselle", "maître"}
    | {"messrs", "miss", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "mx", "prof", "professor", "sir"}
    | {"госпожа", "господин", "гражданин", "гражданка", "доктор", "мистер", "миссис", "профессор"}
)
"""What stands before a name, in small letters."""
PARTICLES = frozenset(
    "'s ’s 't ’t af al av bin da das de del della den der di die do dos du el ibn la le ten ter van von y zu"
    " zum zur".split()
)
"""Small words within a name that belong to the word behind them."""
_NO_SHORT_NAMES = frozenset(
    "ad ah am an as at be bp by cc ct cv de do dr ec ed eh el en er et gb go gp he hi hr id if il in is it"
    " iv ja la le me mr ms my no of oh ok on or pm pt re so st to tv um un up us vs we yo".split()
)


def is_short_name(word: str) -> bool:
    """Say whether a word of two letters may be somebody's name where it is known as a part of one: `Li`, not `He`."""
    return len(word) == 2 and word[0].isupper() and word.lower() not in _NO_SHORT_NAMES


@remembered(8192)
def stem(word: str) -> str:
    """Return what all forms of a name's word have in common: small letters, and without a Slavic case ending."""
    folded = word.lower().translate(_ALIKE)
    if not _CYRILLIC.search(folded):
        return _LATIN_ENDING.sub("", folded)
    bare = _SOFT.sub("", _LAST_ENDING.sub("", _ENDING.sub("", folded)))
    if not _CONSONANT.search(bare):
        return folded  # `ООО`
    bare = _FLEETING.sub("", bare) if len(bare) > 3 else bare
    return "лев" if bare == "льв" else bare


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a name.

    Attributes:
        start, end: its place in the value.
        word: as it stands there.
        key: equal for all its forms.
    """

    start: int
    end: int
    word: str
    key: str

    @property
    def is_no_name(self) -> bool:
        """Whether it is a word that stands beside names."""
        return self.key in NO_NAME or self.word.lower() in NO_NAME


def parts(value: str) -> list[Part]:
    """Return the words of a name, those of camelCase apart; no titles, no initials, no particles."""
    return [part for part in name_words(value) if len(part.word) > 1 and not part.is_no_name]


def name_words(value: str) -> Iterator[Part]:
    """Yield all words of a value, those of camelCase apart."""
    for match in WORD.finditer(value):
        yield from split_humps(match[0], match.start())


def is_one_part(word: str) -> bool:
    """Say whether a word has certainly no inner capitals at which it is split."""
    return word.isupper() or word[1:].islower()


def split_humps(word: str, start: int = 0) -> Iterator[Part]:
    """Split a word at its inner capitals; `McDonald` and `DeShawn` stay whole."""
    if is_one_part(word):
        yield Part(start, start + len(word), word, stem(word))
        return
    borders = [found.start() for found in _HUMP.finditer(word)]
    if borders and word[0].isupper() and borders[0] <= 3:
        borders = borders[1:]
    for first, last in zip([0, *borders], [*borders, len(word)], strict=True):
        yield Part(start + first, start + last, word[first:last], stem(word[first:last]))


def initials(value: str) -> frozenset[str]:
    """Return the letters that stand alone in a name."""
    return frozenset(match[0].lower() for match in WORD.finditer(value) if len(match[0]) == 1)


def looks_like_name(value: str) -> bool:
    """Say whether a value may be a person's name: one to four capitalised words."""
    found = value.replace(",", " ").split()
    return 1 <= len(found) <= 4 and all(_is_capitalised(word) for word in found) and len(value) <= 60


def _is_capitalised(word: str) -> bool:
    bare = word.rstrip(".")
    return bool(bare) and bare[0].isupper() and all(c.isalpha() or c in "-'’" for c in bare)
