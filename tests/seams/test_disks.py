"""Disks and clocks that fail: it works, or it says what is wrong and what to do; nothing leaves unrecorded."""

import asyncio
import json
import pwd
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from backend.budget.amounts import Use
from backend.budget.ledger import HOLD, Ledger
from backend.budget.limits import Limits
from backend.budget.meter import Meter
from backend.engine.assemble import surrogate_key
from backend.engine.engine import Engine, Outcome
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.engine.reload import Reloader
from backend.engine.thread import EngineThread
from backend.errors import DayBudgetError, SettingsError, StoreError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Prediction, Task
from backend.model.attempts import AttemptLog
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.privacy.redact import Redactor
from backend.prompting.templates import Prompts
from backend.providers import Price
from backend.record import tables
from backend.record.journal import Record
from backend.record.sources import stored
from backend.record.verify import Trust, verify_record
from backend.settings import Settings
from backend.store import Store, open_store, reading
from handlers import load_handlers
from tests.child import ROOT
from tests.parts import SENTIMENT, provider, write_policy
from tests.spending import book
from tests.standin import StandIn, fitting_answer

PRICE = {"input": 1, "output": 1}


@pytest.fixture
def model():
    with StandIn() as running:
        yield running


@pytest.fixture
def policy(tmp_path, model):
    rule = {"name": "all", "match": "everything", "providers": ["own"], "limits": {"spend_per_day": 1000}}
    return write_policy(tmp_path, {"own": provider(model.address, price=PRICE)}, [rule])


def engine_on(policy: Policy, store: Store) -> Engine:
    redactors = Redactors(lambda scan: Redactor(lambda text: [])).with_all(policy.scans)
    gateway = Gateway(AttemptLog(Record.open(store), Meter(Ledger(store))))
    return Engine(policy, EngineParts(redactors, gateway, Fetcher(), load_handlers(), Prompts()))


@contextmanager
def running(policy: Policy, store: Store) -> Iterator[Callable[[int], list[Outcome]]]:
    """Run an engine on a store; yields what predicts a number of tasks."""
    with EngineThread(engine_on(policy, store)) as runner:

        def predict(count: int) -> list[Outcome]:
            tasks = [Task({"text": "All is well."}, id=str(n)) for n in range(count)]
            return runner.submit(runner.engine.predict(runner.engine.job(SENTIMENT, "1"), tasks)).result()

        yield predict


def reasons(outcomes: list[Outcome]) -> str:
    return "\n".join({"" if isinstance(one, Prediction) else one.reason for one in outcomes})


def entries(store: Store) -> Counter[str]:
    """Count the record's entries by kind, once it is sure that it is as it was written."""
    with stored(store) as source:
        assert verify_record(source, Trust(())).problems == ()
    with reading(store) as connection:
        bodies = connection.execute(text("SELECT body FROM record_entries")).scalars()
        return Counter(json.loads(body)["kind"] for body in bodies)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file until the disk is full."""
    file = folder / "fill"
    with file.open("ab", buffering=0) as out:
        for size in (4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
    return file


def test_a_full_disk_lets_nothing_leave_and_room_lets_it_go_on(small_disk, policy, model):
    store = open_store(f"sqlite:///{small_disk / 'state.db'}")
    with running(policy, store) as predict:
        assert reasons(predict(2)) == ""
        filled = fill(small_disk)
        said = reasons(predict(20))
        assert "database or disk is full - see that it runs, has room" in said
        sent = len(model.requests)
        filled.unlink()
        assert reasons(predict(2)) == ""
        assert len(model.requests) == sent + 2
    assert entries(store)["attempt"] == len(model.requests)


def test_an_answer_is_delivered_where_the_disk_became_full_meanwhile(small_disk, policy, model, caplog):
    store = open_store(f"sqlite:///{small_disk / 'state.db'}")

    def answer(request, schema):
        fill(small_disk)
        return fitting_answer(request, schema)

    with running(policy, store) as predict:
        predict(1)
        model.answer = answer
        assert reasons(predict(1)) == ""
        assert "stays without an outcome: " in caplog.text
        (small_disk / "fill").unlink()
        model.answer = fitting_answer
        assert reasons(predict(1)) == ""
    written = entries(store)
    assert (written["attempt"], written["outcome"]) == (3, 2)


def test_a_database_that_may_not_grow_lets_nothing_leave(tmp_path, policy, model):
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    pages: list[int] = []

    @event.listens_for(store, "begin")
    def bound(connection) -> None:
        if pages:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages[-1]}")

    with running(policy, store) as predict:
        assert reasons(predict(1)) == ""
        pages.append(1)
        said = reasons(predict(100))
        assert "is full" in said
        pages.append(2**30)
        assert reasons(predict(2)) == ""
    assert entries(store)["attempt"] == len(model.requests)


def test_a_state_that_may_only_be_read_is_told_at_the_start_and_lets_nothing_leave_later(small_disk, policy, model):
    file = small_disk / "state.db"
    store = open_store(f"sqlite:///{file}")
    with running(policy, store) as predict:
        assert reasons(predict(1)) == ""
        store.dispose()
        (small_disk / "state.db-wal").unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        try:
            said = reasons(predict(3))
            with pytest.raises(StoreError, match=r"cannot be opened \(read-only file system\) - let the server's user"):
                open_store(f"sqlite:///{file}")
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        assert "see that it runs, has room, and that the server's user may write to it" in said
        assert len(model.requests) == 1
        assert reasons(predict(1)) == ""


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the database's lock in another process, until the block ends."""
    code = "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN EXCLUSIVE');"
    command = [sys.executable, "-c", f"{code}print(1,flush=True);input()", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate(b"\n")


def test_a_locked_database_is_waited_for_and_nothing_is_lost(tmp_path, policy, model):
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}", wait_s=120)
    asked = threading.Event()

    event.listen(store, "checkout", lambda *_: asked.set())
    found: list[Outcome] = []
    with running(policy, store) as predict:
        asked.clear()
        with locked(tmp_path / "state.db"):
            waiting = threading.Thread(target=lambda: found.extend(predict(3)))
            waiting.start()
            asked.wait()
            assert model.requests == []
        waiting.join()
    assert reasons(found) == ""
    assert entries(store) == {"attempt": 3, "outcome": 3}


def test_a_database_that_stays_locked_lets_nothing_leave(tmp_path, policy, model):
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}", wait_s=0.05)
    with running(policy, store) as predict:
        with locked(tmp_path / "state.db"):
            assert "database is locked - see that it runs" in reasons(predict(3))
        assert model.requests == []
        assert reasons(predict(1)) == ""
    assert entries(store)["attempt"] == 1


def test_two_servers_on_one_file_keep_one_record_one_budget_and_one_policy(tmp_path, model):
    most = 0.02

    def write(name: str) -> Policy:
        rule = {"name": name, "match": "everything", "providers": ["own"], "limits": {"spend_per_day": most}}
        return write_policy(tmp_path, {"own": provider(model.address, price={"input": 10, "output": 10})}, [rule])

    policy = write("all")
    stores = [open_store(f"sqlite:///{tmp_path / 'state.db'}") for _ in range(2)]
    runners = [EngineThread(engine_on(policy, store)) for store in stores]
    with ExitStack() as stack:
        for runner in runners:
            stack.enter_context(runner)
        models = stack.enter_context(EmbeddedModels())
        reloaders = [Reloader(runner.engine, models) for runner in runners]
        tasks = [Task({"text": "All is well."}, id=str(n)) for n in range(150)]
        jobs = [r.submit(r.engine.predict(r.engine.job(SENTIMENT, "1"), tasks)) for r in runners]
        outcomes = [one for job in jobs for one in job.result()]
        assert any(isinstance(one, DayBudgetError) for one in outcomes)
        spent = Ledger(stores[0]).spent("all")
        assert spent.day == len(model.requests) * 15 * 10_000 <= most * 10**9
        write("later")
        for reloader in reloaders:
            asyncio.run(reloader.look())
        assert {runner.engine.policy.rules[0].decision.rule for runner in runners} == {"later"}
    answered = sum(isinstance(one, Prediction) for one in outcomes)
    assert 0 < answered == len(model.requests)
    counts = entries(stores[0])
    assert (counts["attempt"], counts["outcome"]) == (answered, answered)


# --- clocks ---------------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_leaves_the_record_in_order(tmp_path, policy, monkeypatch):
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    times = iter(["2026-05-01", "2031-01-01", "2020-01-01", "1971-01-01", *["2026-05-02"] * 100])
    monkeypatch.setattr(tables, "now", lambda: f"{next(times)}T00:00:00.000000Z")
    with running(policy, store) as predict:
        assert reasons(predict(5)) == ""
    assert entries(store) == {"attempt": 5, "outcome": 5}
    with reading(store) as connection:
        bodies = connection.execute(text("SELECT body FROM record_entries ORDER BY seq")).scalars()
        written = [json.loads(body)["time"] for body in bodies]
    assert written == sorted(written)


def test_a_clock_that_jumps_neither_loses_nor_doubles_what_is_spent(tmp_path):
    clock = [datetime(2026, 5, 2, 12, tzinfo=UTC)]
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    first, second = Ledger(store, lambda: clock[0]), Ledger(store, lambda: clock[0])
    limits = Limits(spend_per_day=0.02)
    call = Use("all", "1", "own", "m", Price(1, 1), 6_000, 4_000)  # a cent at most
    cent = 10**7
    held = first.hold(call, limits).result()
    clock[0] += HOLD + timedelta(minutes=1)  # while the call is under way
    other = second.hold(call, limits).result()  # looks for what has expired
    assert first.spent("all").day == cent
    assert book(first, held, 600, 400, failed=False) == cent // 10
    assert book(second, other, 6_000, 4_000, failed=False) == cent
    assert (first.spent("all").day, first.spent("all").day_held) == (cent + cent // 10, 0)
    clock[0] -= timedelta(hours=8)  # the same day still: what was spent counts
    with pytest.raises(DayBudgetError):
        first.hold(call, limits).result()
    clock[0] -= timedelta(days=1)  # a day's budget is that day's, whichever way it is come to
    for _ in range(2):
        book(first, first.hold(call, limits).result(), 6_000, 4_000, failed=False)
    with pytest.raises(DayBudgetError):
        first.hold(call, limits).result()
    for ledger in (first, second):
        ledger.close()


# --- homes and temporary folders ------------------------------------------------------------------------------------


def test_without_a_home_it_is_said_what_to_set(monkeypatch, tmp_path):
    def nobody(_: object) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "LABELGUARD_STATE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(SettingsError, match="LABELGUARD_CACHE: is not set, and this user has no home folder - set"):
        Settings()
    with pytest.raises(SettingsError, match="LABELGUARD_STATE_URL: is not set, and this user has no home folder - set"):
        Settings(cache=tmp_path)
    assert Settings(cache=tmp_path, state_url=f"sqlite:///{tmp_path}/state.db").cache == tmp_path
    with pytest.raises(StoreError, match="there is no home folder"):
        open_store("sqlite:///~/state.db")


def test_a_home_that_cannot_be_written_is_told_with_what_to_set(monkeypatch, caplog):
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.delenv("LABELGUARD_STATE_URL")
    settings = Settings()
    with pytest.raises(StoreError, match=r"labelguard\.db: the file cannot be opened \(.*let the server's user write"):
        open_store(settings.state_url.get_secret_value())
    surrogate_key(settings)
    assert "set LABELGUARD_SURROGATE_KEY_FILE" in caplog.text


def test_a_missing_temporary_folder_and_any_fault_of_a_file_are_one_line(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']\n"
    )
    (tmp_path / "policy.yaml").write_text(
        "version: 1\nproviders: {own: {kind: litellm, model: openai/x, address: 'http://127.0.0.1:9/v1',"
        " external: false}}\nrules: [{name: all, match: everything, providers: [own], redact: false, answers: keep}]\n"
    )
    (tmp_path / "tasks.json").write_text('[{"data": {"text": "canary-7731"}}]')
    (tmp_path / "config.xml").write_text(SENTIMENT)
    command = [sys.executable, "-m", "backend.cli", "predict", "tasks.json", "--config", "config.xml"]
    done = subprocess.run(
        [*command, "--out", "out.json", "--policy", "policy.yaml"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "LABELGUARD_STATE_URL": f"sqlite:///{tmp_path}/state.db", "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No usable temporary directory" in done.stderr
    assert "and TMPDIR for temporary files" in done.stderr
