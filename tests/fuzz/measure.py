"""How long normalization and the last look take: `python -m tests.fuzz.measure`. CPU time, the best of 100."""

import random
import sys
import time
from collections.abc import Callable
from functools import partial

from backend.privacy.text.normalize import normalize
from backend.privacy.text.value_search import ValueSearch
from tests.fuzz.fuzz_privacy import Maker

TEXTS = {
    "English": "the patient was seen at a clinic by her doctor with pain after falling from a ladder",
    "English, typographic": "the “patient” was seen — at a café by her doctor’s friend with pain… after falling",
    "English, fullwidth": "ｔｈｅ ｐａｔｉｅｎｔ ｗａｓ ｓｅｅｎ ａｔ ａ ｃｌｉｎｉｃ",
    "Russian": "пациент был осмотрен врачом в клинике после падения с лестницы и жалуется на боль",
    "Russian and English": "пациент был осмотрен doctor Smith в клинике after falling с лестницы",
}


def best_ms(work: Callable[[], object]) -> float:
    """Return the least CPU time of a hundred tries, in milliseconds."""
    times = []
    for _ in range(100):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1000


def main() -> None:
    """Print a line a text: 600 words normalized, 4,000 characters searched for 100 values."""
    maker = Maker(random.Random(1))
    values = [maker.planted().value for _ in range(100)]
    lookup = ValueSearch.of(values)
    sys.stdout.write(f"a lookup of 100 values is made in {best_ms(partial(ValueSearch.of, values)):.2f} ms\n")
    for name, words in TEXTS.items():
        many = words.split() * 600
        text, asked = " ".join(many[:600]), " ".join(many)[:4000]
        normal, look = best_ms(partial(normalize, text)), best_ms(partial(lookup.finds, asked))
        sys.stdout.write(f"{name:22}{normal:6.2f} ms for 600 words{look:6.2f} ms for a last look\n")


if __name__ == "__main__":
    main()
