"""Names as chats write them: given names in any case, and small words such as `will` where what stands beside tells."""

import re
from collections.abc import Container, Iterator, Sequence

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.vocabulary.given import AUXILIARY, LIKELY, SECOND, is_given, is_surname
from backend.privacy.detect.vocabulary.lexicon import WORD, is_common
from backend.privacy.detect.vocabulary.slang import is_slang
from backend.system.memory import remembered

KIN = frozenset(
    """
    agent aunt auntie aunty babe baby bestie bf boss boy boyfriend bro brother buddy builder carer cleaner coach
    colleague cousin coworker dad daddy daughter driver ex father fella fiance fiancé fiancee fiancée flatmate friend
    gf girl girlfriend gran grandad granddad grandma grandpa granny housemate hubby husband kid lad lass maid mama mate
    missus mom mother mum mummy nan nana nanny neighbor neighbour nephew niece nurse pal partner pastor plumber
    roommate sis sister son stepdad stepmum teacher tutor twin uncle wife
    """.split()
)
"""Words for who somebody is, before a name."""
TOLD = frozenset(
    """
    ask asked asking call called dm dmd dmed email emailed facetime help helped introduced invite invited kissed let
    married marry meet meeting message messaged met msg msged phone phoned ping pinged remind reminded rang ring tell
    telling text texted thank thanked told visit visited
    """.split()
)
"""Verbs before a name: whoever is told, asked or met."""
GREETING = frozenset(
    "bye cheers congrats dear evening goodnight hello hey heya hi hiya howdy kk morning night oi ok okay regards sorry"
    " sup ta thank thanks thanx thnx thx ty tysm welcome wassup yo".split()
)
SAYING = frozenset(
    """
    asked ate bought brought cried dmd drove forgot hates hasnt invited knew knows laughed lives loves messaged moved
    owes phoned promised rang reckons replied said says sed slept swears swore texted thinks thought told wants wrote
    """.split()
)
"""Verbs behind a name: what a person alone does."""
CALLING = frozenset("again btw calling from here running speaking texting".split())
"""Words behind a name that somebody gives as their own."""
_INTRODUCING = re.compile(
    r"(?:\b(?:its|it's|it’s|im|i'm|i’m|this is|i am|names|name's|name is|call me|called|its me|hi its)|(?<!\w)aka) $"
)
_NAMING = re.compile(
    r"\b(?:(?:every(?:one|body)|they|people|friends|ppl)(?: \w+)? calls? me|calls (?:himself|herself)|goes by"
    r"|nickname(?:'s| is)"
    r"|user ?name(?:'s| is)|real name(?:'s| is)?|full name(?:'s| is)?|(?:insta|snap|ign|handle|gamertag)(?:'s| is)) $"
)
"""Before a word that somebody is called by, whatever it is."""
_BEFORE_CALLED = frozenset("me lf by is 's mr rs ms dr of ir ev".split())
"""The last two signs of the word before, in either."""
_TITLE = re.compile(r"(?<![\w.])(?:mr|mrs|ms|dr|prof|sir|rev)\.? $")
_BEFORE_NOUN = frozenset(
    "a an any big bit dis each every good great her his its little my no of our some such that the their this ur your"
    " in on at to for with without from by high full small much more than have has had am is are was be been".split()
)
"""Before a word that is meant as such."""
_DETERMINERS = frozenset("a an any every her his its my no of our some such that the their this ur your".split())
"""Before a word that is meant as such, though it owns something: `the sun's`."""
_OBJECTS = frozenset("a an the his her my your ur our their this that it them me us up him".split())
"""Behind a verb: `my sister drew a cat`, `mark my words`."""
_VERBS = frozenset("bill chase drew grant grace hope mark may nick pat rob rose skip sue ward will".split())
_SEASONS = frozenset(
    "april art august autumn dawn earl guy hope honey joy june may red rich star storm summer sunday sunny sky rain"
    " true young peace victory precious princess prince queen baby game frank".split()
)
"""Words that one may be, or it: `its summer`, `im rich`."""
_LONE = frozenset("dale dean drew duke frank gail gene glen jack kit mac max pat ray rex ted tony".split())
"""Names of which a preposition before is enough."""
_PAST = frozenset(
    """
    bit broke brought bought came caught did didnt does doesnt drove fell forgot gave goes got had hadnt has hasnt is
    isnt kept knew left lost made met needs never owes ran rang said sat saw says sent slept spoke stole takes thinks
    thinx threw told took tried wants was wasnt went won wrote
    """.split()
)
_HAPPENING = frozenset("goes gets got keeps left won".split())
"""Verbs behind a name, or behind a word that has no word for how many before it."""
_DOING = frozenset("come find get give go have know like make mean need say see send take tell think want work".split())
_SUBJECTS = frozenset("i u we they you he she it dont cant wont can could should would must ill let's lets".split())
"""Before a verb: `we rob banks`."""
_NO_NAME_BEFORE = _OBJECTS | {
    "of",
    "on",
    "one",
    "some",
    "for",
    "in",
    "up",
    "off",
    "out",
    "sauce",
    "rice",
    "plant",
    "pad",
    "pads",
}
_ITEM = re.compile(r"(?:^|[,;:\n] ?)(?P<name>[a-z]{2,12}) - (?=[a-z])", re.MULTILINE)
"""What begins the items of a list of who does what: `joy - on leave, ade - prod bug`."""
_CALLED = re.compile(r",? (?:mate|bro|babe|hun|dude|fam|pls|please|can (?:u|you)|could (?:u|you)|ur|call me|u there)\b")
"""Behind a name that begins a message."""
_END = re.compile(r"\s*(?:$|[.!?,;:)\n\"]|[^\w\s'’&+/@#-])")
_AND = re.compile(r" ?(?:and|&|\+|n|or|/|,) ?")
_LABEL = re.compile(r"^[ \t]*(?:(?:agent|rep|user|customer|nurse|dr|mr|mrs|ms) )?$")
_INSIDE = frozenset("@#_/\\.-")

Word = tuple[int, int, str]


def uncased_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield given names in any case, and words in small letters that are meant as one."""
    words = [(match.start(), match.end(), match[0]) for match in WORD.finditer(text)]
    kinds = [_kind(word) for _, _, word in words]
    items = [match.start("name") for match in _ITEM.finditer(text)] if " - " in text else []
    named = {index for index, (start, _, word) in enumerate(words) if start in items and _base(word) in SECOND}
    named = named if len(items) > 1 else set()
    named |= {
        index
        for index, kind in enumerate(kinds)
        if kind != _NONE and _is_name(text, words, index, kind) and not _is_inside(text, *words[index][:2])
    }
    for index, kind in enumerate(kinds):
        is_open = kind == _MEANT and index not in named and not _is_inside(text, *words[index][:2])
        if index in named or (is_open and _is_in_pair(text, words, index, named)):
            start, _, word = words[index]
            yield start, start + len(_base(word))


_NONE, _GIVEN, _MEANT, _CALLED_SO = range(4)
"""What a word is by itself: no name, a given name, a name where it is meant so, one where somebody is called so."""


@remembered(20_000)
def _kind(word: str) -> int:
    base = _base(word)
    if not word.islower():
        return _GIVEN if is_given(base) and (base[1:].islower() or len(base) > 3) else _NONE
    if is_given(base) or is_surname(base):
        return _GIVEN
    if base in SECOND:
        return _MEANT
    return _NONE if base in STOP_WORDS or is_slang(base) else _CALLED_SO


def _is_name(text: str, words: Sequence[Word], index: int, kind: int) -> bool:
    if kind == _GIVEN:
        return True
    start, _, word = words[index]
    is_called = index > 0 and words[index - 1][2].lower()[-2:] in _BEFORE_CALLED and _is_named(text, start, _base(word))
    return is_called or (kind == _MEANT and _is_meant(text, words, index))


def _base(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _is_inside(text: str, start: int, end: int) -> bool:
    """Say whether a word is a part of an address, a handle or a name of a file."""
    before, after = text[max(start - 1, 0) : start], text[end : end + 2]
    return before in _INSIDE or before.isalnum() or (after[:1] in _INSIDE and after[1:].isalnum()) or after[:1] == "_"


def _is_named(text: str, start: int, word: str) -> bool:
    """Say whether a word stands behind `everyone calls me`, or a title: then it is a name whatever it is."""
    before = text[max(0, start - 32) : start].lower()
    if word in STOP_WORDS or is_slang(word):
        return False
    return _NAMING.search(before) is not None or _TITLE.search(before) is not None


def _is_meant(text: str, words: Sequence[Word], index: int) -> bool:
    """Say whether a word that is a name too is meant as one."""
    start, end, word = words[index]
    base = _base(word)
    last = words[index - 1][2].lower() if index and _is_beside(text, words[index - 1][1], start) else ""
    following = words[index + 1][2].lower() if index + 1 < len(words) and text[end : words[index + 1][0]] == " " else ""
    if text[end : end + 2] == ": " and _LABEL.search(text[text.rfind("\n", 0, start) + 1 : start]):
        return True
    if base in AUXILIARY and not _is_no_auxiliary(text, end, following):
        return last in ("did", "does", "didnt", "doesnt") and following in _DOING
    if base != word:
        return base not in _SEASONS and last not in _DETERMINERS
    before = text[max(0, start - 12) : start].lower()
    is_end = _END.match(text, end) is not None
    return (
        _is_addressed(base, last, following, is_end=is_end)
        or (_INTRODUCING.search(before) is not None and _is_introduced(base, following, is_end=is_end))
        or (last not in _BEFORE_NOUN and _is_acting(base, last, following))
        or (base in _LONE and last in ("with", "from", "for", "w") and (is_end or following in STOP_WORDS))
        or (base in AUXILIARY and following in AUXILIARY | _PAST and last not in STOP_WORDS)
        or (base in LIKELY and following not in _NO_NAME_BEFORE and last not in _BEFORE_NOUN | _SUBJECTS)
        or (index == 0 and _CALLED.match(text, end) is not None)
    )


def _is_addressed(base: str, last: str, following: str, *, is_end: bool) -> bool:
    """Say whether a word stands behind a word of kin, of telling or of greeting: `my wife rose`, `tell grace sorry`."""
    if last in KIN or last in TOLD:
        is_verb = base in _VERBS and following in _OBJECTS
        is_hoping = base == "hope" and last not in KIN and following in STOP_WORDS - CLAUSES
        return not is_verb and not is_hoping
    return last in GREETING and (is_end or (following in STOP_WORDS and base not in _VERBS))


def _is_introduced(base: str, following: str, *, is_end: bool) -> bool:
    """Say whether somebody gives a word as the own name: `its mark from work`, but not `its summer`."""
    return following in CALLING or (base not in _SEASONS and (is_end or following in STOP_WORDS - _OBJECTS))


def _is_acting(base: str, last: str, following: str) -> bool:
    """Say whether a word does what people do: `grant said`, `tell her bill from finance rang`."""
    if base in AUXILIARY:
        return following in SAYING or (last in ("did", "does", "didnt", "doesnt") and following in _DOING)
    return (
        following in SAYING | _HAPPENING
        or (following == "from" and base != "hope" and is_common(last or "x"))
        or (last in ("did", "does", "didnt", "doesnt") and following in _DOING)
        or (last in SAYING and following in _PAST)
    )


CLAUSES = frozenset("if that to about when where what how he she his her and or whether why who".split())
"""What follows whoever is told something."""


def _is_beside(text: str, end: int, start: int) -> bool:
    return text[end:start] in (" ", ", ", ". ", "  ") and not (
        text[end] == "." and start - end > 1 and text[end - 1].islower()
    )


def _is_no_auxiliary(text: str, end: int, following: str) -> bool:
    """Say whether what follows `will` or `may` follows no auxiliary verb."""
    if not following:
        return _END.match(text, end) is not None or _AND.match(text, end, end + 5) is not None
    is_verb = following in _PAST or following.endswith(("ed", "ing"))
    return is_verb or following in ("and", "or", "will", "may", "if", "here") or following in CALLING


def _is_in_pair(text: str, words: Sequence[Word], index: int, named: Container[int]) -> bool:
    """Say whether a word is joined with a name or with `me`: `frank and me`, `zara, ruby & hazel`."""
    start, end, word = words[index]
    following = words[index + 1][2].lower() if index + 1 < len(words) else ""
    if _base(word) in AUXILIARY and not _is_no_auxiliary(text, end, following):
        return False
    for other in (index - 1, index + 1, index - 2, index + 2):
        if not 0 <= other < len(words):
            continue
        first, second, joined = words[other]
        gap = text[second:start] if other < index else text[end:first]
        if len(gap) <= 5 and _AND.fullmatch(gap) and gap.strip() and (other in named or _is_person(joined, word)):
            return gap.strip() != "," or joined.lower() != "me"
    return False


def _is_person(word: str, beside: str) -> bool:
    low = word.lower()
    if low in ("me", "myself"):
        return beside not in AUXILIARY and beside != "hope"
    return is_given(_base(low)) or (word[0].isupper() and word[1:].islower() and not is_common(word))
