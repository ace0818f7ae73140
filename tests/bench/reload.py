"""Does anything get lost or misrouted while the policy is rewritten? 50 requests a second for a minute.

python -m tests.bench.reload [--seconds 60] [--rate 50]

A real server, whose policy file is written anew every second or so: one policy names one provider, the other another,
and now and then the file is broken. Each request must be answered with a prediction, and each sending's entry in the
record must name a policy that was in force, and the provider that this very policy names.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.policy import Policy
from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.standin import StandIn

BROKEN = "version: 1\nproviders: {}\nrules: [\n"
EVERY_S = (0.5, 2.0)


@dataclass(slots=True)
class Run:
    """What came of a run.

    Attributes:
        seconds: of each request that was answered with a prediction.
        lost: why others were not.
        written: how often the policy file was.
    """

    seconds: list[float] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    written: int = 0


async def request(client: httpx.AsyncClient, number: int, run: Run) -> None:
    """Ask for a prediction."""
    begun = time.perf_counter()
    try:
        answer = await client.post("/predict", json=predict_body(SENTIMENT, f"Nice weather, number {number}."))
        results = answer.json()["results"] if answer.status_code == 200 else []
        problem = "" if results and results[0] else f"status {answer.status_code}, no prediction"
    except httpx.HTTPError as error:
        problem = type(error).__name__
    if problem:
        run.lost[problem] += 1
    else:
        run.seconds.append(time.perf_counter() - begun)


async def rewrite(file: Path, contents: list[str], run: Run) -> None:
    """Write one policy, then the other, and every fifth time a broken file, until it is cancelled."""
    chance = random.Random(7)
    while True:
        await asyncio.sleep(chance.uniform(*EVERY_S))
        run.written += 1
        await asyncio.to_thread(file.write_text, BROKEN if run.written % 5 == 0 else contents[run.written % 2])


async def load(url: str, file: Path, contents: list[str], seconds: float, rate: int) -> Run:
    """Send requests at a steady rate, whatever becomes of those before."""
    run, begun = Run(), time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        await request(client, 0, Run())  # the first one waits for imports
        begun = time.perf_counter()
        writer = asyncio.create_task(rewrite(file, contents, run))
        with Progress(console=Console(stderr=True)) as progress:
            bar = progress.add_task("requests", total=int(seconds * rate))
            sent = []
            for number in range(int(seconds * rate)):
                await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
                sent.append(asyncio.create_task(request(client, number, run)))
                progress.advance(bar)
            await asyncio.gather(*sent)
        writer.cancel()
    return run


def misrouted(folder: Path, names: dict[str, str]) -> Counter[str]:
    """Count the entries of the record that name no policy that was in force, or not the provider that it names.

    Args:
        folder: where the state is.
        names: by a policy's hash, its provider.
    """
    found: Counter[str] = Counter()
    for sending in sendings(open_store(f"sqlite:///{folder / 'state.db'}"), Wanted()):
        entry = sending.attempt
        wanted = names.get(entry["policy"])
        found["right" if entry["provider"] == wanted else "unknown policy" if wanted is None else "misrouted"] += 1
    return found


def measure(seconds: float, rate: int) -> tuple[Run, Counter[str], str]:
    """Run it; returns what became of the requests, what the record says, and what the metrics say of the reloads."""
    with StandIn() as first, StandIn() as second, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        providers = {"a": provider(first.address), "b": provider(second.address)}
        names, contents = {}, []
        for used in ("b", "a"):
            rule = {"name": used, "match": "everything", "providers": [used], "detection": {"profile": "fast"}}
            policy: Policy = write_policy(folder, providers, [rule])
            names[policy.digest] = used
            contents.append(policy.file.read_text())
        with labelguard(policy.file, folder) as (url, _):
            run = asyncio.run(load(url, policy.file, contents, seconds, rate))
            metrics = httpx.get(f"{url}/metrics", trust_env=False).text
        reloads = [line for line in metrics.splitlines() if line.startswith("labelguard_policy_reloads_total")]
        return run, misrouted(folder, names), ", ".join(line.partition("{")[2].replace("}", "") for line in reloads)


def main() -> None:
    """Measure and print; exits with 1 if anything was lost or misrouted."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--rate", type=int, default=50)
    given = options.parse_args()
    run, routed, reloads = measure(given.seconds, given.rate)
    table = Table("", "", show_header=False)
    table.add_row("requests answered with a prediction", str(len(run.seconds)))
    table.add_row("lost", str(dict(run.lost) or 0))
    table.add_row("policy file written", str(run.written))
    table.add_row("reloads", reloads)
    table.add_row("sendings in the record", ", ".join(f"{count} {what}" for what, count in routed.items()))
    middle, high, highest = np.quantile(run.seconds or [0], (0.5, 0.95, 0.99))
    table.add_row("seconds a request, p50 / p95 / p99", f"{middle:.3f} / {high:.3f} / {highest:.3f}")
    Console().print(table)
    sys.exit(1 if run.lost or set(routed) != {"right"} else 0)


if __name__ == "__main__":
    main()
