"""What a request asks of the queue: one trip to its database, and none where nothing is to be written down."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from backend.errors import ProviderBusyError
from backend.labelstudio.types import Prediction, Task
from backend.queue.clicks import FEW, Access, Click
from tests.parts import SENTIMENT, build_engine, provider, write_policy

TASKS = [Task({"text": f"Nice weather, number {number}"}, {}, str(number)) for number in range(1, FEW + 2)]
PREDICTED = Prediction((), "v")


class CountingThreads(ThreadPoolExecutor):
    """Counts what is handed in."""

    def __init__(self):
        super().__init__(1)
        self.works = 0

    def submit(self, *work, **named):
        self.works += 1
        return super().submit(*work, **named)


@dataclass
class Ended:
    """What became of a request: places, trips to threads, and how often the queue's worker was woken."""

    goes_on: set[int]
    trips: int
    nudges: int


@pytest.fixture
def ended(queues, tmp_path):
    """Give what ends a request of some tasks; returns what became of it."""
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1", external=False)})
    engine = build_engine(policy, lambda _: [])
    queue = queues.open()

    def end(tasks, outcomes):
        nudges = []
        with CountingThreads() as threads:
            access = Access(queue, threads, lambda: nudges.append(1), "worker", None)

            async def run():
                click = Click(access, engine.job(SENTIMENT, "12"), tasks, 60.0)
                await click.open()
                await click.begin(0)
                return await click.end(outcomes)

            return Ended(asyncio.run(run()), threads.works, len(nudges))

    yield end
    asyncio.run(engine.aclose())


def test_a_task_that_nobody_knew_and_that_is_predicted_costs_one_trip(ended):
    assert ended(TASKS[:1], {0: PREDICTED}) == Ended(set(), 1, 0)


def test_what_is_not_done_goes_on_and_is_taken_over_by_the_next_request(ended):
    late = ProviderBusyError("own", "says so")
    assert ended(TASKS[:3], {0: PREDICTED, 1: late}) == Ended({1, 2}, 2, 1)
    assert ended(TASKS[:3], dict.fromkeys(range(3), PREDICTED)) == Ended(set(), 2, 0)
    assert ended(TASKS[:3], dict.fromkeys(range(3), PREDICTED)).trips == 2  # they are known to be done


def test_of_many_tasks_a_thread_says_how_they_stand(ended):
    predicted = dict.fromkeys(range(len(TASKS)), PREDICTED)
    assert ended(TASKS, predicted) == Ended(set(), 2, 0)
    del predicted[FEW]
    assert ended(TASKS, predicted).goes_on == {FEW}
