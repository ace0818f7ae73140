"""Found parts → whole values: an address out of its lines, a name with its initials and particles."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.entity_types import ADDRESS_TYPES, PERSON_TYPES
from backend.privacy.names.parts import NO_NAME
from backend.privacy.types import Detection, in_order

ADDRESS = "STREET_ADDRESS"
NO_PARTS = frozenset(
    "a and as by co com csv data doc docx edu file for from gov gz html http https info io js json jpeg jpg log md net"
    " of on org pdf png py s the to txt url user www xls xlsx xml yaml zip".split()
)
"""Parts of file and host names that are no part of a person's name."""
FAR = 40
"""Characters that may stand between two parts at most."""
MOST_BESIDE = 4
"""Words and groups of initials that a name may have on each side of what was found; more is a list of names."""

_MARKS = r"[\s,.;:/()#-]{0,6}"
# What may stand between two parts of an address: marks, abbreviations and numbers, a country's second name.
_IN_ADDRESS = re.compile(
    rf"{_MARKS}(?:(?:apt|apartment|suite|ste|unit|floor|fl|room|rm|box|postbox|flat|no|nr|nan|and|&|of|[a-z]{{1,3}}"
    rf"|\d{{1,6}}[a-z]?|\(\w+\))\b{_MARKS}){{0,3}}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:(?:\bthe )?\b(?:corner|intersection|junction) of|\b\d{1,5}[a-z]?,?"
    r"|\b(?:number|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred)(?: and)?,?"
    r"|\b(?:apt|apartment|suite|ste|unit|floor|room|flat|postbox|box|plot|lot|blk|block|studio|level|số|private"
    r"|h\.? ?no|door no)\b"
    r"\.? ?#?"
    r"|(?:\bthe )?\b(?:\d{1,2}(?:st|nd|rd|th)|ground|first|second|third|fourth|fifth|top) floor(?: of|,)?"
    r"|\bc/o [A-Z]\w+,|(?-i:\bThe(?: Old| New| Little)?"
    r"|\b(?:Am|An de[rm]|Auf de[rm]|Im|In de[rm]|Zum|Zur|Unter den)))\s$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[ ,]{1,2}\d{1,5}[a-z]?\b(?![.,:]?\d|\s?[%$€£])|,? (?:apt|apartment|flat|floor|room|suite|unit)\.? (?:one|two"
    r"|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|twenty)\b",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"(?: ?,)? (?:(?:appartamento|depto|departamento|edif|edificio|interior|piano"
    r"|scala|int|interno|bajos?|bloque|entlo|esc|escalera|portal|planta|pta|puerta|piso|apto|apartado|bât|bâtiment|étage|lgh|opg"
    r"|m|lok|стр|корп|корпус|подъезд|под|эт|этаж|кв|оф|д)\.? ?\d{0,4}[a-zа-я]?"
    r"|\d{1,2}\.? ?(?:tv|th|mf|sal|og|stock|etg|étage|hæð|kat|krs))(?!\w)"
    r"|(?-i: ?\([A-Z]{2}\)| / [A-Z]{2}\b)",
    re.IGNORECASE,
)
"""A staircase, floor or flat behind an address: `60, 2. tv`, `12 m. 7`, `3, scala B`."""
_SENTENCE_ENDS = re.compile(r"[^\W\d_]{5,}[.;!?]\s|\n\s*\n")
_PARTICLES = "da|de|del|della|den|der|di|dos|das|du|la|le|van|von|bin|ibn|al|el|zu|af|av|of|ter|ten|y"
_IN_NAME = re.compile(
    rf" ?(?:(?!(?-i:[а-яёИ]) )[^\W\d_](?:\. ?| )){{0,2}}|(?: (?:{_PARTICLES})){{1,2}} |-| [\"“'][^\W\d_]+[\"”'] ",
    re.IGNORECASE,
)

_UPPER = "A-ZÀ-ÖØ-ÞĀ-ŽА-ЯЁ"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏəḀ-ỹ"
_CAPITAL = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽƏƠƯȘȚ"
_CAPITALIZED = rf"[{_CAPITAL}][{_LATIN}]+(?:['’-][{_LATIN}]+)*"
_INITIALS = rf"(?:[{_UPPER}]\.[ -]?){{1,3}}"
_INITIAL = re.compile(rf"(?<!\w)[{_UPPER}]\.?$")
_SMALL_AFTER = re.compile(r"['’]s\b|[,.;:)]?(?: [a-z(]|\s*$)|[.;!?]")
_LONE = re.compile(rf"(?:^|[a-zß-ÿ,.;:(\n] ?)[{_UPPER}][{_LATIN}'’-]+$")
"""One word with a capital behind words without."""
_AND_ANOTHER = re.compile(rf",? (?:and|&|or) (?P<word>{_CAPITALIZED})(?=[,.;:!?)]|['’]s|\s[a-zà-ÿ(]|\s*$)")
_BEFORE_ANOTHER = re.compile(rf"(?<=[a-zß-ÿ\d] )(?P<word>{_CAPITALIZED}) ?(?:&|and|or) ?$")
_SURNAMES = frozenset("am an be do go ha he her in me my no see she so to us we you".split())
"""Small words of English that are names in Vietnamese, Chinese and Korean: with a capital within a sentence."""
_PARTICLE_BEFORE = re.compile(
    r"(?<![\w'’-])(?:[Vv][ao]n(?: (?:de[nr]?|het|'t))?|ten|ter|bin|ibn|(?<=[a-z,] )(?:Al|Ben|Bin|Da|De|Del|Della|Di|Dos"
    r"|Du|El|La|Le|Mac|Saint)) $"
)
"""What stands before a surname: `van den Broek`, and within a sentence `Le Gall`."""
LONGEST_PARTICLE = len("van den \n")
"""Characters of it at most, with a line break behind, before which `$` matches too."""
_SPACES = frozenset(" \n")
_PLACE_BEFORE = re.compile(
    r"\b(?:Bad|Bishop's|Chipping|Fort|Great|High|King's|Lake|Little|Long|Lower|Market|Mount|Much|Nether|New|Old|Port"
    r"|Royal|Sainte?|TP\.|[Tt]hành phố|St\.?|Upper) $"
)
"""The first word of many a town's name."""
_NO_SURNAMES = STOP_WORDS | NO_NAME | frozenset("street road avenue lane drive court bank hospital clinic".split())
_NAME_BEFORE = re.compile(
    rf"(?:(?<!\w){_INITIALS}|(?<=[a-z,&] )(?!I)[{_CAPITAL}] "
    rf"|(?<![^\W_]|['’])(?P<word>{_CAPITALIZED}(?=, ?$| $)|[{_LATIN}]+(?=[._]$))"
    r"(?P<joint>, ?| |[._]))$"
)
LONGEST_INITIALS = len("A. B. C. \n")
"""Characters at most of initials before a name, with a line break behind."""
_JOINTS = frozenset(" ,.-_\n")
"""How what stands before a name ends."""
_NAME_AFTER = re.compile(
    rf"(?:,? {_INITIALS}(?! ?[{_UPPER}]\w)"
    rf"|(?P<joint> (?:(?!of |y )(?:{_PARTICLES}) ){{0,2}}|[._])"
    rf"(?P<word>(?<= ){_CAPITALIZED}|(?<=[._])[{_LATIN}]+))(?!\w)"
)


def assemble(
    text: str, found: Iterable[Detection], has_capital_nouns: Callable[[int], bool] = lambda _: False
) -> list[Detection]:
    """Put the parts of addresses and names together.

    Args:
        text: that was searched.
        found: in it; they may overlap.
        has_capital_nouns: says of a place whether a capital tells nothing there: `Frau Weber Fieber`.

    Returns:
        All that was found and the wholes beside it, in the text's order.
    """
    parts = sorted(found, key=in_order)
    lines = _runs(parts, ADDRESS_TYPES, lambda run, part: _is_one_address(text, run, part))
    addresses = [_grown(text, run) for run in lines]
    names = [
        _full(text, run, has_capital_nouns(run[0].start))
        for run in _runs(parts, PERSON_TYPES, lambda run, part: _is_one_name(text, run, part))
    ]
    towns = [_town(text, part) for part in parts if part.entity_type in ("LOCATION", "NAME")]
    wholes = [whole for whole in (*addresses, *names, *towns) if whole]
    named = [d for d in (*parts, *wholes) if not has_capital_nouns(d.start)]
    every = {*parts, *wholes, *_last_of_lists(text, named)}
    return sorted(every, key=in_order)


def _runs(
    parts: Sequence[Detection], types: frozenset[str], joins: Callable[["_Run", Detection], bool]
) -> Iterator[list[Detection]]:
    """Yield runs of parts of some types that belong together."""
    run = _Run()
    for part in parts:
        if part.entity_type not in types:
            continue
        if run.parts and not (part.start <= run.end or joins(run, part)):
            yield run.parts
            run = _Run()
        run.add(part)
    if run.parts:
        yield run.parts


class _Run:
    """Parts that belong together, so far; what is asked for each further one is known."""

    def __init__(self) -> None:
        self.parts: list[Detection] = []
        self.end = 0
        self.has_street = False

    def add(self, part: Detection) -> None:
        self.parts.append(part)
        self.end = max(self.end, part.end)
        self.has_street |= part.entity_type == ADDRESS


def _end(run: Sequence[Detection]) -> int:
    return max(part.end for part in run)


def _whole(run: Sequence[Detection], entity_type: str) -> Detection | None:
    """Return a run as one value; None where none of its parts says what it is."""
    sure = [part for part in run if part.entity_type == entity_type]
    if not sure:
        return None
    best = max(sure, key=lambda part: part.score)
    return Detection(run[0].start, _end(run), entity_type, max(part.score for part in run), best.recognizer)


def _is_one_address(text: str, run: _Run, part: Detection) -> bool:
    end = run.end
    gap = text[end : min(part.start, end + FAR + 1)]
    if len(gap) > FAR or not _IN_ADDRESS.fullmatch(gap) or _SENTENCE_ENDS.search(text, max(end - FAR, 0), part.start):
        return False
    if part.entity_type == ADDRESS:
        return True
    # Two places are no address; and a place that is joined by `and` alone is another one.
    return run.has_street and not re.search(r"\band\b", gap, re.IGNORECASE)


def _grown(text: str, run: Sequence[Detection]) -> Detection | None:
    """Return an address with the house number, or the word for a unit or corner, that stands beside it."""
    whole = _whole(run, ADDRESS)
    if whole is None:
        return None
    start, end = whole.start, whole.end
    while text[start - 1 : start].isspace() and (before := _BEFORE.search(text, max(start - FAR, 0), start)):
        start = before.start()
    if text[end - 1].isalpha() and (after := _AFTER.match(text, end)):
        end = after.end()
    while after := _UNIT_AFTER.match(text, end):
        end = after.end()
    return Detection(start, end, ADDRESS, whole.score, whole.recognizer)


def _full(text: str, run: Sequence[Detection], by_initials: bool) -> Detection | None:
    """Return a name with the initials and unknown words beside it: `J. Smith`, `Smith, Drago`, `ben.smith`."""
    whole = _whole(run, "PERSON")
    if whole is None:
        initials = _name_before(text, run[0].start)
        surname = _NAME_AFTER.match(text, _end(run), _end(run) + FAR)
        if initials and not initials["word"]:
            whole = Detection(initials.start(), _end(run), "PERSON", run[0].score, run[0].recognizer)
        elif surname and not by_initials and surname["word"] and surname["joint"] == " " and _is_surname(surname):
            whole = Detection(run[0].start, surname.end(), "PERSON", run[0].score, run[0].recognizer)
        elif particle := _particle_before(text, run[0].start):
            whole = Detection(particle.start(), _end(run), "PERSON", run[0].score, run[0].recognizer)
        else:
            return None
    start, end = whole.start, whole.end
    if particle := _particle_before(text, start):
        start = particle.start()
    for _ in range(MOST_BESIDE):
        before = _name_before(text, start)
        if before is None or not _is_name_part(before) or (by_initials and before["word"]):
            break
        start = before.start()
    for _ in range(MOST_BESIDE):
        after = _NAME_AFTER.match(text, end, end + FAR)
        if after is None or not _is_name_part(after) or (by_initials and after["word"]):
            break
        end = after.end()
    return Detection(start, end, "PERSON", whole.score, whole.recognizer)


def _name_before(text: str, end: int) -> re.Match[str] | None:
    """Return what `_NAME_BEFORE` finds before a place: it goes no further back than the last word or some initials."""
    if text[end - 1 : end] not in _JOINTS:
        return None
    first = max(end - FAR, 0)
    word = text.rfind(" ", first, max(end - 2, first)) + 1 or first
    return _NAME_BEFORE.search(text, max(min(word, end - LONGEST_INITIALS), first), end)


def _particle_before(text: str, end: int) -> re.Match[str] | None:
    if text[end - 1 : end] not in _SPACES:
        return None
    return _PARTICLE_BEFORE.search(text, max(end - LONGEST_PARTICLE, 0), end)


def _is_name_part(match: re.Match[str]) -> bool:
    """Say whether a word beside a name belongs to it: an initial does, and a word that stands in no dictionary."""
    word = match["word"]
    if word is None:
        return True
    if "," in match["joint"]:
        # A capital within a sentence is a name's, even if the dictionary has the word.
        return not is_common(word) or match.string[match.start() - 2 : match.start()].strip().islower()
    if match["joint"] == " ":
        return not is_common(word) or _is_surname(match) or _is_small_surname(match)
    if match["joint"].startswith(" "):
        return not is_common(word)  # behind a particle
    return word.lower() not in NO_PARTS and (not is_common(word) or len(word) <= 4)


def _last_of_lists(text: str, found: Iterable[Detection]) -> Iterator[Detection]:
    """Yield the common word that begins a pair or ends a list of names: `to Mo & Bex`, `Jones, Hill and Woods`."""
    people = [d for d in found if d.entity_type in PERSON_TYPES]
    ends = {d.end for d in people if d.entity_type == "PERSON"}
    for d in people:
        is_second = _ends_a_pair(text[max(0, d.start - 5) : d.start])
        first = _BEFORE_ANOTHER.search(text, max(0, d.start - FAR), d.start) if is_second else None
        if first and first["word"].lower() not in _NO_SURNAMES:
            yield Detection(*first.span("word"), "PERSON", d.score, d.recognizer)
        is_listed = d.entity_type == "PERSON" and text[d.start - 2 : d.start] == ", " and d.start - 2 in ends
        last = _AND_ANOTHER.match(text, d.end) if is_listed else None
        if last and last["word"].lower() not in _NO_SURNAMES:
            yield Detection(last.start("word"), last.end("word"), "PERSON", d.score, d.recognizer)


def _ends_a_pair(before: str) -> bool:
    """Say whether what stands before a name joins it with another."""
    return before.rstrip().endswith(("&", "and", "or"))


def _is_surname(match: re.Match[str]) -> bool:
    """Say whether a common word with a capital behind a name is a surname: `Radha Merchant signed`, `Brad L Key`."""
    text, start, end = match.string, match.start(), match.end()
    if _INITIAL.search(text, max(start - 4, 0), start):
        return True
    if match["word"].lower() in _NO_SURNAMES or not text[start - 1 : start].islower():
        return False
    is_last = _SMALL_AFTER.match(text, end) is not None
    return is_last and _LONE.search(text, max(start - FAR, 0), start) is not None


def _is_small_surname(match: re.Match[str]) -> bool:
    """Say whether a small word before a name belongs to it: `and My Linh`."""
    before = match.string[max(0, match.start() - 2) : match.start()]
    is_within = before[-1:] == " " and (before[0].islower() or before[0] in ",;&")
    return is_within and match["word"].lower() in _SURNAMES and match.re is _NAME_BEFORE


def _town(text: str, found: Detection) -> Detection:
    """Return a place with the first word of its name: `Much Wenlock`."""
    before = _PLACE_BEFORE.search(text, max(0, found.start - 12), found.start)
    return replace(found, start=before.start()) if before else found


def _is_one_name(text: str, run: _Run, part: Detection) -> bool:
    gap = text[run.end : min(part.start, run.end + FAR + 1)]
    return len(gap) <= FAR and "\n" not in gap and _IN_NAME.fullmatch(gap) is not None
