"""What models take for names in texts without much case is cut: slang, greetings, symbols, hashtags, emphasis.

A capital says nothing in a headline or among words that are all capitals, nor a small letter in a chat.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.announced.uncased import GREETING, KIN, TOLD
from backend.privacy.detect.second_look.brands import brands
from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.given import SECOND, is_given, may_be_given
from backend.privacy.detect.vocabulary.lexicon import is_common, is_deed
from backend.privacy.detect.vocabulary.slang import is_slang
from backend.privacy.entity_types import ADDRESS_TYPES, NAME_TYPES
from backend.privacy.text.merge import GUESSING, MODEL, TAGGER, cut_around
from backend.privacy.types import Detection

SURE = 0.5
"""Under this score a model's guess at common words goes where a capital says nothing."""
Span = tuple[int, int]
_CUT = NAME_TYPES | ADDRESS_TYPES
_SYMBOL = re.compile(r"[\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff<>|*=•~^]+|\s@(?=\w)|(?<=\s)w/|[!?]+(?=\s|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_HUMP = re.compile(r"[A-ZÀ-ÖØ-Þ]+(?![a-zß-ÿ])|[A-ZÀ-ÖØ-Þ]?[a-zß-ÿ]+")
_DAY = re.compile(r"(?:on |this |next |last |every )?(?:mon|tues|wednes|thurs|fri|satur|sun)days?", re.IGNORECASE)
_OF_NO_STREET = frozenset("how i my should they what when why would you your".split())
"""Words of which no street's name has any."""
_BEFORE_HANDLE = re.compile(r"([^\W\d_]+) (?=@\w)")
_BORDER = re.compile(r"[.!?\n:]")
_MOST = 200
"""Characters of a sentence that are looked at on each side."""
_HEADS = GREETING | TOLD
_SMALL_HEADS = _HEADS | KIN | frozenset("big young old little poor lil driver seller doctor".split())
"""Words before a name, in small letters, that are no part of it."""
_TAILS = GREETING | KIN


def trim(text: str, found: Iterable[Detection]) -> list[Detection]:
    """Cut what models guessed, and leave out what tells nothing.

    Args:
        text: that was searched; in English.
        found: in it.
    """
    found = list(found)
    tags = [match.span(1) for match in _TAG.finditer(text)] if "#" in text else []
    sure = [(d.start, d.end) for d in found if d.recognizer not in GUESSING]
    nobody = [span for span in brands(text) if not any(start < span[1] and span[0] < end for start, end in sure)]
    left: list[Detection] = []
    for d in found:
        if d.recognizer not in GUESSING or d.entity_type not in _CUT:
            left += [] if _is_lone_day(text, d) or _is_chatter(text, d) else [_handle(text, d)]
            continue
        branded = [(start, end) for start, end in nobody if start < d.end and d.start < end]
        for part in _pieces(text, d, branded):
            if branded and _is_common_word(text[part.start : part.end]):
                continue  # `Install Kubernetes`
            for piece in _of_tags(text, part, tags):
                left += _trimmed(text, piece)
    people = [(d.start - 1, d.end + 1) for d in left if d.entity_type in ("NAME", "PERSON")]
    return [d for d in left if not _is_loud_guess(text, d, people)]


def _is_lone_day(text: str, found: Detection) -> bool:
    """Say whether a tagger's date is a day of the week, which is every week."""
    return found.recognizer == TAGGER and _DAY.fullmatch(text, found.start, found.end) is not None


def _is_chatter(text: str, found: Detection) -> bool:
    """Say whether an address is none: `don't @ me`, `7 ways to sell your …`."""
    value = text[found.start : found.end].lower()
    if found.entity_type == "EMAIL_ADDRESS":
        return value.endswith((" @ me", " @ us", " @ him", " @ her", " @ them"))
    return found.entity_type == "STREET_ADDRESS" and not _OF_NO_STREET.isdisjoint(value.split())


def _handle(text: str, found: Detection) -> Detection:
    """Take for a handle what is taken for an address behind a common word: `ask @ann.lee`."""
    match = _BEFORE_HANDLE.match(text, found.start, found.end) if found.entity_type == "EMAIL_ADDRESS" else None
    if match is None or not is_common(match[1]):
        return found
    return replace(found, start=match.end(), entity_type="USERNAME")


def _pieces(text: str, found: Detection, nobody: Sequence[Span]) -> Iterator[Detection]:
    """Yield what stands between brands, and between symbols and pictures, none of which is in a name."""
    symbols = [match.span() for match in _SYMBOL.finditer(text, found.start, found.end)]
    holes = [Detection(start, end, "", 0.0, "") for start, end in sorted({*symbols, *nobody})]
    for part in cut_around([found], holes) if holes else (found,):
        if text[part.start : part.end].strip():
            yield part


def _of_tags(text: str, found: Detection, tags: Sequence[Span]) -> Iterator[Detection]:
    """Yield a guess as it is, or of a hashtag the words that are none of the language."""
    tag = next((tag for tag in tags if tag[0] <= found.start < tag[1]), None)
    if tag is None or found.entity_type not in NAME_TYPES:
        yield found
        return
    end = min(found.end, tag[1])
    if text[found.start : end].islower() and not is_common(text[found.start : end]):
        yield replace(found, end=end)
        return
    for hump in _HUMP.finditer(text, found.start, end):
        word = hump[0]
        if len(word) > 2 and word[1:].islower() and word[0].isupper() and (is_given(word) or not is_common(word)):
            yield replace(found, start=hump.start(), end=end)
            return


def _is_common_word(value: str) -> bool:
    word = value.strip()
    return is_common(word) and not _may_be_name(word)


def _may_be_name(word: str) -> bool:
    return word.lower() in MAY_BE_NAMES or may_be_given(word)


def _is_small_word(word: str) -> bool:
    """Say whether a word is slang or a word such as `and`: none of anybody's name."""
    return is_slang(word) or (word.lower() in STOP_WORDS and word.lower() not in SECOND)


def _trimmed(text: str, found: Detection) -> Iterator[Detection]:
    """Yield a name without the words beside it: `luv ya jen`, `Tell Pinky`, `amy wdyt`."""
    if found.entity_type not in NAME_TYPES:
        yield found
        return
    words = list(_WORD.finditer(text, found.start, found.end))
    bare = [word[0] for word in words]
    first, last = 0, len(words)
    if found.entity_type == "PERSON":
        while last - first > 1 and _is_head(bare[first], bare[first + 1 : last]):
            first += 1
    while last - first > 1 and _is_tail(bare[last - 1], bare[first : last - 1], found.entity_type):
        last -= 1
    if (
        words
        and all(map(_is_small_word, bare[first:last]))
        and not (found.score >= SURE and _is_titled(bare[first:last]))
    ):
        return
    if (first, last) == (0, len(words)):
        yield found
    else:
        start = words[first].start() if first else found.start
        end = words[last - 1].end() if last < len(words) else found.end
        yield replace(found, start=start, end=end)


def _is_titled(words: Sequence[str]) -> bool:
    """Say whether words have one capital each, as the names Do, My and So."""
    return all(word[0].isupper() and word[1:].islower() for word in words)


def _is_head(word: str, others: Sequence[str]) -> bool:
    """Say whether a word before others is no part of a name: a small one, or a greeting with a capital."""
    low = word.lower()
    if low in SECOND or is_given(low) or all(map(_is_small_word, others)):
        return False
    if word == low:
        return low in _SMALL_HEADS or _is_small_word(low) or is_deed(low)
    return len(word) > 1 and (low in _HEADS or _is_loud(word, others))


def _is_tail(word: str, others: Sequence[str], entity_type: str) -> bool:
    """Say whether a word behind others is no part of a name: a small one that no name ends with, or slang."""
    low = word.lower()
    if low in SECOND or is_given(low):
        return False
    if word == low:
        return is_slang(low) or (entity_type == "PERSON" and (low in _TAILS or _is_small_word(low) or is_deed(low)))
    return len(word) > 1 and _is_loud(word, others)


def _is_loud(word: str, others: Sequence[str]) -> bool:
    """Say whether a word is slang in capitals beside others that are not: `OG Pat`, `Omfg Kim`."""
    return is_slang(word) and not (word.isupper() and all(map(str.isupper, others)))


def _is_loud_guess(text: str, found: Detection, people: Sequence[Span]) -> bool:
    """Say whether a guess is at common words whose capitals say nothing, beside nobody's name.

    Args:
        text: that was searched.
        found: the guess.
        people: where anybody is named, with a character on each side.
    """
    if found.recognizer not in GUESSING or found.entity_type not in NAME_TYPES:
        return False
    words = _WORD.findall(text, found.start, found.end)
    if not words or not all(is_common(word) and not _may_be_name(word) for word in words):
        return False
    if found.score >= SURE and found.recognizer == MODEL:
        return False
    is_beside = any(found.start == end or found.end == start for start, end in people)
    return not is_beside and is_emphatic(text, found.start, found.end)


def is_emphatic(text: str, start: int, end: int) -> bool:
    """Say whether the sentence around a place has capitals everywhere: a headline, or shouting."""
    left = max((m.end() for m in _BORDER.finditer(text, max(0, start - _MOST), start)), default=max(0, start - _MOST))
    right = _BORDER.search(text, end, end + _MOST)
    words = [*_WORD.findall(text, left, start), *_WORD.findall(text, end, right.start() if right else end + _MOST)]
    long = [word for word in words if len(word) > 3 and is_common(word)]
    return len(long) >= 2 and sum(not word[0].islower() for word in long) * 3 >= len(long) * 2
