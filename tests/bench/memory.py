"""How much memory a server takes with all its processes, and how that grows over tasks of ever new words.

python -m tests.bench.memory --tasks 100000

Memory is what all processes of the server hold, what they share counted once (PSS).
"""

import argparse
import random
import re
import string
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from tests.bench.rows import Row
from tests.bench.throughput import stand_in, write_policy
from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body

FULL = 100_000
SHORT = 6_000
STEP = 200
"""Tasks of a request."""
ENOUGH = 30_000
"""Tasks by which growth can be told: by fewer it is that of what caches and workers begin with."""
SETTLED = 1 / 3
"""Of the tasks, before which growth is not counted: threads, caches and workers come with the first ones."""
TEXT = (
    "The * was not there when we came, and nobody could say where the * had been. Then she said that the * and the * "
    "of the * would be sent by *, which was late. We are not happy with *, but they will call us about the * again."
)
MB = 2**20
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Grown:
    """How memory went.

    Attributes:
        tasks: by when, by measurement.
        megabytes: that were held then.
    """

    tasks: list[int]
    megabytes: list[float]

    def row(self) -> Row:
        """Tell it: the most that was held, and after enough tasks the growth by the line through what was settled."""
        first = next(n for n, tasks in enumerate(self.tasks) if tasks >= SETTLED * self.tasks[-1])
        slope = float(np.polyfit(self.tasks[first:], self.megabytes[first:], 1)[0])
        measured, wanted = f"{max(self.megabytes):.0f} MB at most", "700 MB"
        if self.tasks[-1] >= ENOUGH:
            measured, wanted = f"{measured}; {slope * FULL:+.0f} MB over {FULL:,} tasks", f"{wanted}; +20 MB"
        what = f"memory of a server, by {self.tasks[-1]:,} tasks of ever new words"
        return Row(what, measured, f"{self.megabytes[0]:.0f} MB before the first", wanted)


def held(group: int) -> float:
    """Return the megabytes that the processes of a group hold, what they share counted once."""
    kilobytes = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if int((folder / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                found = PSS.search((folder / "smaps_rollup").read_text())
                kilobytes += int(found[1]) if found else 0
    return kilobytes * 1024 / MB


def new_words(count: int) -> Iterator[str]:
    """Yield English texts with words that nobody has seen."""
    chance = random.Random(7)

    def word(_: object) -> str:
        return "".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 12)))

    for _ in range(count):
        yield re.sub(r"\*", word, TEXT)


def grown(tasks: int) -> Grown:
    """Have so many tasks predicted by a server, and measure its memory before and after each request."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = write_policy(folder, stack.enter_context(stand_in(0.0)), "openai", redact=True)
        url, child = stack.enter_context(labelguard(policy, folder))
        client = stack.enter_context(httpx.Client(base_url=url, timeout=600, trust_env=False))
        found, texts = Grown([0], [held(child.pid)]), new_words(tasks)
        for done in range(STEP, tasks + 1, STEP):
            body = predict_body(SENTIMENT, *(next(texts) for _ in range(STEP)))
            assert all(client.post("/predict", json=body).raise_for_status().json()["results"])
            found.tasks.append(done)
            found.megabytes.append(held(child.pid))
            print(f"{done} tasks: {found.megabytes[-1]:.0f} MB", file=sys.stderr)  # noqa: T201
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=FULL)
    row = grown(options.parse_args().tasks).row()
    print(f"{row.what}: {row.measured} ({row.machine}; wanted: {row.wanted})")  # noqa: T201


if __name__ == "__main__":
    main()
