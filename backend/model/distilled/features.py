"""A text → numbers, by hashes of its words and of their parts: no word of a text is kept to know them again."""

import math
import re
from collections import Counter
from itertools import pairwise
from zlib import crc32

SIZE = 2**15
"""Features; what falls on one of them is told apart no more."""
LEAST, MOST = 2, 5
"""Characters of a part."""
LONGEST = 100_000
"""Characters of a text that are looked at, its first."""
VERSION = 1
"""Changes with what is written here: a model that was learned otherwise is not asked."""
_WORD = re.compile(r"\w+|[^\w\s]")


def features_of(text: str) -> dict[int, float]:
    """Return a text's features, each with how often it occurs, damped."""
    counts: Counter[int] = Counter()
    words = _WORD.findall(text[:LONGEST].casefold())
    for word, often in Counter(words).items():
        counts[_place(f"w{word}")] += often
        bordered = f" {word} "
        for size in range(LEAST, MOST + 1):
            for start in range(len(bordered) - size + 1):
                counts[_place(bordered[start : start + size])] += often
    for pair, often in Counter(pairwise(words)).items():
        counts[_place("p" + " ".join(pair))] += often
    return {place: 1.0 + math.log(often) for place, often in counts.items()}


def _place(part: str) -> int:
    return crc32(part.encode("utf-8", "surrogatepass")) % SIZE
