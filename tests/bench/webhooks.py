"""Are 1,000 webhooks in ten seconds taken while a batch runs, and how long does each wait? `make bench-webhooks`.

python -m tests.bench.webhooks [--count 1000] [--seconds 10] [--workers 1]

A real server, whose model answers after 0.2 s, is asked for predictions without a pause, and webhooks come at a steady
pace, whether those before are answered or not. Each must be answered with 200, and each counts once in the end. Between
any two the same client sends one to a server that reads it and answers at once: so long client and machine themselves
take, and what is above that is ours. Beside them a process of its own asks /health, and that server.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import numpy as np
from rich.console import Console
from sqlalchemy import func, select

from backend.review.tables import INBOX, REVIEWS
from backend.store import open_store, reading
from backend.system.batches import end_tasks
from tests.bench.probe import bare_server, probing
from tests.child import ROOT, labelguard
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S

SECRET = "a-secret-of-the-bench"
BATCH = 200
MOST_S = 0.1


@dataclass(slots=True)
class Run:
    """What came of a run.

    Attributes:
        seconds: until each webhook was answered.
        lost: why others were not.
        batches: how many batches were predicted.
    """

    seconds: list[float] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    batches: int = 0


def event(number: int) -> dict[str, Any]:
    """Return a webhook as Label Studio sends it, of a text of some length."""
    region = {"id": "c1", "from_name": "mood", "to_name": "text", "type": "choices"}
    predicted = {"id": 1, "model_version": "labelguard-1", "result": [{**region, "value": {"choices": ["Good"]}}]}
    annotation = {"id": number, "task": number, "result": [{**region, "value": {"choices": ["Bad"]}}]}
    annotation |= {"prediction": predicted, "created_at": "2026-11-23T07:10:00Z", "completed_by": 5}
    project = {"id": 12, "title": "Ward", "label_config": SENTIMENT, "parsed_label_config": {}, "token": "0" * 40}
    task = {"id": number, "data": {"text": f"Nice weather, number {number}. " * 40}}
    return {"action": "ANNOTATION_CREATED", "annotation": annotation, "project": project, "task": task}


async def tell(client: aiohttp.ClientSession, url: str, number: int, run: Run) -> None:
    """Send a webhook."""
    headers, body = {"authorization": f"Bearer {SECRET}"}, event(number)
    begun = time.perf_counter()
    try:
        async with client.post(f"{url}/webhook", json=body, headers=headers) as answer:
            problem = "" if answer.status == 200 else f"status {answer.status}"
    except aiohttp.ClientError as error:
        problem = type(error).__name__
    if problem:
        run.lost[problem] += 1
    else:
        run.seconds.append(time.perf_counter() - begun)


async def predict(client: httpx.AsyncClient, run: Run) -> None:
    """Ask for predictions, one batch after the other, until it is cancelled."""
    while True:
        texts = (f"Batch {run.batches}, number {number}: nice weather." for number in range(BATCH))
        (await client.post("/predict", json=predict_body(SENTIMENT, *texts, project="12.1"))).raise_for_status()
        run.batches += 1


async def measure(url: str, bare: str, count: int, seconds: float) -> tuple[Run, Run]:
    """Send all at a steady pace, while batches run; return what came of them, and of those to a bare server."""
    run, floor, timeout = Run(), Run(), aiohttp.ClientTimeout(HANGS_S)
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=HANGS_S) as one,
        aiohttp.ClientSession(timeout=timeout) as client,  # httpx itself takes too long for so many
    ):
        beside = asyncio.create_task(predict(one, run))
        await asyncio.sleep(1.0)
        begun, telling = time.perf_counter(), []
        for turn in range(2, 2 * count + 2):
            await asyncio.sleep(max(begun + turn / 2 * seconds / count - time.perf_counter(), 0.0))
            whom = (bare, turn // 2, floor) if turn % 2 else (url, turn // 2, run)
            telling.append(asyncio.create_task(tell(client, *whom)))
        await asyncio.gather(*telling)
        await end_tasks([beside])
    return run, floor


def counted(url: str) -> tuple[int, int]:
    """Return how many webhooks wait, and how many annotations are known."""
    with reading(open_store(url)) as connection:
        waiting, known = (connection.scalar(select(func.count()).select_from(table)) for table in (INBOX, REVIEWS))
    return waiting or 0, known or 0


def main() -> int:
    """Measure, print, and say by the exit status whether none was lost and none waited for long."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="under a policy that keeps annotations")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, stand_in() as model:
        folder = Path(name)
        rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["own"]}
        rule |= {"detection": {"profile": "fast"}, "learn": {"annotations": "keep" if asked.keep else "off"}}
        policy = write_policy(folder, {"own": provider(model, external=False, concurrency=16)}, [rule])
        settings = {"LABELGUARD_WEBHOOK_SECRET": SECRET, "LABELGUARD_CACHE": str(folder / "cache")}
        settings["LABELGUARD_WORKERS"] = str(asked.workers)
        with labelguard(policy.file, folder, **settings) as (url, _), bare_server() as bare:
            with probing(f"{url}/health", bare) as probed:
                run, floor = asyncio.run(measure(url, bare, asked.count, asked.seconds))
            state, deadline = f"sqlite:///{folder / 'state.db'}", time.monotonic() + HANGS_S
            while (found := counted(state)) != (0, asked.count) and time.monotonic() < deadline:
                time.sleep(0.1)
    last = max(run.seconds, default=0.0)
    out = Console(highlight=False)
    out.print(f"{len(run.seconds)} of {asked.count} webhooks answered, {found[1]} known, {run.batches} batches beside")
    out.print(f"webhooks: {told(run.seconds)}; {dict(run.lost)}")
    out.print(f"the same, answered at once: {told(floor.seconds)}; {dict(floor.lost)}")
    for what, spent in zip(("/health:  ", "machine:  "), probed, strict=True):
        out.print(f"{what}{told([ms / 1000 for ms in spent])}")
    return 0 if found == (0, asked.count) and not run.lost and last <= MOST_S else 1


@contextmanager
def stand_in() -> Iterator[str]:
    """Run the model as a process of its own, so that it takes nothing from who measures; yields its address."""
    command = [sys.executable, "-m", "tests.standin", "--delay", "0.2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running.stdout.readline().strip() if running.stdout else ""
        finally:
            running.kill()


def told(seconds: list[float]) -> str:
    """Say how long something took."""
    p50, p95, p99, last = (np.percentile(seconds or [0.0], [50, 95, 99, 100]) * 1000).tolist()
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, longest {last:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
