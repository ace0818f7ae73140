"""What taggers took for a name and is none goes: products, words of trades, and what says what a number behind it is.

Whatever else makes a name of them counts more: `Mr. Word`, `I work for Docker`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from backend.privacy.detect.rampart import SURE
from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES, OF_NAMES
from backend.privacy.detect.second_look.products import products
from backend.privacy.detect.trades import Term, is_listed_in_clinics, terms
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.detect.trades.figures import is_figure
from backend.privacy.detect.trades.nobodys import nobodys_words
from backend.privacy.detect.vocabulary.french import is_common_french
from backend.privacy.detect.vocabulary.labels import labels
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.entity_types import WORD_TYPES
from backend.privacy.text.merge import GUESSING, MODEL, TAGGER, cut_around
from backend.privacy.types import Detection

STRUCTURE = "Structure"
"""How recognizers begin that go by keys and columns."""
_WORD = re.compile(r"[^\W_]+")
DOUBTFUL = 0.45
"""Score up to which what announces a name is believed less than a list."""
NUMBERED = frozenset({"Patterns: address"})
_SHORT = 4
"""Letters of a word in small letters that may be a name beside a word of a trade."""
_DIGITS = 3
_NEAR = 16
"""Characters behind a word in which the word for a street or house is looked for."""
_MAY_BE_TERMS = WORD_TYPES | {"DATE_TIME", "ZIP_CODE"}
"""Types that a word of a trade, or a year within it, is taken for."""
Span = tuple[int, int]


class _Spans:
    """Stretches of a text in their order, none over another."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for start, end in sorted(spans):
            if self._spans and start < self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((start, end))

    def __bool__(self) -> bool:
        return bool(self._spans)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def over(self, start: int, end: int) -> list[Span]:
        """Return those that share a place with a stretch."""
        first = bisect_right(self._spans, start, key=lambda span: span[1])
        return self._spans[first : bisect_left(self._spans, end, lo=first, key=lambda span: span[0])]


def spare(text: str, found: Sequence[Detection]) -> list[Detection]:
    """Leave out what is a product's name or a label, and cut it out of what holds more.

    Args:
        text: that was searched.
        found: in it.
    """
    if not found:
        return []
    if is_clinical(text):
        found = [d for d in found if not _is_figure(text, d)]
    names = [d for d in found if d.recognizer not in GUESSING and d.entity_type in WORD_TYPES]
    sure = _Spans((d.start, d.end) for d in names if d.score > DOUBTFUL and not _is_numbered(d))
    named = _Spans((d.start, d.end) for d in names if not _is_numbered(d))
    nobodys = (*((*span, False) for span in products(text)), *_terms(text, found)) if any(map(_is_guess, found)) else ()
    unnamed = _Spans(
        (start, end) for start, end, is_phrase in nobodys if not (sure if is_phrase else named).over(start, end)
    )
    said = _Spans(labels(text))
    return [part for d in found for part in _left(text, d, said, unnamed)] if said or unnamed else list(found)


def _is_figure(text: str, found: Detection) -> bool:
    """Say whether the tagger took a short number without a word for a name: `WCC 11.4`."""
    value = text[found.start : found.end]
    is_guess = found.recognizer == TAGGER and found.entity_type in WORD_TYPES
    return is_guess and is_figure(value) and any(map(str.isdigit, value))


def _terms(text: str, found: Sequence[Detection]) -> Iterator[tuple[int, int, bool]]:
    """Yield where words of trades stand that the model does not take for a name with more certainty."""
    sure = [d for d in found if d.recognizer == MODEL]
    guessed = _Spans((d.start, d.end) for d in found if _is_guess(d))
    yield from _believed(terms(text), [d for d in sure if d.entity_type == "PERSON"])
    if is_clinical(text):
        words = (word for span in guessed for word in nobodys_words(text, *span))
        yield from _believed((Term(*word, is_listed_in_clinics(text[word[0] : word[1]])) for word in words), sure)


def _believed(said: Iterable[Term], by_model: Sequence[Detection]) -> Iterator[tuple[int, int, bool]]:
    """Yield the terms that the model's detections do not speak against."""
    spans = _Spans((d.start, d.end) for d in by_model)
    scores: dict[int, float] = {}
    for d in by_model:
        for start, _ in spans.over(d.start, d.end):
            scores[start] = max(scores.get(start, 0.0), d.score / SURE)
    for start, end, most, is_phrase in said:
        if all(scores[place] <= most for place, _ in spans.over(start, end)):
            yield start, end, is_phrase


def _is_numbered(found: Detection) -> bool:
    """Say whether a pattern took words and a number for an address that may be a scale's or a form's."""
    return found.entity_type == "STREET_ADDRESS" and found.recognizer in NUMBERED


def _is_guess(found: Detection) -> bool:
    """Say whether something was found by its look alone, or with little certainty."""
    is_doubtful = found.score <= DOUBTFUL and found.recognizer == "Introduced"
    return found.recognizer in GUESSING or _is_numbered(found) or is_doubtful


def _left(text: str, found: Detection, said: _Spans, unnamed: _Spans) -> Iterator[Detection]:
    """Yield what is left of a detection."""
    is_guess = _is_guess(found)
    is_of_words = found.entity_type in _MAY_BE_TERMS or not any(map(str.isdigit, text[found.start : found.end]))
    ours = said.over(found.start, found.end)
    makers = unnamed.over(found.start, found.end) if is_guess and is_of_words else []
    whole = [*(ours if is_guess or found.recognizer.startswith(STRUCTURE) else ()), *makers]
    if any(start <= found.start and found.end <= end for start, end in whole):
        return
    if found.entity_type == "STREET_ADDRESS":
        rest = "".join(text[d.start : d.end] for d in cut_around([found], [Detection(*m, "", 0.0, "") for m in makers]))
        rest = rest.removeprefix("The ")
        is_written_large = any(text[start].isupper() for start, _ in makers)
        if is_written_large and not any(map(str.isupper, rest)) and sum(map(str.isdigit, rest)) <= _DIGITS:
            return  # `Glasgow Coma Scale 15`
        is_of_clinic = _is_numbered(found) and is_clinical(text)
        makers = [m for m in makers if is_of_clinic and _is_drug(text, *m)]  # but `Excel House, 2 Word Lane`
    holes = [Detection(start, end, "", 0.0, "") for start, end in sorted({*ours, *makers})]
    may_be_cut = is_guess and (ours or found.entity_type == "STREET_ADDRESS")
    if not holes or (found.entity_type not in WORD_TYPES and not may_be_cut):
        yield found
        return
    for part in cut_around([found], holes):
        left = text[part.start : part.end]
        if found.entity_type not in WORD_TYPES:  # `Tel/Fax 020 7946 0991`
            yield part
            continue
        if makers and found.recognizer != MODEL and _is_small(left):
            continue  # `Naprosyn and`
        if makers and any(map(str.isdigit, left)) and is_figure(left) and is_clinical(text):
            continue  # `Vit D 18`
        is_behind = part.start > found.start and any(map(str.isupper, left))  # `Cllr Bush`
        if is_behind or _tells(left, found.entity_type, is_of_product=bool(makers)):
            yield part


def _is_drug(text: str, start: int, end: int) -> bool:
    """Say whether a word is a clinic's and stands in no name of a street or house: `Levophed 12. FloTrac SVV 9`."""
    word, behind = text[start:end], _WORD.search(text, end, end + _NEAR)
    return is_listed_in_clinics(word) and (behind is None or behind[0].lower() not in OF_NAMES)


def _is_small(left: str) -> bool:
    """Say whether nothing is left but common or short words in small letters."""
    words = _WORD.findall(left)
    return not any(map(str.isupper, left)) and all(
        len(word) < _SHORT or is_common(word) or is_common_french(word) for word in words
    )


def _tells(left: str, entity_type: str, *, is_of_product: bool) -> bool:
    """Say whether what is left beside what was cut is more than small words or a size: `and`, `11 or`, `Call`."""
    words = _WORD.findall(left)
    if is_of_product:
        words = [word for word in words if not (word.isdecimal() and len(word) < 3)]
    if entity_type == "PERSON":
        return not all(is_common(word) and word.lower() not in MAY_BE_NAMES for word in words)
    return not all(word.islower() and is_common(word) for word in words)
