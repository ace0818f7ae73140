"""Names that the words before them announce: `Mr. Key`, `my name is …`, `Dear …`. They need no dictionary."""

import re
from collections.abc import Iterator

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from spacy.lang.en.stop_words import STOP_WORDS
from typing_extensions import override

from backend.privacy.detect.announced.organizations import organizations
from backend.privacy.detect.announced.rosters import handles, people_by_place
from backend.privacy.detect.announced.uncased import uncased_names
from backend.privacy.detect.vocabulary.index import firsts, index
from backend.privacy.detect.vocabulary.lexicon import GIVEN, WORD, is_common
from backend.privacy.detect.vocabulary.romanized import romanized_names

TITLES = (
    "Mr|Mrs|Ms|Mx|Miss|Mister|Dr|Doctor|Prof|Professor|Sir|Madam|Dame|Lady|Lord|Rev|Fr|Judge|Justice|Capt|Captain|Sgt"
    "|Lt|Col|Gen|Officer|Nurse|Mme|Mlle|Monsieur|Madame|Herr|Frau|Se[nñ]or|Se[nñ]ora|Sr|Sra"
)
_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĢĪĮĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽА-ЯЁΑ-Ω]"
_NAME = rf"(?:(?:{_UPPER}\.-?){{1,4}}|{_UPPER}[\w'’-]*\w)"
_FULL = rf"{_NAME}(?: (?:(?:de|da|di|van|von|der|la|le|bin|al|el) ){{0,2}}{_NAME}){{0,3}}"
TITLED = re.compile(rf"(?<![\w.])(?P<title>{TITLES})(?P<mark>\.?) (?P<name>{_FULL})")
TITLED_FIRST = firsts(TITLES.replace("[nñ]", "n").replace("|", " ")) | {"señor", "señora"}
FULL = re.compile(_FULL)
CREDENTIALS = re.compile(
    r" (?:RN|LPN|NP|FNP|CRNA|CNM|MD|M\.D\.|DO|DDS|DMD|DPT|LCSW|LMFT|PA-C|PharmD|PhD|Ph\.D\.|PsyD|MSW|Esq|KC|QC"
    r"|MBBS|FRCS)(?!\w)"
)
"""Letters that tell a profession."""
CREDENTIALS_FIRST = firsts(
    "RN LPN NP FNP CRNA CNM MD M DO DDS DMD DPT LCSW LMFT PA PharmD PhD Ph PsyD MSW Esq KC QC MBBS FRCS"
)
CREDENTIALED = re.compile(
    rf"(?<![\w@.-])(?P<name>{_UPPER}[\w'’-]*\w(?: {_UPPER}\.?)?(?: {_UPPER}[\w'’-]*\w){{1,2}}),?{CREDENTIALS.pattern}"
)
"""A name before letters that tell a profession: `Dale Hobbs RN`."""
WITHIN = re.compile(rf"\s(?<=[^\s.!?]\s)\s?[\"“‘']?(?={_UPPER})")
"""Before a word with a capital that begins no sentence."""
ANNOUNCING = frozenset(
    "my name is|my name's|name is|i am called|is called|is named|named|née|né|born as|also known as|aka|dear|hi|hello"
    "|hey|sincerely|regards|yours truly|signed|signed by|on behalf of|attn|attention|c/o"
    "|known as|nicknamed|goes by|alias|to her as|to him as|to them as|call him|call her|calls himself"
    "|calls herself|called himself|called herself".split("|")
)
"""Words before a name."""
TALKING = frozenset(
    "chatting with|speaking with|speaking to|spoke with|spoke to|talking with|talking to|talked with|talked to|met with"
    "|meeting with|this is|i am|i'm|it's|ask for|asked for|according to|daughter of|son of|wife of|husband of|mother of"
    "|father of|sister of|brother of|friend of|widow of|child of|seen by|treated by|reviewed by|referred by"
    "|accompanied by|thanks|w/".split("|")
)
"""Words before a name, and before other words with a capital too."""
_LAST_BEFORE = frozenset(words.split()[-1] for words in ANNOUNCING | TALKING)
SMALL = re.compile(
    r"\b(?:its|it's|this is|i'm|im|i am|my name is|name's|call me|thanks,?|regards,?|cheers,?|told|asked"
    r"|met) (?P<name>[a-z]{3,})(?=$|[.,!?;\n]| (?:here|from|again|calling|speaking|in|at|about|and|today|who)\b)"
)
"""Words before a name in small letters."""
SMALL_FIRST = firsts("its it this i im my name call thanks regards cheers told asked met")
_ROLES = (
    "uncle aunt auntie cousin sister brother daughter son husband wife nephew niece mum mom dad grandma grandpa"
    " neighbor neighbour boyfriend girlfriend partner colleague coworker roommate flatmate landlord landlady tenant"
    " classmate friend boss carer caregiver nanny babysitter nurse tutor teacher coach driver midwife pastor rabbi imam"
    " constable detective inspector sergeant witness victim suspect defendant claimant complainant patient"
)
ROLE = re.compile(rf"\b(?:{_ROLES.replace(' ', '|')}),? (?P<name>{_FULL})")
"""A word in small letters for who somebody is, and a name: `my neighbour Hope`."""
ROLE_FIRST = firsts(_ROLES)
VERSUS = re.compile(r" vs?\.? ")
CASE = re.compile(rf"(?<![\w.])(?P<name>{_FULL}){VERSUS.pattern}(?P<other>{_FULL})(?!\w)")
"""The parties of a case in court."""
INITIALS = re.compile(r"[A-Z](?:\. ?(?:[A-Z]\. ?){1,3}|[A-Z]{1,2}(?= [a-z]))")
SURNAME = re.compile(rf"[A-Z]\. (?P<name>{_UPPER}[a-zà-ÿ]{{2,}})(?= [a-z]|,|\)|['’]s)")
"""An initial and a word that may be a surname."""
NO_INITIAL = re.compile(
    r"(?:\w|\.|\d |(?:vitamin|hepatitis|plan|type|group|class|grade|option|figure|appendix|section|unit|part|ward|item"
    r"|exhibit|room|block|gate|schedule|influenza|strep|annex|table|version|category|phase) )$",
    re.IGNORECASE,
)
"""Before a letter that is no initial."""
LISTED = re.compile(r"(?:^|\n)\s*[A-HQ]\.$")
"""What may be an item's letter, at the start of a line."""
WHOSE = re.compile(
    r"\b(?:patient|pt|client|minor|child|boy|girl|plaintiff|defendant|victim|witness|student|resident|(?:mother|father"
    r"|parents) of|son|daughter|wife|husband),? $",
    re.IGNORECASE,
)
DOING = re.compile(
    r",? ?(?:an? \d|aged? \d|\(?\d\d[,):]|(?:was|is|has|had|seen|said|says|reports?|reported|denies|denied|presents"
    r"|presented|called|stated|went|came|lives)\b)"
)
"""What stands beside initials that stand for a person."""
VIETNAMESE = re.compile(
    r"\b(?:[A-Z]{2,7} ){1,3}(?:NGUYEN|PHAM|THI|TRAN)\b(?: [A-Z]{2,7}\b){0,3}"
    r"|\b(?:HOANG|HUYNH|NGUYEN|PHAM|TRAN)(?: [A-Z]{2,7}\b){1,4}"
)
"""Names in capitals and without accents, as cards have them, whose words are short."""
VIETNAMESE_WITHIN = firsts("HOANG HUYNH NGUYEN PHAM THI TRAN")
SURNAME_FIRST = re.compile(
    rf"(?<![\w,])(?<!, )(?:[ÓO] |O['’])?{_UPPER}{{2,}}(?:[ '’-]{_UPPER}{{2,}})*"
    rf", {_UPPER}[^\W\d_A-Z]+(?: {_UPPER}\b\.?)?(?!\w)"
)
SURNAME_ENDS = re.compile(rf"{_UPPER}{_UPPER}, {_UPPER}")
"""What stands in each of these."""
DICTATED = re.compile(
    r"[A-Za-z] (?<!\w[A-Za-z] )(?:as in|for|like|wie|comme) \w+"
    r"(?:[, ]{1,2}(?:and )?[A-Za-z](?: (?:as in|for|like|wie|comme) \w+)?(?!\w))+"
)
"""A name letter by letter: `B as in boy, A, U`."""
SIGNED = re.compile(
    r"\b(?i:thx|thanks|thank you|cheers|ta|best|best wishes|all the best|rgds|br|yours|yours faithfully|love|mfg|lg"
    r"|cordialement|bien à vous|bises|grüße|gruß|saludos|с уважением|спасибо)[,.!]?[ \t]*\n\s{0,9}"
    rf"(?P<name>{_FULL})[ \t.,x]*(?=\n|\Z)"
)
"""A name alone in the line after the closing words of a letter."""
SIGNED_FIRST = firsts(
    "thx thanks thank cheers ta best all rgds br yours love mfg lg cordialement bien bises grüße gruß saludos с спасибо"
)
NICK = re.compile(
    r"^[ \t]*(?:\[?\d{1,2}:\d\d(?::\d\d)?\]?[ \t]{0,2})?"
    r"<(?P<name>(?!(?:br|dd|dt|hr|img|li|p|td|th|tr)>)[@+%&~]?[\w.|^`-]{2,30})>[ \t]+\S",
    re.MULTILINE,
)
"""Who speaks in a line of a chat."""
SPACED = re.compile(
    r"\w(?=[\s.·*_-])(?<!\w\w)(?:(?<=[^\W\d_])(?:[ \u00a0]{1,3}[^\W\d_]){3,}(?!\w)"
    r"|(?:[.·*_-]\w|\s{1,3}\w(?=[.·*_-]\w)){3,}(?!\w)|(?<=[^\W\d_])(?:\*[^\W\d_]){2}(?!\w))"
)
"""Letters one by one, as in a heading: `J o h n`, `J.o.h.n`. It begins with a class, which `re` looks for quickly."""
SIGNATURE = re.compile(r"\n\s*[-–—~]{1,2}\s?(?P<name>[^\W\d_]{2,20})\s*$")
"""A name alone, behind a dash, in the last line."""
LEXICON = "Lexicon"
"""The recognizer that goes by words."""
ORGANIZED = 0.45
"""Score of organisations: whoever knows a name's kind knows better."""
DOUBTFUL = 0.4
"""Score of what other words may stand for too."""
MAY_BE_NAMES = frozenset(map(str.lower, GIVEN))
ABBREVIATIONS = frozenset(
    "U.S. U.K. E.U. U.N. U.S.A. D.C. B.C. A.D. P.M. A.M. M.D. R.N. Ph.D. B.A. M.A. I.V. I.D. P.O. N.Y. L.A. P.S. P.C."
    " BP HR CT MRI ECG ID TV PT OT ER ICU IV GP RN MD IT US UK EU UN NHS".split()
)
NO_NAMES = frozenset(
    "All Both Colleague Colleagues Customer Everybody Everyone Friend Friends Guys I It Madam Manager Member Mr Mrs Ms"
    " Dr Patient Sir Sirs Team The There They This We You Your My Doctor Officer Nurse Professor Babe Babes Baby Bro"
    " Buddy Dad Daddy Darling Dear Folks Gran Grandad Grandma Granny Gorgeous Honey Hun Ladies Love Lovely Ma Mate Mom"
    " Mum Mummy Nan People Sis Son Sweetheart Sweetie World".split()
)


class IntroducedNames(EntityRecognizer):
    """Titles, and the capitalized words after a title or after words such as `my name is`.

    Args:
        score: of all that is found.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.7, supported_language: str = "en", name: str = "Introduced") -> None:
        self.score = score
        super().__init__(
            ["ORGANIZATION", "PERSON", "TITLE", "USERNAME"], supported_language=supported_language, name=name
        )

    def load(self) -> None:
        """Do nothing."""

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        """Return titles, names that are announced, in small letters, or of speakers in a chat; organisations."""
        organized = [RecognizerResult("ORGANIZATION", start, end, ORGANIZED) for start, end in organizations(text)]
        language = getattr(nlp_artifacts, "text_language", "")
        talk = [*uncased_names(text), *people_by_place(text)] if language in ("", "en") else []
        people = [_guess(start, end) for start, end in talk]
        users = [RecognizerResult("USERNAME", start, end, DOUBTFUL) for start, end in handles(text)]
        return [*organized, *self._announced(text), *self._found(text), *people, *users]

    def _found(self, text: str) -> Iterator[RecognizerResult]:
        yield from self._spelled(text)
        if "<" in text and "</" not in text:
            for match in NICK.finditer(text):
                yield RecognizerResult("USERNAME", *match.span("name"), self.score)
        signature = SIGNATURE.search(text, max(len(text) - 40, 0))
        if signature and not (is_common(signature["name"]) and signature["name"].islower()):
            yield RecognizerResult("PERSON", *signature.span("name"), self.score)

    def _announced(self, text: str) -> Iterator[RecognizerResult]:
        """Yield titles, and the names behind titles and other words."""
        known = index(text)
        for match in known.matches(TITLED, TITLED_FIRST):
            if match["name"] not in NO_NAMES:
                yield RecognizerResult("TITLE", match.start(), match.end("mark"), self.score)
                yield RecognizerResult("PERSON", *match.span("name"), self.score)
        for start, end in _doubtful(text):
            yield RecognizerResult("PERSON", start, end, DOUBTFUL)
        for words, name in _behind_words(text):
            if not words.isdisjoint(ANNOUNCING) and name[0].split()[0].capitalize() not in NO_NAMES:
                yield RecognizerResult("PERSON", *name.span(), self.score)
            elif not words.isdisjoint(TALKING) and _may_be_name(name[0]):
                yield RecognizerResult("PERSON", *name.span(), DOUBTFUL)
        is_credentialed = known.has(CREDENTIALS_FIRST) and CREDENTIALS.search(text)
        credentialed = CREDENTIALED.finditer(text) if is_credentialed else ()
        signed = known.matches(SIGNED, SIGNED_FIRST) if "\n" in text else ()
        for match in (*credentialed, *signed):
            if match["name"].split()[0] not in NO_NAMES:
                yield RecognizerResult("PERSON", match.start("name"), match.end("name"), self.score)

    def _spelled(self, text: str) -> Iterator[RecognizerResult]:
        """Yield names that are written letter by letter."""
        for match in SPACED.finditer(text):
            letters = match[0]
            by_dashes = letters.isupper() and letters.count("-") > 3
            if " " in letters or by_dashes or any(map(str.islower, letters)):
                yield RecognizerResult("PERSON", *match.span(), self.score)
        for match in DICTATED.finditer(text) if " " in text else ():
            yield RecognizerResult("PERSON", *match.span(), self.score)


def _guess(start: int, end: int) -> RecognizerResult:
    """Return a name that goes by the word and what stands beside, so that a policy's list may free it."""
    name = {RecognizerResult.RECOGNIZER_NAME_KEY: LEXICON}
    return RecognizerResult("PERSON", start, end, DOUBTFUL, recognition_metadata=name)


def _behind_words(text: str) -> Iterator[tuple[frozenset[str], re.Match[str]]]:
    """Yield words with a capital, and the last one to three words before them."""
    for space in WITHIN.finditer(text):
        before = text[max(0, space.start() - 20) : space.start()].lower().replace("’", "'").rstrip(",:").split()[-3:]
        if not before or before[-1] not in _LAST_BEFORE:
            continue
        words = frozenset(" ".join(before[-count:]) for count in (1, 2, 3))
        if (words & ANNOUNCING or words & TALKING) and (name := FULL.match(text, space.end())):
            yield words, name


def _may_be_name(value: str) -> bool:
    first = value.split(maxsplit=1)[0].strip(".,")
    return first not in NO_NAMES and first.lower() not in STOP_WORDS and not (first.isupper() and len(first) < 6)


def _doubtful(text: str) -> Iterator[tuple[int, int]]:
    """Yield what is a name more likely than not: initials, and words in small letters behind words of talk."""
    known = index(text)
    for match in known.matches(SMALL, SMALL_FIRST):
        if match["name"] in MAY_BE_NAMES:
            yield match.span("name")
    yield from _initials(text)
    for match in SURNAME.finditer(text):
        start = max(0, match.start() - 12)
        is_letter = NO_INITIAL.search(text, start, match.start()) or LISTED.search(text, start, match.start() + 2)
        if match["name"].lower() not in STOP_WORDS and not is_letter:
            yield match.span()
    yield from _roles(text)
    yield from romanized_names(text)
    if known.has(VIETNAMESE_WITHIN):
        yield from (match.span() for match in VIETNAMESE.finditer(text))
    for match in SURNAME_FIRST.finditer(text) if SURNAME_ENDS.search(text) else ():
        if not all(map(is_common, WORD.findall(match[0]))):
            yield match.span()


def _initials(text: str) -> Iterator[tuple[int, int]]:
    """Yield initials that stand for a person."""
    for match in INITIALS.finditer(text):
        start, end = match.start(), match.start() + len(match[0].rstrip())
        if text[start - 1 : start].isalnum() or text[start - 1 : start] == ".":
            continue
        beside = (DOING.match(text, end), WHOSE.search(text, max(0, start - 14), start))
        is_person = any(beside) if "." in match[0] else all(beside)
        if is_person and match[0].replace(" ", "") not in ABBREVIATIONS:
            yield start, end


def _roles(text: str) -> Iterator[tuple[int, int]]:
    """Yield names behind a word for who somebody is, and those of the parties of a case."""
    for match in index(text).matches(ROLE, ROLE_FIRST):
        if _may_be_name(match["name"]):
            yield match.span("name")
    for match in CASE.finditer(text) if VERSUS.search(text) else ():
        yield match.span("name")
        yield match.span("other")
