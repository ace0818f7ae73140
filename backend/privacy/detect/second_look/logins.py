"""Logins that are made of the name of somebody whom the text names: `tjenkins4`, `jenkins.t`, `tom_jenkins`."""

import re
from collections.abc import Iterable, Iterator

from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.entity_types import PERSON_TYPES
from backend.privacy.types import Detection

SCORE = 0.6
FEWEST = 4
"""Letters of a name that tell it within a login."""
MOST_BESIDE = 3
"""Letters that may stand beside the name, where a digit or a joint tells a login."""
_NAME = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"(?<![\w@/.-])[a-z][a-z._-]{2,30}\d{0,6}(?![\w@]|[.-]\w)")
_NO_LETTER = re.compile(r"[\d._-]+")


def logins(text: str, found: Iterable[Detection]) -> Iterator[Detection]:
    """Yield logins of people who were found.

    Args:
        text: that was searched.
        found: in it.
    """
    names = {
        word.lower()
        for d in found
        if d.entity_type in PERSON_TYPES
        for word in _NAME.findall(text, d.start, d.end)
        if len(word) >= FEWEST and not word.islower()
    }
    for match in _TOKEN.finditer(text) if names else ():
        token = match[0].rstrip("._-")
        if _is_login(token, names):
            yield Detection(match.start(), match.start() + len(token), "USERNAME", SCORE, "Logins")


def _is_login(token: str, names: set[str]) -> bool:
    if token.isalpha():  # `tjenkins`
        return token[1:] in names and not is_common(token)
    letters = _NO_LETTER.sub("", token)
    beside = range(MOST_BESIDE + 1)
    return any(letters[count:] in names or letters[: len(letters) - count] in names for count in beside) or (
        any(part in names for part in _NO_LETTER.split(token))
    )
