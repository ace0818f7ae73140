"""A server of two workers, as real processes: they share a socket and all books, and end with their supervisor."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from backend.model.kept_answers import ANSWERS
from backend.queue.tables import TASKS
from backend.record.sources import stored
from backend.record.verify import verify_record
from backend.store import Store, open_store, reading
from tests.child import Child, labelguard
from tests.parts import SENTIMENT, predict_body, provider, setup_body, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn


def rule(name: str, match: Any, **more: Any) -> dict[str, Any]:
    """Return a rule by which nothing is looked for in texts, so that a server starts quickly."""
    plain = {"providers": ["own"], "redact": False, "answers": "keep", "retention": {"answers_hours": 1}}
    return {"name": name, "match": match, **plain, **more}


RULES = [
    rule("paced", {"project": ["1"]}, limits={"requests_per_minute": 3}),
    rule("paid", {"project": ["2"]}, limits={"spend_per_day": 0.03}),
    rule("all", "everything"),
]
PRICED = {"price": {"input": 0, "output": 1000}, "max_tokens": 10}


def children(pid: int) -> set[int]:
    """Return the processes that one has started and that have not ended."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def state_of(pid: int) -> str:
    """Return a process's state as the kernel has it, T if it stands still; Z if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def is_alive(pid: int) -> bool:
    return state_of(pid) != "Z"


@dataclass
class Served:
    """A server of two workers."""

    url: str
    child: Child
    state: str
    model: StandIn

    @cached_property
    def store(self) -> Store:
        return open_store(self.state)

    @property
    def workers(self) -> list[int]:
        return sorted(children(self.child.pid))

    @contextmanager
    def of(self, worker: int) -> Iterator[httpx.Client]:
        """Talk to one worker: the others stand still until it has taken the connection, which is the only one."""
        others = [pid for pid in self.workers if pid != worker]
        only = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
        with httpx.Client(base_url=self.url, timeout=HANGS_S, trust_env=False, limits=only) as client:
            for pid in others:
                os.kill(pid, signal.SIGSTOP)
            try:
                until(lambda: {state_of(pid) for pid in others} == {"T"})
                assert client.get("/health").status_code == 200
            finally:
                for pid in others:
                    os.kill(pid, signal.SIGCONT)
            yield client

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=HANGS_S, trust_env=False)

    def click(self, project: int, *texts: str) -> list[bool]:
        """Ask for predictions; returns which there are."""
        with self.client() as client:
            return click(client, project, *texts)

    def asked(self, word: str) -> list[str]:
        """Return what the model was asked about texts with a word."""
        asked = [request["messages"][-1]["content"] for request in self.model.requests]
        return [content for content in asked if word in content]

    def has_asked(self, count: int) -> bool:
        return len(self.asked("")) >= count

    def wait_until_kept(self) -> None:
        """Wait until all that was answered is kept, which is done behind who asked."""

        def is_kept() -> bool:
            with reading(self.store) as connection:
                return len(connection.execute(ANSWERS.select()).all()) == len(set(self.asked("")))

        until(is_kept)

    def states(self, project: int) -> Counter[str]:
        """Count a project's tasks in the queue by their states."""
        with reading(self.store) as connection:
            rows = connection.execute(TASKS.select().where(TASKS.c.project == str(project)))
            return Counter(row.state for row in rows)


def click(client: httpx.Client, project: int, *texts: str) -> list[bool]:
    body = predict_body(SENTIMENT, *texts, project=f"{project}.1795417599")
    return [bool(result) for result in client.post("/predict", json=body).raise_for_status().json()["results"]]


DELIVERED = 'labelguard_predict_requests_total{ended="delivered"}'
PREDICTED = 'labelguard_tasks_total{outcome="predicted",project="3"}'


def counted(client: httpx.Client, name: str) -> float:
    """Return one of the numbers that the metrics tell."""
    told = client.get("/metrics").text.partition(f"{name} ")[2]
    return float(told.partition("\n")[0] or 0)


def has_told(client: httpx.Client, name: str, number: float) -> bool:
    return counted(client, name) == number


def tells(client: httpx.Client, version: str) -> bool:
    """Say whether a worker knows what others have done: they tell each other twice a second."""
    own = client.get("/health").json()["providers"]["own"]
    return own.get("last") == "answered" and version in client.get("/versions").json()["versions"]


def texts(word: str, count: int) -> Sequence[str]:
    return [f"{word} was number {number}." for number in range(count)]


def policy_of(folder: Path, model: StandIn, **more: Any) -> Path:
    own = provider(model.address, "openai", external=False, concurrency=2, **PRICED, **more)
    return write_policy(folder, {"own": own}, RULES).file


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    state = f"sqlite:///{folder / 'state.db'}"
    if request.param == "postgresql":
        state = request.getfixturevalue("postgresql").new_database()
    settings = {"LABELGUARD_STATE_URL": state, "LABELGUARD_WORKERS": "2", "LABELGUARD_PREDICT_TIMEOUT": "8"}
    settings |= {"LABELGUARD_CACHE": str(folder / "cache"), "LABELGUARD_STOP_TIMEOUT": "1"}
    with StandIn() as model, labelguard(policy_of(folder, model), folder, **settings) as (url, child):
        yield Served(url, child, state, model)


def test_each_tells_the_whole(served):
    first, second = served.workers
    with served.of(first) as to_first, served.of(second) as to_second:
        before = counted(to_first, DELIVERED), counted(to_first, PREDICTED)
        assert click(to_first, 3, *texts("Whole", 2)) == [True] * 2
        version = to_first.post("/setup", json=setup_body(SENTIMENT)).json()["model_version"]
        served.wait_until_kept()
        assert click(to_second, 3, *texts("Other", 1)) == [True]
        assert click(to_second, 3, *texts("Whole", 2)) == [True] * 2  # kept by the other
        for client in (to_first, to_second):
            until(partial(has_told, client, DELIVERED, before[0] + 3))  # once it was answered
            assert counted(client, PREDICTED) == before[1] + 5
            told = client.get("/metrics").text
            assert "labelguard_policy_current 1.0" in told
            assert "pid=" not in told
            until(partial(tells, client, version))
            assert client.get("/ready").status_code == 200
    assert len(served.asked("Whole")) == 2


def test_a_minute_is_everybodys(served):
    first, second = served.workers
    began = monotonic()
    with served.of(first) as to_first, served.of(second) as to_second:
        found = click(to_first, 1, *texts("Paced", 2)) + click(to_second, 1, *texts("Further", 4))
    asked = len(served.asked("Paced") + served.asked("Further"))
    assert found[:2] == [True] * 2
    assert 3 <= sum(found) <= asked
    assert asked <= 3 + (monotonic() - began) / 20  # of 3 a minute, one comes every 20 s


def test_a_budget_is_not_overspent(served):
    with ThreadPoolExecutor(4) as clicking:
        found = [done.result() for done in [clicking.submit(served.click, 2, f"Paid {n}.") for n in range(12)]]
    answered = sum(map(sum, found))
    assert 0 < answered == len(served.asked("Paid")) <= 6  # of 5 tokens each; 10 are held meanwhile


def test_what_goes_on_behind_is_done_once(served):
    served.model.gate = threading.Semaphore(0)
    assert served.click(4, *texts("Behind", 12)) == [False] * 12
    assert len(served.asked("Behind")) <= 2  # calls at once, of both together
    served.model.gate = None
    until(lambda: served.states(4) == {"done": 12})
    asked = served.asked("Behind")
    assert len(set(asked)) == 12
    assert len(asked) <= 13  # the one that was under way as the click was answered may be asked by the other too


def test_the_record_is_one_chain(served):
    with stored(open_store(served.state)) as source:
        report = verify_record(source)
    assert not report.problems
    assert report.entries >= 2 * len(served.model.requests)


def test_who_dies_is_started_again(served):
    first, second = served.workers
    served.wait_until_kept()  # who is killed before leaves what it was about to write
    with served.client() as client:
        before = counted(client, PREDICTED)
    os.kill(first, signal.SIGKILL)
    until(lambda: len(served.workers) == 2 and first not in served.workers)
    assert second in served.workers
    with served.client() as client:
        assert click(client, 3, *texts("Again", 1)) == [True]
        assert counted(client, PREDICTED) == before + 1  # what who died has counted is not lost
    assert "ended with signal 9; it is started again in 0.5 s" in served.child.output()


def test_one_click_has_all_calls_at_once_and_two_have_no_more_together(tmp_path, own):
    settings = {"LABELGUARD_WORKERS": "2", "LABELGUARD_PREDICT_TIMEOUT": "3600"}
    own.gate = threading.Semaphore(0)
    with ExitStack() as stack:
        url, child = stack.enter_context(labelguard(policy_of(tmp_path, own, timeout_s=3600), tmp_path, **settings))
        served = Served(url, child, "", own)
        first, second = (stack.enter_context(served.of(worker)) for worker in served.workers)
        clicking = stack.enter_context(ThreadPoolExecutor(2))
        clicks = [clicking.submit(click, first, 5, *texts("Alone", 4))]
        until(lambda: len(served.asked("")) == 2)
        clicks.append(clicking.submit(click, second, 6, *texts("Both", 4)))
        for under_way in range(2, 9):
            until(partial(served.has_asked, under_way))
            assert len(served.asked("")) == under_way
            own.gate.release()
        own.gate = None
        assert [done.result(HANGS_S) for done in clicks] == [[True] * 4] * 2


def test_nobody_outlives_the_supervisor(tmp_path, own):
    with labelguard(policy_of(tmp_path, own), tmp_path, LABELGUARD_WORKERS="2") as (_, child):
        workers = children(child.pid)
        started = {pid for worker in workers for pid in children(worker)}
        assert len(workers) == 2
        child.kill()
        until(lambda: not any(map(is_alive, [*workers, *started])))
        assert "Traceback" not in child.output()


def test_all_end_politely_when_told_to(tmp_path, own):
    settings = {"LABELGUARD_WORKERS": "2", "LABELGUARD_CACHE": str(tmp_path / "cache")}
    with labelguard(policy_of(tmp_path, own), tmp_path, None, ("backend.cli",), False, **settings) as (_, child):
        until(lambda: child.output().count("Application startup complete") == 2)
        workers = children(child.pid)
        child._process.terminate()
        assert child._process.wait(HANGS_S) == -signal.SIGTERM
        assert not any(map(is_alive, workers))
        assert child.output().count("Finished server process") == 2


def test_who_cannot_start_ends_all_with_its_reason(tmp_path, own):
    policy = policy_of(tmp_path, own)
    policy.write_text("version: 9")
    with (
        pytest.raises(RuntimeError, match="does not answer"),
        labelguard(policy, tmp_path, LABELGUARD_WORKERS="2"),
    ):
        pass
    said = (tmp_path / "labelguard.log").read_text().splitlines()
    assert len([line for line in said if line.startswith("labelguard: ")]) == 1
