"""What others wait while the server is busy with a batch, or while large bodies come in.

Beside each time stands what the same takes in the same run, on the same machine, where nothing of ours is in the way.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from backend.record.sendings import Wanted, sendings
from backend.store import open_store
from tests.bench.probe import bare_server, probing
from tests.bench.rows import Row, Spent, percentile
from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, setup_body

BATCH = 600
IDLE = 20
"""Times that are taken while nothing else runs."""
BIG_BYTES = 40 * 10**6
BIG_LABELS, MANY_LABELS = 2_500, 200
BODIES = 3
PAUSE_S = 0.02
OTHER, OPENED = "a task of another project", "a task that an annotator opens"


def labels(count: int, salt: object) -> str:
    """Return a label config of so many labels, that nobody has seen."""
    choices = "".join(f'<Choice value="Label {salt} no {number} of many"/>' for number in range(count))
    return f'<View><Text name="text" value="$text"/><Choices name="mood" toName="text">{choices}</Choices></View>'


@dataclass(slots=True)
class Bench:
    """A server under load.

    Attributes:
        client: of the server.
        bare: of a server that answers at once.
        folder: where the server's state is.
        texts: of the batches.
        number: of the last task that was asked for.
    """

    client: httpx.Client
    bare: httpx.Client
    folder: Path
    texts: list[str]
    number: int = 0
    spent: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, name: str, work: Callable[[], object]) -> None:
        """Do some work, and keep its milliseconds."""
        began = time.perf_counter()
        work()
        self.spent.setdefault(name, []).append((time.perf_counter() - began) * 1000)

    def single(self, project: str, context: dict[str, Any] | None = None) -> None:
        """Have one task predicted, that nobody has asked for before."""
        self.number += 1
        body = predict_body(SENTIMENT, f"Anna Berg wrote about number {self.number}.", project=project)
        body["params"]["context"] = context
        assert self.client.post("/predict", json=body).raise_for_status().json()["results"][0]

    def calls(self) -> int:
        """Return how often the model was asked."""
        return sum(1 for _ in sendings(open_store(f"sqlite:///{self.folder / 'state.db'}"), Wanted()))

    @contextmanager
    def batch(self) -> Iterator[Callable[[], bool]]:
        """Have a batch predicted within the block; yields what says whether it still runs."""
        self.number += 1
        body = predict_body(SENTIMENT, *(f"{text} Batch {self.number}." for text in self.texts[:BATCH]))
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(self.client.post, "/predict", json=body)
            yield lambda: not running.done()
            assert all(running.result().raise_for_status().json()["results"])


def waiting(policy: Path, address: str, texts: list[str]) -> list[Row]:
    """Measure it all on one server.

    Args:
        policy: the server's.
        address: of its model.
        texts: of a batch.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, _ = stack.enter_context(labelguard(policy, folder))
        bare = stack.enter_context(bare_server())
        client = stack.enter_context(httpx.Client(base_url=url, timeout=600, trust_env=False))
        beside = stack.enter_context(httpx.Client(base_url=bare, timeout=600, trust_env=False))
        model = stack.enter_context(httpx.Client(timeout=600, trust_env=False))
        bench = Bench(client, beside, folder, texts)
        request = {"model": "m", "messages": [{"role": "user", "content": "x" * 1500}], "max_tokens": 1024}
        ask = partial(model.post, f"{address}/chat/completions", json=request)
        return [*_singles(bench, ask), _setups(bench), *_bodies(bench, url, bare), _seen_before(bench)]


def _singles(bench: Bench, ask: Callable[[], object]) -> list[Row]:
    """Measure what a single task waits for a batch: beyond what it takes alone."""
    works = {
        OTHER: lambda: bench.single("2.1"),
        OPENED: lambda: bench.single("1.1", {"result": []}),
        "the model alone": ask,
    }
    for work in works.values():
        work()
    for name, work in works.items():
        for _ in range(IDLE):
            bench.timed(f"{name}, idle", work)
    for _ in range(3):
        with bench.batch() as runs:
            time.sleep(PAUSE_S)
            while runs():
                for name, work in works.items():
                    bench.timed(name, work)
    added = {name: [ms - percentile(bench.spent[f"{name}, idle"], 50) for ms in bench.spent[name]] for name in works}
    machine = _ms(added["the model alone"], 95)
    return [
        Row(f"{name}, beside a batch of {BATCH}: added", _ms(added[name], 95), machine, "p95 150 ms")
        for name in (OTHER, OPENED)
    ]


def _setups(bench: Bench) -> Row:
    """Measure `/setup` of configs that nobody has seen, beside a batch."""
    for _ in range(3):
        with bench.batch() as runs:
            while runs():
                bench.number += 1
                body = setup_body(labels(MANY_LABELS, bench.number), project="3.1")
                bench.timed("setup", partial(bench.client.post, "/setup", json=body))
                bench.timed("bare setup", partial(bench.bare.post, "/setup", json=body))
                time.sleep(PAUSE_S)
    what = f"`/setup`, ever new configs of {MANY_LABELS} labels, beside a batch"
    return Row(what, _ms(bench.spent["setup"], 99), _ms(bench.spent["bare setup"], 99), "p99 100 ms")


def _bodies(bench: Bench, url: str, bare: str) -> list[Row]:
    """Measure `/health` while large bodies come in."""
    filler = "word " * 2_000
    tasks = [{"text": filler, "n": number} for number in range(BIG_BYTES // len(filler))]
    big = json.dumps(predict_body(SENTIMENT, *tasks) | {"label_config": "<View/>"})
    rows = []
    for what, path, bodies in (
        (f"a body of {len(big) / 1e6:.0f} MB comes in", "/predict", [big] * BODIES),
        *(
            (f"a label config of {len(labels(BIG_LABELS, 0)) // 1000} kB comes in by `{path}`", path, made)
            for path, made in (("/setup", _configs("setup")), ("/predict", _configs("predict")))
        ),
    ):
        with probing(f"{url}/health", f"{bare}/health") as spent:
            for body in bodies:
                bench.client.post(path, content=body, headers={"content-type": "application/json"})
        ours, machines = spent
        rows.append(Row(f"`/health` while {what}", _worst(ours), _worst(machines), "worst 100 ms"))
    return rows


def _configs(path: str) -> list[str]:
    made = [labels(BIG_LABELS, f"{path} {number}") for number in range(BODIES)]
    return [json.dumps(setup_body(c) if path == "setup" else predict_body(c, "Anna Berg was here.")) for c in made]


def _seen_before(bench: Bench) -> Row:
    """Measure a task that was predicted before, and whether the model is asked."""
    body = predict_body(SENTIMENT, "Anna Berg wrote what she has written before.", project="4.1")
    ask = partial(bench.client.post, "/predict", json=body)
    ask()
    before = bench.calls()
    for _ in range(IDLE):
        bench.timed("seen", ask)
        bench.timed("bare seen", lambda: bench.bare.post("/predict", json=body))
    calls = bench.calls() - before
    measured = f"{_ms(bench.spent['seen'], 95)}; {calls} calls of the model"
    return Row("a task seen before", measured, _ms(bench.spent["bare seen"], 95), "10 ms, no call")


def _ms(spent: Spent, share: int) -> str:
    return f"p50 {percentile(spent, 50):.0f} ms, p{share} {percentile(spent, share):.0f} ms (of {len(spent)})"


def _worst(spent: Spent) -> str:
    return f"worst {max(spent):.0f} ms, p99 {percentile(spent, 99):.0f} ms (of {len(spent)})"
