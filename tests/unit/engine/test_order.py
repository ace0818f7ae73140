"""Who goes first where places are few: who opened a task, then clicks by project, then what nobody waits for."""

import asyncio
import threading
from typing import Any

from backend.engine.engine import Engine
from backend.labelstudio.types import Task
from backend.privacy.types import Detection
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.patience import until
from tests.standin import StandIn


def test_an_opened_task_then_clicks_then_what_is_behind(tmp_path):
    served = []
    with StandIn() as own:
        own.gate = threading.Semaphore(0)
        policy = write_policy(tmp_path, {"own": provider(own.address, external=False, concurrency=1)})
        engine = build_engine(policy, lambda text: [])

        async def run() -> None:
            try:
                asked = [behind(engine, "first")]
                await until_waiting(engine, 0)
                asked += [behind(engine, "behind"), behind(engine, "behind"), click(engine, "2", 2)]
                await until_waiting(engine, 4)
                asked.append(click(engine, "3", 1))
                await until_waiting(engine, 5)
                own.gate = None
                await asyncio.gather(*asked)
            finally:
                await engine.aclose()

        asyncio.run(run())
        for request in own.requests:
            said = request["messages"][-1]["content"]
            served.append(next(word for word in ("first", "behind", "project 2", "project 3") if word in said))
    assert served == ["first", "project 3", "project 2", "project 2", "behind", "behind"]


def test_what_redacts_goes_on_while_the_loop_is_busy(tmp_path):
    gate, looked = threading.Semaphore(0), []

    def slow(text: str) -> list[Detection]:
        gate.acquire()
        looked.append(text)
        return []

    with StandIn() as own:
        policy = write_policy(tmp_path, {"own": provider(own.address, external=False)})
        engine = build_engine(policy, slow)

        async def run() -> None:
            asked = click(engine, "2", 20)
            try:
                await until_in_line(engine, 16)
                gate.release(20)
                until(lambda: len(looked) == 20)  # nothing else runs on this loop meanwhile
                await asked
            finally:
                await engine.aclose()

        asyncio.run(run())


def test_a_text_that_goes_as_it_is_waits_for_none_that_is_redacted(tmp_path):
    gate = threading.Semaphore(0)

    def slow(text: str) -> list[Detection]:
        gate.acquire()
        return []

    with StandIn() as own:
        rules: list[dict[str, Any]] = [
            {"name": "plain", "match": {"project": "3"}, "providers": ["own"], "redact": False},
            {"name": "all", "match": "everything", "providers": ["own"]},
        ]
        policy = write_policy(tmp_path, {"own": provider(own.address, external=False)}, rules)
        engine = build_engine(policy, slow)

        async def run() -> None:
            asked = click(engine, "2", 20)
            try:
                await until_in_line(engine, 16)
                await click(engine, "3", 20)
                assert engine._preparer._redacting.waiting == 16
                gate.release(20)
                await asked
            finally:
                gate.release(20)
                await engine.aclose()

        asyncio.run(run())
    assert len(own.requests) == 40


def behind(engine: Engine, word: str) -> "asyncio.Task[object]":
    return asyncio.create_task(engine.predict_behind(engine.job(SENTIMENT, "1.7"), Task({"text": f"It is {word}."})))


def click(engine: Engine, project: str, count: int) -> "asyncio.Task[object]":
    tasks = [Task({"text": f"It is of project {project}."}, id=str(number)) for number in range(count)]
    return asyncio.create_task(engine.predict(engine.job(SENTIMENT, f"{project}.7"), tasks))


async def until_waiting(engine: Engine, count: int) -> None:
    """Wait until one call is under way, and so many wait for its place."""
    while True:
        throttles = [sender.throttle for sender, _ in engine.gateway._ways.values()]
        if throttles and (throttles[0].inside, throttles[0].waiting) == (1, count):
            return
        await asyncio.sleep(0.002)


async def until_in_line(engine: Engine, count: int) -> None:
    """Wait until so many tasks wait to be redacted."""
    while True:
        if engine._preparer._redacting.waiting == count:
            return
        await asyncio.sleep(0.002)
