"""Detection can be ended: a text that takes too long, or that a library crashes at, costs its own task and no other."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace

import pytest
from presidio_analyzer import Pattern, PatternRecognizer, RecognizerResult

from backend.errors import DetectionError
from backend.privacy.detect.checks import check_each
from backend.privacy.detect.names import NerEngine, _pipeline
from backend.privacy.processes.nursery import GIVES_WAY
from backend.privacy.processes.workers import MOST_TEXTS, Workers
from backend.privacy.redact import Redactor
from backend.privacy.types import Detection, Scan
from backend.system import limit as limits
from backend.system.limit import Limit
from backend.system.lines import TURN, Turn
from tests.child import ROOT
from tests.parts import SENTIMENT, build_engine, predict_body, provider, serving, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
pytestmark = linux

NAMED = "Ann Smith wrote to Bob Jones about the garden and the sea."
SLOW = f"zq {NAMED} " * 15_000
"""As long a text as is looked at: for many seconds, on any machine."""


@pytest.fixture(scope="module")
def workers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELGUARD_SECRET_OF_OURS", "s3cret")
        patch.setenv("VENDOR_API_KEY", "s3cret")
        patch.setenv("HTTPS_PROXY", "http://proxy.example")
        running = Workers(Scan())
    yield running
    running.close()


@pytest.fixture
def engine(workers, tmp_path):
    def make(standin, seconds):
        limits = {"detection_timeout_s": seconds, "max_characters": 1_000_000}
        rules = [{"name": "all", "match": "everything", "providers": ["own"], "limits": limits}]
        policy = write_policy(tmp_path, {"own": provider(standin.address)}, rules)
        return build_engine(policy, workers.detect)

    return make


def nursery(workers):
    return workers._nurseries[0]._process.pid


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def at_work(workers, work):
    """Begin work in a thread; returns it with what it ends with, and the worker's pid once it hangs."""
    while workers._idle:
        workers._end(workers._idle.pop(), workers._nurseries[0])
    before = set(children(nursery(workers)))
    ended = []

    def run():
        try:
            ended.append(work())
        except DetectionError as error:
            ended.append(error.reason)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: set(children(nursery(workers))) - before)
    (pid,) = set(children(nursery(workers))) - before
    return thread, ended, pid


def test_what_is_found_is_what_is_found_in_this_process(workers):
    found = {NAMED[d.start : d.end] for d in workers.detect(NAMED)}
    assert {"Ann Smith", "Bob Jones"} <= found
    assert "PERSON" in workers.kinds()


def test_a_worker_that_takes_too_long_is_ended_and_the_next_text_is_looked_at(workers):
    with pytest.raises(DetectionError, match=r"detection took over 0\.5 s - raise limits\.detection_timeout_s"):
        Limit(0.5).run(lambda: workers.detect(SLOW))
    assert Limit(60).run(lambda: workers.detect(NAMED))


def test_texts_wait_for_what_is_loaded_and_their_time_begins_then(workers, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: clock.now))

    class Loading(Future[frozenset[str]]):
        """Comes when it is waited for, after longer than a text may take."""

        def result(self, timeout: float | None = None) -> frozenset[str]:
            clock.now += 3600
            self.set_result(frozenset())
            return super().result(timeout)

    monkeypatch.setattr(workers._nurseries[0], "loaded", Loading())
    assert Limit(60).run(lambda: workers.detect(NAMED))
    assert clock.now == 3600


def test_short_tasks_behind_slow_ones_are_all_predicted(engine):
    with StandIn() as standin, serving(engine(standin, 8)) as client:
        texts = [SLOW, SLOW, *(f"{NAMED} It was day {number}." for number in range(20))]
        results = client.post("/predict", json=predict_body(SENTIMENT, *texts)).raise_for_status().json()["results"]
    assert [bool(result) for result in results] == [False, False, *[True] * 20]
    assert b"zq" not in standin.received


def test_a_limit_that_is_over_from_outside_ends_the_work_at_once(workers):
    within = Limit(3600)
    thread, ended, pid = at_work(workers, lambda: within.run(lambda: workers.detect(SLOW)))
    within.over()
    thread.join(HANGS_S)
    assert ended == [within.error().reason]
    assert not is_alive(pid)


def test_a_worker_that_is_killed_at_work_fails_its_text_alone(workers):
    thread, ended, pid = at_work(workers, lambda: workers.detect(SLOW))
    os.kill(pid, signal.SIGKILL)
    thread.join(HANGS_S)
    assert ended == ["the process that detects ended (signal 9) - is there memory for it?"]
    assert workers.detect(NAMED)


def test_a_worker_that_dies_while_it_waits_costs_nothing(workers):
    workers.detect(NAMED)
    (pid,) = {worker.pid for worker in workers._idle}
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    assert workers.detect(NAMED)


def test_a_worker_ends_after_so_many_texts(workers):
    workers.detect(NAMED)
    worker = workers._idle[-1]
    worker.texts = MOST_TEXTS - 1
    workers.detect(NAMED)
    assert worker not in workers._idle
    assert not is_alive(worker.pid)


def test_a_worker_gives_way_to_its_server(workers):
    workers.detect(NAMED)
    mine, its = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (0, workers._idle[-1].pid))
    assert its == min(mine + GIVES_WAY, 19)


def test_a_text_that_somebody_waits_for_gives_way_to_nobody(workers):
    def detect() -> None:
        TURN.set(Turn("1", is_urgent=True))
        workers.detect(NAMED)

    copy_context().run(detect)
    workers.detect(NAMED)
    urgent, other = (next(one for one in workers._idle if one.is_urgent is which) for which in (True, False))
    mine, its, others = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (0, urgent.pid, other.pid))
    assert (its, others) == (mine, min(mine + GIVES_WAY, 19))
    workers._idle.remove(urgent)
    workers._end(urgent, workers._nurseries[0])


def test_nobody_reads_a_workers_memory_and_it_gets_no_secret(workers):
    workers.detect(NAMED)
    pid = workers._idle[-1].pid
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (core,) = [line.split() for line in limits if line.startswith("Max core file size")]
    assert core[4:6] == ["0", "0"]
    if os.getuid():  # root may read all the same
        with pytest.raises(PermissionError):
            Path(f"/proc/{pid}/environ").read_bytes()
    environment = Path(f"/proc/{nursery(workers)}/environ").read_bytes()
    assert b"PYTHONPATH=" in environment
    assert not any(word in environment for word in (b"s3cret", b"LABELGUARD_", b"proxy.example"))
    assert NAMED.encode() not in Path(f"/proc/{nursery(workers)}/cmdline").read_bytes()


def test_a_nursery_that_dies_is_started_again(workers):
    workers.detect(NAMED)
    lost, waiting = nursery(workers), workers._idle[-1].pid
    os.kill(lost, signal.SIGKILL)
    until(lambda: not is_alive(lost) and not is_alive(waiting))
    assert workers.detect(NAMED)
    assert nursery(workers) != lost


def test_workers_end_with_their_server(tmp_path):
    script = tmp_path / "server.py"
    script.write_text(
        "import threading, sys\n"
        "from backend.privacy.types import Scan\n"
        "from backend.privacy.processes.workers import Workers\n"
        f"workers = Workers(Scan(profile='fast', languages=('en',)))\n"
        f"threading.Thread(target=workers.detect, args=({NAMED!r} * 15_000,)).start()\n"
        "print(workers._nurseries[0]._process.pid, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment, text=True) as server:
        assert server.stdout
        pid = int(server.stdout.readline())
        until(lambda: children(pid))
        (worker,) = children(pid)
        server.kill()
    until(lambda: not is_alive(pid) and not is_alive(worker))


@pytest.mark.parametrize("score", [float("nan"), -0.5, float("inf")])
def test_a_score_that_is_none_lets_nothing_pass(score):
    found = [Detection(0, 3, "PERSON", score, "Own")]
    with pytest.raises(DetectionError, match="'Own' gave a score that is none"):
        Redactor(lambda text: found).redact({"text": "Ann came."})


@pytest.mark.parametrize(("start", "end", "score"), [(-3, 2, 0.5), (2, 99, 0.5), (0, 3, float("nan"))])
def test_a_recognizer_that_gives_nonsense_lets_nothing_pass(monkeypatch, start, end, score):
    recognizer = PatternRecognizer("BADGE", name="Own", patterns=[Pattern("badge", "B1", 0.5)])
    found = [RecognizerResult("BADGE", start, end, score)]
    monkeypatch.setattr(recognizer, "analyze", lambda *_, **__: found)
    check_each(recognizer)
    with pytest.raises(DetectionError, match="'Own' gives places outside the text, or scores that are none"):
        recognizer.analyze("Ann came.", ["BADGE"], None)


def test_the_vocabulary_forgets_what_it_read():
    engine, vocabulary = NerEngine(), _pipeline("en")[0].vocab
    words = ["".join(letters) for letters in zip("bcdfgk" * 40, "aeiou" * 48, "lmnprst" * 40, strict=False)]
    engine.process("Ann.", "en")
    before = len(vocabulary.strings), sum(1 for _ in vocabulary)
    for number in range(50):
        text = f"Quorbatsky{number} saw " + " ".join(f"{word}{number}" for word in words)
        engine.process(text, "en")
    assert (len(vocabulary.strings), sum(1 for _ in vocabulary)) == before
    assert "Quorbatsky7" not in vocabulary.strings
