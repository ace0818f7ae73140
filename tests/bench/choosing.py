"""How long does choosing examples take with 100,000 annotated tasks? `make bench-examples`.

python -m tests.bench.choosing [--count 100000] [--asked 300]

The tasks stand in a database as webhooks leave them: of invented words, as often as words come in a language, with one
of 70 labels. Timed is each choice of five, as a prediction asks for it, and again while annotations are written and
forgotten in between; beside it how long the first one waits, which reads all of them, and what memory they take. It
fails where 95 of 100 take more than 15 ms of work.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import ComparedTask, Library
from backend.review.tables import PART
from backend.store import open_store, writing

MOST_MS = 15.0
PROJECT, LABELS, VOCABULARY, WORDS, PART_SIZE = 12, 70, 40_000, 30, 5_000
FIELDS = frozenset({"text"})


class Texts:
    """Invented ones, the same at each run."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(12)
        ranks = np.arange(1, VOCABULARY + 1)
        self._shares = np.cumsum(1 / ranks) / (1 / ranks).sum()

    def text(self) -> str:
        """Return another."""
        length = int(self._random.integers(WORDS // 3, 2 * WORDS))
        return " ".join(f"w{word}" for word in np.searchsorted(self._shares, self._random.random(length)))

    def review(self, task: int) -> Review:
        """Return an annotation."""
        region = {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [task % LABELS]}}
        kept = KeptAnnotation([region], {"text": self.text()}, "a", [], is_clean=True)
        made = time.time()
        return Review(PROJECT, task, task, "v", "changed", made, made, expires=int(made) + 10**6, kept=kept)


def fill(reviews: Reviews, texts: Texts, count: int) -> None:
    """Write annotations down."""
    for start in range(1, count + 1, PART_SIZE):
        with writing(reviews.store, PART) as connection:
            reviews.remember(connection, ReviewedProject(PROJECT, "<View/>"))
            own = range(start, min(start + PART_SIZE, count + 1))
            reviews.write(connection, [texts.review(task) for task in own])


def choose(library: Library, text: str) -> int:
    """Choose five; return how many there were."""
    choice, count = library.choice(ComparedTask(PROJECT, "", "", {"text": text}, FIELDS), 5), 0
    while choice and count < 5 and choice.best():
        choice.take()
        count += 1
    return count


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return how many milliseconds a work takes, and how many of them it worked: others may need the machine, too."""
    begun, worked = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - begun) * 1000, (time.thread_time() - worked) * 1000


def changes(reviews: Reviews, texts: Texts, count: int) -> Iterator[None]:
    """Write an annotation, or forget one, in turn."""
    for number in range(1, count + 1):
        with writing(reviews.store, PART) as connection:
            if number % 2:
                reviews.write(connection, [texts.review(10**6 + number)])
            else:
                reviews.forget(connection, project=PROJECT, tasks=[number])
        yield


def measure(count: int, asked: int) -> tuple[dict[str, list[tuple[float, float]]], float]:
    """Return milliseconds by what was timed, and the megabytes that the annotated tasks take in memory."""
    texts = Texts()
    with tempfile.TemporaryDirectory() as folder:
        reviews = Reviews(open_store(f"sqlite:///{Path(folder) / 'state.db'}"), ReviewEntries(b"0" * 32))
        fill(reviews, texts, count)
        library = Library(lambda: reviews)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = {"the first, which reads all": [timed(partial(choose, library, texts.text()))]}
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        asking = [partial(choose, library, texts.text()) for _ in range(asked)]
        found["each"] = list(map(timed, asking))
        pairs = zip(asking, changes(reviews, texts, asked), strict=True)
        found["each, one written or forgotten in between"] = [timed(choosing) for choosing, _ in pairs]
    return found, memory


def main() -> None:
    """Measure, print the table, and fail where one takes too long."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=100_000, help="annotated tasks")
    options.add_argument("--asked", type=int, default=300, help="choices")
    given: Any = options.parse_args()
    found, memory = measure(given.count, given.asked)
    table = Table("a choice of five, ms", "median", "95 of 100", "longest")
    late = []
    for name, times in found.items():
        for way, own in zip(("", ", of which it worked"), zip(*times, strict=True), strict=True):
            figures = (np.median(own), np.percentile(own, 95), max(own))
            table.add_row(name + way, *(f"{figure:.1f}" for figure in figures))
        if len(times) > 1 and np.percentile([worked for _, worked in times], 95) > MOST_MS:
            late.append(name)
    console = Console()
    console.print(table)
    console.print(f"{given.count} annotated tasks take {memory:.0f} MB of memory")
    if late:
        sys.exit(f"over {MOST_MS:.0f} ms: {', '.join(late)}")


if __name__ == "__main__":
    main()
