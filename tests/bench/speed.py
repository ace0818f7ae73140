"""How fast it is, side by side in one run: `make bench-throughput`; with `--write`, docs/speed.md: `make bench-speed`.

python -m tests.bench.speed [--write] [--memory-tasks 100000]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import flame, latency
from tests.bench.memory import SHORT, grown
from tests.bench.processor import processor
from tests.bench.rows import Row, percentile, put, table
from tests.bench.starting import starting
from tests.bench.throughput import Throughput, stand_in, texts, throughput, write_policy
from tests.bench.waiting import waiting
from tests.child import ROOT

PAGE, SUMMARY, IMAGES = ROOT / "docs" / "speed.md", ROOT / "docs" / "measured" / "summary.md", ROOT / "docs" / "images"
SECONDS = 20.0
"""For which a picture is measured."""


def measured(address: str, memory_tasks: int) -> tuple[Throughput, list[Row]]:
    """Measure all that is told as a table.

    Args:
        address: of the stand-in.
        memory_tasks: over which memory is watched.
    """
    batch = throughput(address)
    with tempfile.TemporaryDirectory() as folder:
        policy = write_policy(Path(folder), address, "openai", redact=True)
        rows = [*waiting(policy, address, texts()), *starting(policy)]
    return batch, [*rows, grown(memory_tasks).row()]


def write(batch: Throughput, rows: list[Row]) -> None:
    """Write the documents: the tables, and the pictures, which are measured for them."""
    put(PAGE, "measured: a batch", f"On {processor()}.\n\n{batch}")
    put(PAGE, "measured: what waits", table(rows))
    put(SUMMARY, "measured by make bench-speed", batch.short())
    root = flame.tree(flame.sampled(SECONDS))
    flame.draw(root, IMAGES / "flame.svg")
    lines = [f"| {name} | {share:.0%} |" for name, share in flame.shares(root).items() if share >= flame.LEAST]
    put(PAGE, "measured: a profile", "\n".join(["| | of all samples |", "|---|---:|", *lines]))
    found = latency.latencies(SECONDS)
    latency.draw(found, IMAGES / "latency.svg")
    heads = ["| | p50 | p90 | p99 | worst |", "|---|---:|---:|---:|---:|"]
    shown = [
        f"| {name} | " + " | ".join(f"{percentile(spent, share):.0f} ms" for share in (50, 90, 99, 100)) + " |"
        for name, spent in found.items()
    ]
    put(PAGE, "measured: callers", "\n".join(heads + shown))


def main() -> int:
    """Measure, print, and say by the exit status whether the promise holds."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--write", action="store_true", help="write docs/speed.md, its pictures, docs/measured/summary.md's table"
    )
    options.add_argument("--memory-tasks", type=int, default=SHORT, help="tasks over which memory is watched")
    given = options.parse_args()
    with stand_in() as address:
        batch, rows = measured(address, given.memory_tasks)
    print(f"{batch}\n\n{table(rows)}")  # noqa: T201
    if given.write:
        write(batch, rows)
    return 0 if batch.holds else 1


if __name__ == "__main__":
    sys.exit(main())
