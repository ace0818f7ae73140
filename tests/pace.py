"""Work measured by other work of the same moment: a slow or busy machine slows both alike, so no test hangs on it."""

import re
import time
from collections.abc import Callable, Sequence

ATTEMPTS = 5
_WORDS = "the patient was seen at a clinic by her doctor with pain after falling from a ladder " * 200
_WORD = re.compile(r"(\w)\w*")


def is_within(work: Callable[[], object], most: float) -> bool:
    """Say whether work takes no more than so many steps, each of about a millisecond where nothing else runs.

    What is disturbed is tried again; work that is too slow never passes.
    """
    return any(_least(work) <= most * _least(_step) for _ in range(ATTEMPTS))


def grows_evenly(work: Callable[[int], object], size: int) -> bool:
    """Say whether work takes little longer than its tenths one by one: ten times as long, if it grew by the square.

    Args:
        work: what is done for a size.
        size: the largest.
    """

    def tenths() -> None:
        for _ in range(10):
            work(size // 10)

    return any(seconds(lambda: work(size)) <= 4 * seconds(tenths) + 5 * _least(_step) for _ in range(ATTEMPTS))


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of work."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _least(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(10))


def _step() -> Sequence[str]:
    return [word.upper() for word in sorted(match[1] + match[0] for match in _WORD.finditer(_WORDS))]
