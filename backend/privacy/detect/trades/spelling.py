"""Tells by its letters whether a word is spelt as drugs and products are, and not as people and places are.

What it goes by was learned from 66,000 names of drugs, other substances and programs and 194,000 names of people and
places (`spelling.npz`, by `tests/bench/learn_spelling.py`): how much each run of two to five letters tells.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import numpy as np

from backend.privacy.detect.fast.graph import Floats
from backend.system.memory import remembered

ROOM = 1 << 15
"""Numbers that runs of letters share."""
RUNS = (2, 3, 4, 5)
"""Letters of a run; the word's begin and end count as one each."""
LENGTHS = range(5, 17)
"""Letters of a word that are looked at."""
NEVER = -9.0
"""Log-odds of a word with letters that neither English nor French has."""
_JOINT = re.compile("['’-]")
_FOREIGN = re.compile("[^\\x00-\\x7fÀÂÇÈÉÊËÎÏÔÙÛÜŒàâçèéêëîïôùûüœ]")


@lru_cache(maxsize=1)
def _weights() -> Floats:
    with np.load(Path(str(files(__package__).joinpath("spelling.npz"))), allow_pickle=False) as kept:
        weights: Floats = kept["weights"].astype(np.float32)
        return weights


def runs(word: str) -> Iterator[int]:
    """Yield the numbers of a word's runs of letters."""
    marked = f"^{word.lower()}$"
    for length in RUNS:
        for start in range(len(marked) - length + 1):
            yield crc32(marked[start : start + length].encode()) % ROOM


def weigh(numbers: Sequence[int], weights: Floats) -> float:
    """Return the log-odds that a word with such runs is a product's; the last weight is of all words."""
    return float(weights[list(numbers)].sum() / len(numbers) ** 0.5 + weights[-1])


@remembered(20_000)
def likeness(word: str) -> float:
    """Return the log-odds that a word is a product's rather than somebody's; below 0 where it is not looked at."""
    if len(word) not in LENGTHS or not word.isalpha():
        return -1.0
    return NEVER if _FOREIGN.search(word) else weigh(list(runs(word)), _weights())


def least_likeness(word: str) -> float:
    """Return the log-odds of that long part of a word which is spelt the least as products are."""
    return min((likeness(part) for part in _JOINT.split(word) if len(part) >= LENGTHS.start), default=-1.0)
