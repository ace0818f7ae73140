"""Names that the words before them announce: `Mr. Key`, `my name is …`, `Dear …`. They need no dictionary."""

import itertools
import re
from collections.abc import Iterator

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from backend.detect.lexicon import is_common

TITLES = (
    "Mr|Mrs|Ms|Mx|Miss|Mister|Dr|Doctor|Prof|Professor|Sir|Madam|Dame|Lady|Lord|Rev|Fr|Judge|Justice|Capt|Captain|Sgt"
    "|Lt|Col|Gen|Officer|Nurse|Mme|Mlle|Monsieur|Madame|Herr|Frau|Se[nñ]or|Se[nñ]ora|Sr|Sra"
)
_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĢĪĮĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽА-ЯЁΑ-Ω]"
_NAME = rf"(?:(?:{_UPPER}\.-?){{1,4}}|{_UPPER}[\w'’-]*\w)"
_FULL = rf"{_NAME}(?: (?:(?:de|da|di|van|von|der|la|le|bin|al|el) ){{0,2}}{_NAME}){{0,3}}"
TITLED = re.compile(rf"(?<![\w.])(?P<title>{TITLES})(?P<mark>\.?) (?P<name>{_FULL})")
ANNOUNCED = re.compile(
    rf"(?:\b(?i:my name is|my name's|name is|i am called|is called|is named|named|née|né|born as|also known as|aka"
    rf"|dear|hi|hello|hey|sincerely|regards|yours truly|signed|signed by|on behalf of|attn|attention|c/o))"
    rf"[,:]?\s{{1,2}}(?P<name>{_FULL})"
)
SIGNED = re.compile(
    r"\b(?i:thx|thanks|thank you|cheers|ta|best|best wishes|all the best|rgds|br|yours|yours faithfully|love|mfg|lg"
    r"|cordialement|bien à vous|bises|grüße|gruß|saludos|с уважением|спасибо)[,.!]?[ \t]*\n\s{0,9}"
    rf"(?P<name>{_FULL})[ \t.,x]*(?=\n|\Z)"
)
"""A name alone in the line after the closing words of a letter."""
NICK = re.compile(
    r"^[ \t]*(?:\[?\d{1,2}:\d\d(?::\d\d)?\]?[ \t]{0,2})?"
    r"<(?P<name>(?!(?:br|dd|dt|hr|img|li|p|td|th|tr)>)[@+%&~]?[\w.|^`-]{2,30})>[ \t]+\S",
    re.MULTILINE,
)
"""Who speaks in a line of a chat."""
SPACED = re.compile(
    r"(?<!\w)[^\W\d_](?:[ \u00a0]{1,3}[^\W\d_]){3,}(?!\w)|(?<!\w)\w(?:[.·*_-]\w|\s{1,3}\w(?=[.·*_-]\w)){4,}(?!\w)"
)
"""Letters one by one, as in a heading: `J o h n`, `J.o.h.n`."""
SIGNATURE = re.compile(r"\n\s*[-–—~]{1,2}\s?(?P<name>[^\W\d_]{2,20})\s*$")
"""A name alone, behind a dash, in the last line."""
NO_NAMES = frozenset(
    "All Both Colleague Colleagues Customer Everybody Everyone Friend Friends Guys I It Madam Manager Member Mr Mrs Ms"
    " Dr Patient Sir Sirs Team The There They This We You Your My Doctor Officer Nurse Professor".split()
)


class IntroducedNames(EntityRecognizer):
    """Titles, and the capitalized words after a title or after words such as `my name is`.

    Args:
        score: of all that is found.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.7, supported_language: str = "en", name: str = "Introduced") -> None:
        self.score = score
        super().__init__(["PERSON", "TITLE", "USERNAME"], supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing."""

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Return titles, the names that are announced, and those of speakers in a chat."""
        return list(self._found(text))

    def _found(self, text: str) -> Iterator[RecognizerResult]:
        for match in TITLED.finditer(text):
            if match["name"] not in NO_NAMES:
                yield RecognizerResult("TITLE", match.start(), match.end("mark"), self.score)
                yield RecognizerResult("PERSON", *match.span("name"), self.score)
        for match in SPACED.finditer(text):
            if " " in match[0] or any(map(str.islower, match[0])):
                yield RecognizerResult("PERSON", *match.span(), self.score)
        if "<" in text and "</" not in text:
            for match in NICK.finditer(text):
                yield RecognizerResult("USERNAME", *match.span("name"), self.score)
        signature = SIGNATURE.search(text, max(len(text) - 40, 0))
        if signature and not (is_common(signature["name"]) and signature["name"].islower()):
            yield RecognizerResult("PERSON", *signature.span("name"), self.score)
        found = (ANNOUNCED, SIGNED) if "\n" in text else (ANNOUNCED,)
        for match in itertools.chain.from_iterable(pattern.finditer(text) for pattern in found):
            if match["name"].split()[0] not in NO_NAMES:
                yield RecognizerResult("PERSON", *match.span("name"), self.score)
