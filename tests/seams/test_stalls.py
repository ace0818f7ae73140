"""No event loop of the server, its own or the engine's, is kept for long by one step, whatever comes in.

A step is measured by the CPU time of its thread, without garbage that it happened to collect: of that there is as much
as all tests before have left in this process.
"""

import asyncio
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
import yaml

from backend.engine.reload import Reloader
from backend.engine.thread import EngineThread
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.privacy.types import Detection
from backend.server import app as server
from backend.server.ending import RequestLimits
from tests.parts import ENTITIES, SENTIMENT, build_engine, open_worker, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S, until
from tests.stalls import LONGEST_S, Stall, watched
from tests.standin import StandIn

ATTEMPTS = 3
"""A step that the machine has disturbed is tried again; one that takes too long never passes."""
LINE = "Ann wrote from ann{n}@example.org on day {n}: the order came late, and nobody called back. "


def names(text: str) -> list[Detection]:
    return [Detection(m.start(), m.end(), "PERSON", 0.9) for m in re.finditer(r"Ann|\bann\d+@example.org", text)]


def labels(count: int, salt: object) -> str:
    choices = "".join(f'<Choice value="Label {salt} no {number} of many"/>' for number in range(count))
    return f'<View><Text name="text" value="$text"/><Choices name="c" toName="text">{choices}</Choices></View>'


def long_text(characters: int, salt: object) -> str:
    return f"{salt}. " + "".join(LINE.format(n=n) for n in range(characters // len(LINE)))


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[tuple[httpx.Client, Reloader, Policy]]:
    """The server with all that runs in it; its deadline is short, so that much goes on behind."""
    folder = tmp_path_factory.mktemp("stalls")
    with StandIn() as model:
        policy = write_policy(folder, {"model": provider(model.address, "openai", concurrency=64)})
        Gateway.warm(policy.providers)
        engine = build_engine(policy, names, keeps=True)
        with EmbeddedModels() as models:
            reloader = Reloader(engine, models)
            app = server.create_app(
                EngineThread(engine), reloader=reloader, limits=RequestLimits(predict=1.0), worker=open_worker(engine)
            )
            with server.serving(app) as url, httpx.Client(base_url=url, timeout=HANGS_S, trust_env=False) as client:
                client.post("/predict", json=predict_body(SENTIMENT, "One to warm up.")).raise_for_status()
                yield client, reloader, policy


def big_body(client: httpx.Client, salt: int) -> None:
    tasks = ({"text": f"{salt} {number}", "note": "x" * 900} for number in range(5_000))
    answer = client.post("/predict", json=predict_body(SENTIMENT, *tasks))
    assert len(answer.raise_for_status().json()["results"]) == 5_000


def big_config(client: httpx.Client, salt: int) -> None:
    config = labels(2_500, salt)
    assert len(config) > 100_000
    client.post("/setup", json=setup_body(config)).raise_for_status()
    client.post("/predict", json=predict_body(config, "Ann was here.", "And there.")).raise_for_status()


def many_configs(client: httpx.Client, salt: int) -> None:
    for number in range(5):
        client.post("/setup", json=setup_body(labels(200, f"{salt}-{number}"))).raise_for_status()


def batch(client: httpx.Client, salt: int) -> None:
    texts = (f"{salt}: {LINE.format(n=number)}" for number in range(200))
    client.post("/predict", json=predict_body(SENTIMENT, *texts)).raise_for_status()


def long_texts(client: httpx.Client, salt: int) -> None:
    for config in (SENTIMENT, ENTITIES):
        client.post("/predict", json=predict_body(config, long_text(40_000, salt))).raise_for_status()


def many_regions(client: httpx.Client, salt: int) -> None:
    value = {"text": "Ann", "labels": ["PER"]}
    about = {"from_name": "ner", "to_name": "text", "type": "labels"}
    regions = [about | {"id": f"r{n}", "value": value | {"start": n, "end": n + 3}} for n in range(2_000)]
    body = predict_body(ENTITIES, long_text(3_000, salt))
    body["params"]["context"] = {"result": regions}
    client.post("/predict", json=body).raise_for_status()


def reports(client: httpx.Client, salt: int) -> None:
    for path in ("/jobs", "/metrics", "/health", "/versions", "/openapi.json"):
        client.get(path).raise_for_status()


@pytest.mark.parametrize(
    "work",
    [big_body, big_config, many_configs, batch, long_texts, many_regions, reports],
    ids=lambda work: work.__name__,
)
def test_nothing_keeps_a_loop(work, running):
    client, *_ = running
    assert_quick(lambda salt: work(client, salt))


def test_a_changed_policy_keeps_no_loop(running):
    _, reloader, policy = running

    def change(salt: int) -> None:
        before = reloader.policy_status.digest
        providers = yaml.safe_load(policy.file.read_text())["providers"]
        rules = [{"name": f"r{n}", "match": {"project": n + 100}, "providers": ["model"]} for n in range(500)]
        everything = {"name": f"all {salt}", "match": "everything", "providers": ["model"]}
        write_policy(policy.file.parent, providers, [*rules, everything])
        until(lambda: reloader.policy_status.digest != before)

    assert_quick(change)


def test_a_step_that_takes_long_is_named():
    """Whoever watches must see something."""

    async def works() -> None:
        sum(range(10**7))

    found: list[Stall] = []
    with watched(found.append):
        asyncio.run(works())
    assert ["works" in stall.what for stall in found] == [True]


def assert_quick(work: Callable[[int], None]) -> None:
    """Do some work until no loop is kept by it; fails with what kept one each time."""
    found: list[Stall] = []
    for salt in range(ATTEMPTS):
        found.clear()
        with watched(found.append):
            work(salt)
        if not [stall for stall in found if stall.seconds > LONGEST_S]:
            return
    pytest.fail("\n".join(map(str, found)))
