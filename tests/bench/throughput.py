"""How fast a thousand tasks are: the first table of `make bench-throughput`.

1,200 short tasks with personal data, in one POST, by the server as users run it, against a stand-in model that takes
200 ms, 64 at once: for both libraries that ask, redacted with surrogates and not; and the same by as many workers as
cores, in one POST and in several side by side. Beside it the limit, which is what a
bare loop of aiohttp posts of the same requests does in the same run, and the CPU of a task by stage. Label Studio gives
up after 100 s.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import yaml

from tests.bench.throughput_stages import STAGES, cpu_by_stage
from tests.child import ROOT, labelguard
from tests.parts import SENTIMENT, predict_body, provider
from tests.patience import HANGS_S

TASKS = 1_200
STAGE_TASKS = 300
"""Tasks of which the CPU is told by stage."""
AT_ONCE = 64
MODEL_S = 0.2
PARTS = 4
"""Requests for each of several workers, where there are several."""
PROMISED_S = 60.0
LABEL_STUDIO_GIVES_UP_S = 100.0
MODELS = {"openai": "openai/stand-in", "litellm": "openai/gpt-stand-in"}
"""By the library that asks: litellm writes the protocol for models of OpenAI's own alone."""
NAMES = ("John Carter", "Maria Lopez", "Peter Novak", "Susan Miller", "Robert Klein", "Laura Smith")
TEXTS = (
    "{name} wrote from {user}{n}@example.org: the order came late, and nobody called back.",
    "Spoke to {name} on +1 212 555 {n:04}. Very happy with the new pump, no complaints.",
    "{name}, London, asks for a refund of the May invoice. Reference AB-{n:06}.",
)


def texts() -> list[str]:
    """Return the tasks' texts, no two of them alike."""
    made = []
    for number in range(TASKS):
        name = NAMES[number % len(NAMES)]
        user = re.sub(r"\W", ".", name.lower())
        made.append(TEXTS[number % len(TEXTS)].format(name=name, user=user, n=number))
    return made


@contextmanager
def stand_in(delay: float = MODEL_S) -> Iterator[str]:
    """Run the stand-in as a process of its own, as a model is; yields its address."""
    command = [sys.executable, "-m", "tests.standin", "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def write_policy(folder: Path, address: str, library: str, *, redact: bool) -> Path:
    """Write a policy that has all tasks labeled by the stand-in, and returns its file."""
    rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["model"], "redact": redact}
    if redact:
        rule["operators"] = {"*": "surrogate"}
    model = provider(address, external=redact, concurrency=AT_ONCE) | {"model": MODELS[library]}
    policy = folder / "policy.yaml"
    policy.write_text(yaml.safe_dump({"version": 1, "providers": {"model": model}, "rules": [rule]}))
    return policy


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run did.

    Attributes:
        predicted: tasks.
        seconds: that it took.
        cpu: seconds of CPU, of the server and all its processes.
    """

    predicted: int
    seconds: float
    cpu: float


def limit(address: str, request: Mapping[str, object]) -> Measured:
    """Post a request as often as there are tasks, by a bare loop."""

    async def run() -> None:
        connector, left = aiohttp.TCPConnector(limit=0), iter(range(TASKS))
        async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:

            async def take() -> None:
                for _ in left:
                    async with session.post(f"{address}/chat/completions", json=request) as answer:
                        await answer.json()

            await asyncio.gather(*(take() for _ in range(AT_ONCE)))

    started, spent = time.perf_counter(), time.process_time()
    asyncio.run(run())
    return Measured(TASKS, time.perf_counter() - started, time.process_time() - spent)


def served(address: str, library: str, *, redact: bool, workers: int = 1, parts: int = 1) -> Measured:
    """Have all tasks predicted by a server.

    Args:
        address: of the stand-in.
        library: that asks.
        redact: whether the texts are redacted.
        workers: processes that serve.
        parts: requests side by side that have the tasks together; whoever is free takes a connection.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = write_policy(folder, address, library, redact=redact)
        url, child = stack.enter_context(labelguard(policy, folder, LABELGUARD_WORKERS=str(workers)))
        child.wait_for(f"{url}/ready", HANGS_S)
        threads = stack.enter_context(ThreadPoolExecutor(parts))

        def post(asked: Sequence[str]) -> int:
            with httpx.Client(base_url=url, timeout=600, trust_env=False) as client:
                answer = client.post("/predict", json=predict_body(SENTIMENT, *asked)).raise_for_status()
                return sum(bool(result) for result in answer.json()["results"])

        list(threads.map(post, [[f"One to warm up, {part}."] for part in range(parts)]))
        spent, started = child.cpu_seconds(), time.perf_counter()
        predicted = sum(threads.map(post, [texts()[part::parts] for part in range(parts)]))
        seconds, spent = time.perf_counter() - started, child.cpu_seconds() - spent
    return Measured(predicted, seconds, spent)


def report(bare: Measured, runs: Sequence[tuple[str, Measured]], stages: Mapping[str, Mapping[str, float]]) -> str:
    """Write what was measured: a table of the runs, and one of the stages, in milliseconds of CPU a task."""
    lines = ["| | tasks/s | share of the limit | CPU a task | predicted |", "|---|---:|---:|---:|---:|"]
    for name, run in [("the limit: bare posts", bare), *runs]:
        share, cpu = bare.seconds / run.seconds, run.cpu / TASKS * 1000
        pace = TASKS / run.seconds
        lines.append(f"| {name} | {pace:.0f} | {share:.0%} | {cpu:.1f} ms | {run.predicted} of {TASKS} |")
    lines += ["", "| CPU a task, ms | " + " | ".join(STAGES) + " | all |", "|---|" + "---:|" * (len(STAGES) + 1)]
    for name, spent in stages.items():
        cells = [f"{spent[stage]:.2f}" for stage in STAGES]
        lines.append(f"| {name} | " + " | ".join([*cells, f"{sum(spent.values()):.2f}"]) + " |")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was measured of a batch.

    Attributes:
        bare: the limit.
        runs: of our server, by name.
        stages: milliseconds of CPU a task by stage, by name.
    """

    bare: Measured
    runs: Mapping[str, Measured]
    stages: Mapping[str, Mapping[str, float]]

    @property
    def slowest(self) -> float:
        """Seconds of the slowest run."""
        return max(run.seconds for run in self.runs.values())

    @property
    def holds(self) -> bool:
        """Whether each task was predicted, in the time that is promised."""
        return all(run.predicted == TASKS for run in self.runs.values()) and self.slowest <= PROMISED_S

    def __str__(self) -> str:
        said = report(self.bare, list(self.runs.items()), self.stages)
        promised = f"Label Studio gives up at {LABEL_STUDIO_GIVES_UP_S:.0f} s; promised: {PROMISED_S:.0f} s on 2 cores"
        took = f"(this machine has {os.cpu_count()}); the slowest run took {self.slowest:.1f} s."
        return f"{said}\n\n{promised} {took}"

    def short(self) -> str:
        """Return the runs alone, as docs/measured/summary.md shows them."""
        lines = ["| | seconds | share of the limit | CPU a task |", "|---|---:|---:|---:|"]
        for name, run in self.runs.items():
            share, cpu = self.bare.seconds / run.seconds, run.cpu / TASKS * 1000
            lines.append(f"| through {name} | {run.seconds:.1f} | {share:.0%} | {cpu:.1f} ms |")
        return "\n".join(lines)


def throughput(address: str) -> Throughput:
    """Measure batches by each library, redacted and not, and where their CPU goes.

    Args:
        address: of the stand-in.
    """
    kinds = [(library, redact) for library in MODELS for redact in (False, True)]
    names = {kind: f"{kind[0]}, {'redacted with surrogates' if kind[1] else 'not redacted'}" for kind in kinds}
    request = {"model": "m", "messages": [{"role": "user", "content": "x" * 1500}], "max_tokens": 1024}
    bare = limit(address, request)
    runs = {names[kind]: served(address, kind[0], redact=kind[1]) for kind in kinds}
    workers = os.cpu_count() or 1
    for parts in (1, workers * PARTS) if workers > 1 else ():
        beside = f"by {workers} workers" + (f", in {parts} requests at once" if parts > 1 else "")
        runs |= {
            f"{names[kind]}; {beside}": served(address, kind[0], redact=kind[1], workers=workers, parts=parts)
            for kind in kinds
        }
    stages = {}
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            policy = write_policy(Path(folder), address, kind[0], redact=kind[1])
            stages[names[kind]] = cpu_by_stage(policy, texts()[:STAGE_TASKS])
    return Throughput(bare, runs, stages)
