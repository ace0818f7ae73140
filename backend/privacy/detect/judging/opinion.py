"""A second opinion on a word that the judge doubts: whether it is nobody's by what is known of words of its kind.

The judge goes by what the Rampart model holds of a word, and knows the texts that it was taught on by heart, so that
of other texts' words it is seldom sure. This one goes by no word and by nothing that the model holds: by who claims a
word, its shape and spelling, lists, and what stands beside it. So what it was taught (`opinion.npz`, by
`tests/bench/learn_opinion.py`, from what the model as its makers left it claims) holds of words that nobody has seen.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from math import log
from pathlib import Path

import numpy as np

from backend.privacy.detect.judging.evidence import Named, written
from backend.privacy.detect.judging.words import Word
from backend.privacy.detect.trades.beside import is_beside_deeds, is_beside_terms
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.detect.trades.evidence import is_given_before, is_of_person
from backend.privacy.detect.trades.nobodys import is_somebodys_place, may_be_initials
from backend.privacy.detect.trades.open_words import is_known_name, is_open_word, is_spelt_as_product
from backend.privacy.detect.trades.shapes import has_ending
from backend.privacy.detect.trades.spelling import LENGTHS, least_likeness
from backend.privacy.detect.trades.taken import may_take
from backend.privacy.detect.vocabulary.given import is_word_surname, may_be_surname
from backend.privacy.names.gazetteer import PLACES
from backend.privacy.text.merge import MODEL

UNDER = 0.05
"""Probability of being somebody's under which a word of a clinic's text is nobody's.

By cross-validation three people's words of 2,445 are under it, two of which are drugs too (`Paracetamol Pete`), with
45 % of the letters of what is nobody's; the judge, who has to doubt each of them too, is not counted in. Elsewhere
nobody is asked: where no person's word of 5,802 went, 3 % of the letters did, and abbreviations of bodies.
"""
_MOST = 4
"""Log-odds from which on a word's spelling tells no more."""
_ARTICLE = re.compile(
    r"(?<![\w'’.-])(?:[Tt]he|[Aa]n?|[Nn]o|[Ii]ts|[Ee]ach|[Tt]his|[Aa]nother|[Oo]ur|[Yy]our|[Tt]heir)\.? $"
)
_ARTICLES = 8
"""Characters before a word in which one stands."""
_OF_WORD = re.compile(r"-?\d is ")
"""How evidence begins that is of one word beside."""


_PAYS = re.compile(
    r",? (?:pays?|paid|payer|covers?|covered|claims?|cheque|polic(?:y|ies)|ref|reference|referral|number"
    r"|no\.|portal|member(?:ship)?|card|plan|rep|volunteer|approv\w+|authoris\w+|authoriz\w+|denied|denies)(?!\w)"
)
"""What stands behind who pays or decides, be it an abbreviation: `IHS pays`, `CAA ref 1821`."""


def is_nobodys(text: str, word: Word, told: Iterable[Named]) -> bool:
    """Say whether a word is nobody's.

    Args:
        text: that it stands in; in English.
        word: with what each recognizer said of it.
        told: the evidence that the judge goes by.
    """
    bare_end = word.start + len(word.text.removesuffix("'s").removesuffix("’s"))
    if (
        is_beside_deeds(text, bare_end)
        or is_of_person(text, word.start, bare_end, is_wide=False)
        or is_somebodys_place(text, word.start, bare_end)
    ):
        return False  # `Oprea to bleed patient`
    is_place = word.text.lower() in PLACES and any(d.entity_type == "LOCATION" for d in word.claims)
    if is_place or not is_clinical(text) or _PAYS.match(text, word.end):
        return False
    return _odds(every_evidence(text, word, told)) < log(UNDER / (1 - UNDER))


def every_evidence(text: str, word: Word, told: Iterable[Named]) -> Iterator[Named]:
    """Yield the judge's evidence but for what is of a single word, and what else is known of words of a kind."""
    yield from (each for each in told if not _OF_WORD.match(each[0]))
    yield from ((name, 1.0) for name in (*_of_claims(word), *_of_kind(text, word)))


@lru_cache(maxsize=1)
def _weights() -> tuple[Mapping[str, float], float]:
    with np.load(Path(str(files(__package__).joinpath("opinion.npz"))), allow_pickle=False) as kept:
        return dict(zip(kept["names"].tolist(), kept["much"].tolist(), strict=True)), float(kept["always"])


def _odds(told: Iterable[Named]) -> float:
    weights, always = _weights()
    return always + sum(weights.get(name, 0.0) * much for name, much in told)


def _of_claims(word: Word) -> Iterator[str]:
    """Yield who claims a word together, and as what."""
    of_model = [d for d in word.claims if d.recognizer == MODEL]
    sure = max((d.score for d in of_model if d.entity_type == "PERSON"), default=0.0)
    if not of_model:
        yield "no model"
    elif sure:
        yield f"model {int(sure * 5)}"
    yield "claims " + "+".join(sorted({d.recognizer.partition(":")[0] for d in word.claims}))
    yield "types " + "+".join(sorted({d.entity_type for d in word.claims if d.recognizer != "Lexicon"}))
    longest = max((d.end - d.start for d in word.claims), default=0)
    yield "claim longer" if longest > len(word.text) + 1 else "claim alone"


def _of_kind(text: str, word: Word) -> Iterator[str]:
    """Yield of what kind a word and its place are."""
    bare = word.text.removesuffix("'s").removesuffix("’s")
    start, end = word.start, word.start + len(bare)
    like = least_likeness(bare)
    yield f"likeness {max(-_MOST, min(_MOST, round(like)))}" if len(bare) >= LENGTHS.start else "likeness short"
    is_known = is_known_name(bare)
    if not is_known:
        yield "unknown name " + written(bare)
    holds = {
        "open": is_open_word(bare),
        "known name": is_known,
        "may surname": may_be_surname(bare),
        "word surname": is_word_surname(bare),
        "spelt product": is_spelt_as_product(bare),
        "drug ending": has_ending(bare),
        "beside terms": is_beside_terms(text, start, end),
        "beside deeds": is_beside_deeds(text, end),
        "of person": is_of_person(text, start, end, is_wide=False),
        "given before": is_given_before(text, start),
        "somebodys place": is_somebodys_place(text, start, end),
        "may be initials": bare.isupper() and may_be_initials(text, start, end),
        "may take": may_take(text, start, end),
        "article": _ARTICLE.search(text, max(0, start - _ARTICLES), start) is not None,
        "clinical": is_clinical(text),
        "has digit": any(map(str.isdigit, word.text)),
    }
    yield from (name for name, is_so in holds.items() if is_so)
