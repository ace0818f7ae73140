"""Whether a candidate stands in a text already, asked of thousands of candidates."""

import numpy as np
from numpy.typing import NDArray

_GRAM = 4
"""Characters that are looked for together."""
_BITS = 22
_FACTORS = (1, 31, 961, 29_791)


class LongText:
    """A long text that is asked whether it holds a word.

    Nearly all that it does not hold is told by the stretches of four characters that it has none of, without a search.

    Args:
        text: whatever stands there.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._has = np.zeros(2**_BITS, np.bool_)
        self._has[_marks(text)] = True

    def __contains__(self, word: str) -> bool:
        return bool(self._has[_marks(word)].all()) and word in self._text


def _marks(text: str) -> NDArray[np.uint32]:
    """Return a number for each stretch; none if the text is shorter than one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    count = max(len(codes) - _GRAM + 1, 0)
    sums = np.zeros(count, np.uint32)
    for place, factor in enumerate(_FACTORS):
        sums += codes[place : place + count] * np.uint32(factor)
    marks: NDArray[np.uint32] = np.right_shift(sums * np.uint32(2_654_435_761), np.uint32(32 - _BITS), dtype=np.uint32)
    return marks
