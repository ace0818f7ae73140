"""Weighs the evidence on each word that was found by its look, and on those that look like a name and were not."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from math import exp
from pathlib import Path

import numpy as np

from backend.privacy.detect.fast.graph import Floats
from backend.privacy.detect.judging.evidence import Named, evidence
from backend.privacy.detect.judging.leniency import DOUBTFUL, NUMBERED, dropped_under
from backend.privacy.detect.judging.words import Repeats, Word, over, split_words
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.detect.trades.figures import is_figure
from backend.privacy.detect.trades.taken import in_company, may_take
from backend.privacy.detect.vocabulary.given import is_small_word_surname, is_word_surname
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.text.merge import JUDGE, MODEL, TAGGER, WORD_TYPES
from backend.privacy.types import Detection

ADDED = 0.3
"""Probability from which on a word that nobody found is taken for a name."""
ABBREVIATED = 3
"""Capitals of a word that is an abbreviation rather than a name."""
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ\d'’-]+")
TAUGHT = frozenset({TAGGER, MODEL, "Lexicon"})
"""Recognizers whose guesses the judge was taught on; a model that a policy names is not among them."""
_GLUE = frozenset("_/\\@#=<>")
"""What stands beside the parts of identifiers, paths and markup: recognizers of their own look at those."""
_PARTS = re.compile("['’-]")
_WHOLE = frozenset({"LOCATION", "NRP", "STREET_ADDRESS"})
"""Types of which nothing goes unless all does: `one hundred and two Oak Avenue`, `New Zealander`."""


@dataclass(frozen=True)
class JudgeWeights:
    """A network with one layer between: kept as 16-bit floats, counted in 32.

    Attributes:
        names: of the evidence.
        told: evidence × units: how much a piece of evidence excites each.
        layers: numbers of the Rampart model's last layer × units: how much those do.
        bias: of each unit.
        out: how much each unit counts.
        always: log-odds where no unit is excited.
    """

    names: Sequence[str]
    told: Floats
    layers: Floats
    bias: Floats
    out: Floats
    always: float

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Where each piece of evidence stands."""
        return {name: row for row, name in enumerate(self.names)}

    @classmethod
    def load(cls) -> "JudgeWeights":
        """Read those that were learned."""
        with np.load(Path(str(files(__package__).joinpath("weights.npz"))), allow_pickle=False) as kept:
            told, layers, bias, out = (kept[name].astype(np.float32) for name in ("told", "layers", "bias", "out"))
            return cls(kept["names"].tolist(), told, layers, bias, out, float(kept["always"]))


class Leanings:
    """What the model's last layer adds to each unit at each of a text's tokens."""

    def __init__(self) -> None:
        self._by_place: dict[int, tuple[int, Floats | None, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_place)

    def add(self, start: int, tokens: Sequence[tuple[int, int]], values: Floats) -> None:
        """Add those of a piece; of a place that two pieces hold the first counts.

        Args:
            start: of the piece.
            tokens: where each begins and ends in it.
            values: tokens × units.
        """
        for row, (first, last) in enumerate(tokens):
            self._by_place.setdefault(start + first, (start + last, values, row))

    def of(self, word: Word) -> Floats | None:
        """Return a word's: the mean of its tokens; None where the model has not read it."""
        place = word.start
        rows: list[Floats] = []
        while place < word.end:
            end, values, row = self._by_place.get(place, (place + 1, None, 0))
            if values is not None:
                rows.append(values[row])
            place = max(end, place + 1)
        if len(rows) < 2:
            return rows[0] if rows else None
        mean: Floats = np.add.reduce(rows) / np.float32(len(rows))  # `np.mean`'s, without what it asks before
        return mean


class Judge:
    """Says of words how likely they lead to somebody. May be used by several threads.

    Args:
        weights: those that were learned by default.
    """

    def __init__(self, weights: JudgeWeights | None = None) -> None:
        self._weights = weights or JudgeWeights.load()

    def lean(self, vectors: Floats) -> Floats:
        """Return what the model's last layer adds to each unit.

        Args:
            vectors: tokens × numbers of its last layer.

        Returns:
            Tokens × units.
        """
        leanings: Floats = vectors @ self._weights.layers
        return leanings

    def settle(
        self,
        text: str,
        every: Iterable[Detection],
        found: Sequence[Detection],
        leanings: Leanings,
        is_foreign: Callable[[int], bool] = lambda _: False,
    ) -> list[Detection]:
        """Cut out what the evidence speaks against, and add what it speaks for.

        Args:
            text: that was searched; in English.
            every: what each recognizer said at first.
            found: what is left of it by now.
            leanings: of the text's tokens.
            is_foreign: says of a place whether it is in another language.
        """
        if not leanings:
            return list(found)
        said = split_words(text, every)
        ends = [word.end for word in said]
        parts = [(d, list(over(said, ends, d.start, d.end))) for d in found]
        clinical = is_clinical(text)
        judged = {word.start for d, own in parts if is_judged(d, clinical) for word in own}
        held = {word.start for _, own in parts for word in own}
        repeats = Repeats(said)
        low, added, takers = {}, [], []
        for place, word in enumerate(said):
            if word.start not in judged and (word.start in held or not may_be_added(text, word)):
                continue
            lean = leanings.of(word)
            if lean is None or is_foreign(word.start) or not _is_latin(word.text):
                continue
            chance = self.chance(lean, evidence(text, said, place, repeats))
            takes = may_take(text, word.start, word.end)
            if takes:
                takers.append(word.start)
            elif word.start in judged and chance < dropped_under(text, word):
                low[word.start] = word.end
            if word.start not in judged and (chance >= ADDED or takes):
                added.append(Detection(word.start, word.end, "NAME", round(chance, 4), JUDGE))
        gone = low.keys() - (in_company(text, low, takers) if clinical else set())
        return [*_left(text, parts, gone, clinical), *added] if gone else [*found, *added]

    def chance(self, lean: Floats, told: Iterable[Named]) -> float:
        """Return the probability that a word leads to somebody."""
        rows = self._weights.rows
        pairs = [(rows[name], much) for name, much in told if name in rows]
        units = self._weights.bias + lean
        if pairs:
            chosen, much = zip(*pairs, strict=True)
            units = units + np.array(much, np.float32) @ self._weights.told.take(chosen, 0)
        odds = float(np.maximum(units, 0.0) @ self._weights.out) + self._weights.always
        return 1 / (1 + exp(-max(min(odds, 30.0), -30.0)))


def _is_latin(word: str) -> bool:
    """Say whether a word has letters, and none of another script, which the judge was not taught."""
    return len(word) > 1 and not word.isdigit() and _LATIN.fullmatch(word) is not None


def may_be_added(text: str, word: Word) -> bool:
    """Say whether a word that nobody found looks like a name: a rare one, or one with a capital within a sentence."""
    is_surname = is_word_surname(word.text) or is_small_word_surname(word.text)
    if is_surname and may_take(text, word.start, word.end):
        return True
    is_plain = word.text.islower() and word.text.isalpha()
    if (is_plain and is_common(word.text)) or not _is_latin(word.text):
        return False
    is_abbreviated = word.text.isupper() and len(word.text) <= ABBREVIATED
    is_glued = not {text[word.start - 1 : word.start], text[word.end : word.end + 1]}.isdisjoint(_GLUE)
    if is_abbreviated or is_glued:
        return False
    is_within = word.text[0].isupper() and text[word.start - 2 : word.start - 1].islower()
    return is_within or not all(map(is_common, _PARTS.split(word.text)))


def is_judged(found: Detection, clinical: bool = False) -> bool:
    """Say whether something was found by its look, so that evidence may speak against it.

    Args:
        found: it.
        clinical: whether the text is of a clinic, where a word and a number are a score more often than an address.
    """
    if found.entity_type == "STREET_ADDRESS" and clinical and found.recognizer in NUMBERED:
        return True
    is_guess = found.recognizer in TAUGHT or (found.recognizer == "Introduced" and found.score <= DOUBTFUL)
    return is_guess and found.entity_type in WORD_TYPES


def _is_figure(text: str, words: Sequence[Word]) -> bool:
    return not words or is_figure(text[words[0].start : words[-1].end])


def _left(
    text: str, parts: Iterable[tuple[Detection, Sequence[Word]]], low: AbstractSet[int], clinical: bool
) -> Iterator[Detection]:
    """Yield what is left once words go from its ends; what stands between others stays: `Maria de la Cruz`."""
    for d, own in parts:
        kept = [word for word in own if word.start not in low]
        if clinical and len(kept) < len(own) and is_judged(d, clinical) and _is_figure(text, kept):
            continue  # `Vit D 18`
        if (
            not is_judged(d, clinical)
            or not own
            or (kept and (d.entity_type in _WHOLE or (kept[0], kept[-1]) == (own[0], own[-1])))
        ):
            yield d
        elif any(len(word.text) > 1 for word in kept):
            start = d.start if kept[0] is own[0] else kept[0].start
            yield replace(d, start=start, end=d.end if kept[-1] is own[-1] else kept[-1].end)
