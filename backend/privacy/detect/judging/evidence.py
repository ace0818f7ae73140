"""What tells of a word whether it leads to somebody: by names of evidence, each with how much of it there is."""

import re
from collections.abc import Iterable, Sequence

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.judging.words import Repeats, Word
from backend.privacy.detect.second_look.doubt import OF_NAMES
from backend.privacy.detect.trades.evidence import BEHIND, NEAR, is_titled
from backend.privacy.detect.vocabulary.given import SECOND, is_given, is_surname, may_be_given
from backend.privacy.detect.vocabulary.lexicon import is_common, is_deed
from backend.privacy.names.gazetteer import COUNTRIES, PEOPLES, PLACES
from backend.privacy.text.merge import MODEL
from backend.system.memory import remembered

BESIDE = ((-2, "-2"), (-1, "-1"), (1, "1"), (2, "2"))
"""Which words beside a word tell of it, and how what they tell begins."""
LONGEST = 12
"""Letters from which on words are as long."""
_NUMBER_AFTER = re.compile(r" ?\d")
_DOSE_AFTER = re.compile(r"[,:]? ?\d+(?:[.,]\d+)? ?(?:mg|mcg|µg|ml|g|units?|iu|mm|cm|%)(?!\w)", re.IGNORECASE)
_SENTENCE_BEFORE = re.compile(r"[.!?:]\s*$")
Named = tuple[str, float]


def evidence(text: str, every: Sequence[Word], place: int, repeats: Repeats) -> list[Named]:
    """Return the evidence on a word.

    Args:
        text: that it stands in.
        every: the text's words.
        place: the word's among them.
        repeats: of them.
    """
    word = every[place]
    told = [("always", 1.0), *_claims(word), *known("word", word.text)]
    for step, name in BESIDE:
        if not 0 <= place + step < len(every):
            told.append((f"{name} none", 1.0))
            continue
        other = every[place + step]
        told += known(name, other.text)
        if step in (-1, 1):
            told.append((f"{name} is {other.text.lower()}", 1.0))
            told += [(f"{name} {d.recognizer} {d.entity_type}", 1.0) for d in other.claims if d.entity_type == "PERSON"]
    told += [(around, 1.0) for around in _around(text, every, place)]
    if repeats.is_again(word):
        told.append(("again", 1.0))
        if not word.text.islower() and repeats.is_small(word):
            told.append(("again in small letters", 1.0))
    told.append((f"length {min(len(word.text), LONGEST)}", 1.0))
    return told


def _claims(word: Word) -> Iterable[Named]:
    """Return what recognizers said: the model's with its score, of the others that they said it."""
    scores: dict[str, float] = {}
    for d in word.claims:
        name = f"{d.recognizer.partition(':')[0]} {d.entity_type}"
        scores[name] = max(scores.get(name, 0.0), d.score if d.recognizer == MODEL else 1.0)
    return scores.items()


def _around(text: str, every: Sequence[Word], place: int) -> list[str]:
    word = every[place]
    before = text[every[place - 1].end : word.start] if place else text[max(0, word.start - NEAR) : word.start]
    after = text[word.end : every[place + 1].start] if place + 1 < len(every) else text[word.end : word.end + NEAR]
    told = [f"before {mark!r}" for mark in sorted(set(before))]
    told += [f"after {mark!r}" for mark in sorted(set(after))]
    if place == 0 or "\n" in before:
        told.append("begins line")
    if _SENTENCE_BEFORE.search(before):
        told.append("begins sentence")
    if is_titled(text, word.start):
        told.append("titled")
    if BEHIND.match(text, word.end):
        told.append("acts")
    if _NUMBER_AFTER.match(text, word.end):
        told.append("number after")
    if _DOSE_AFTER.match(text, word.end):
        told.append("dose after")
    return told


@remembered(50_000)
def known(place: str, word: str) -> tuple[Named, ...]:
    """Return what dictionaries and its letters tell of a word by itself.

    Args:
        place: that it has beside the word which is judged; each name begins with it.
        word: in any case.
    """
    low = word.lower()
    shape = written(word)
    told = {
        f"shape {shape}": True,
        "common": is_common(word),
        f"common {shape}": is_common(word),
        "stop": low in STOP_WORDS,
        "given": is_given(word),
        "may be given": may_be_given(word),
        "second": low in SECOND,
        "surname": is_surname(word),
        "place": low in PLACES or low in COUNTRIES,
        "people": low in PEOPLES,
        "of names": low in OF_NAMES,
        "deed": is_deed(low),
        "digits": any(map(str.isdigit, word)),
    }
    return tuple((f"{place} {name}", 1.0) for name, holds in told.items() if holds)


def written(word: str) -> str:
    """Return how a word is written."""
    if word.islower():
        return "small"
    if word.isupper():
        return "large"
    if word[0].isupper() and word[1:].islower():
        return "capital"
    return "digit" if word[0].isdigit() else "mixed"
