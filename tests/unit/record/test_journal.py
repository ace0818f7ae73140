"""The writer: durable before it answers, one chain whoever writes, nothing sent where nothing can be recorded."""

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Column, Integer, Table, insert, select, text

from backend.errors import RecordError
from backend.record import tables
from backend.record.journal import Alongside, Record
from backend.record.sources import stored
from backend.record.verify import Trust, verify_record
from backend.store import METADATA, make_tables, open_store, reading, writing
from tests.child import ROOT
from tests.patience import HANGS_S
from tests.record import attempt, outcome, refusal
from tests.tampering import read

THREADS, PROCESSES, EACH = 8, 2, 40
WRITE_MANY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from backend.record.journal import Record
from backend.store import open_store
from tests.record import attempt, outcome

with Record.open(open_store(sys.argv[1]), heads_every=50) as record:
    def work(task):
        record.end(outcome(record.begin(attempt(task))))
    with ThreadPoolExecutor(int(sys.argv[2])) as threads:
        list(threads.map(work, range(int(sys.argv[2]) * int(sys.argv[3]))))
"""


def report(engine, *keys):
    with stored(engine) as source:
        return verify_record(source, Trust(keys))


def bodies(engine) -> list[dict[str, Any]]:
    return [json.loads(link.body) for link in read(engine)]


def test_an_attempt_is_on_the_disk_before_it_may_be_made(engine, store_url):
    with Record.open(engine) as record:
        number = record.begin(attempt(7))
        other = open_store(store_url)
        assert [(body["seq"], body["kind"], body["task"]) for body in bodies(other)] == [(number, "attempt", "7")]
        other.dispose()


def test_an_entry_has_its_fields_a_number_and_a_time(engine):
    with Record.open(engine) as record:
        number = record.begin(attempt(7))
        record.end(outcome(number))
        refused = record.refuse(refusal(8, "blocked"))
    first, second, third = bodies(engine)
    assert first["entities"] == {"PERSON": 2, "DATE_TIME": 1}
    assert (first["rule"], first["external"], first["keep_days"]) == (attempt().rule, True, None)
    assert (second["kind"], second["attempt"], second["cost_usd"]) == ("outcome", number, 0.0000852)
    assert (third["kind"], third["seq"], third["code"]) == ("refusal", refused, "blocked")
    assert first["time"] <= second["time"] <= third["time"]
    assert len(first["time"]) == len("2026-11-25T18:00:00.000000Z")


def test_threads_and_processes_make_one_chain(engine, store_url, signer):
    command = [sys.executable, "-c", WRITE_MANY, store_url, str(THREADS), str(EACH)]
    children = [subprocess.Popen(command, cwd=ROOT) for _ in range(PROCESSES)]
    with Record.open(engine, signer, heads_every=50) as record, ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda task: record.end(outcome(record.begin(attempt(task)))), range(THREADS * EACH)))
    assert [child.wait(HANGS_S) for child in children] == [0] * PROCESSES
    Record.open(engine, signer).close()
    found = report(engine, signer.public)
    assert found.problems == ()
    assert found.entries == 2 * THREADS * EACH * (PROCESSES + 1)
    assert (found.unknown, found.signed) == (0, found.entries)


def test_entries_that_come_together_go_together(engine, monkeypatch):
    sizes = []

    def counted(connection, entries, heads):
        sizes.append(len(entries))
        return tables.append(connection, entries, heads)

    monkeypatch.setattr("backend.record.journal.append", counted)
    with Record.open(engine) as record:
        futures = [record.submit(attempt(task)) for task in range(500)]
        assert [future.result() for future in futures] == list(range(1, 501))
    assert sum(sizes) == 500
    assert len(sizes) < 50


def test_coroutines_wait_without_a_thread_each(engine):
    async def send(record, task):
        number = await asyncio.wrap_future(record.submit(attempt(task)))
        await asyncio.wrap_future(record.submit(outcome(number)))
        return number

    async def all_of_them(record):
        return await asyncio.gather(*(send(record, task) for task in range(100)))

    with Record.open(engine) as record:
        assert len(set(asyncio.run(all_of_them(record)))) == 100
    assert report(engine).unknown == 0


def test_a_cancelled_attempt_is_dropped_and_a_cancelled_outcome_is_not(engine):
    with Record.open(engine) as record:
        number = record.begin(attempt(1))
        with writing(engine, tables.PART):  # nothing can be written meanwhile
            holding = record.submit(attempt(2))
            while not holding.running():
                pass
            dropped, kept = record.submit(attempt(3)), record.submit(outcome(number))
            assert dropped.cancel()
            assert kept.cancel()
        holding.result()
    assert [(body["kind"], body.get("task")) for body in bodies(engine)] == [
        ("attempt", "1"),
        ("attempt", "2"),
        ("outcome", None),
    ]


def test_what_cannot_be_recorded_is_not_sent(engine):
    with Record.open(engine) as record:
        record.begin(attempt(1))
        with writing(engine) as connection:
            connection.execute(text("ALTER TABLE record_entries RENAME TO elsewhere"))
        with pytest.raises(RecordError, match="nothing is sent") as caught:
            record.begin(attempt(2))
        assert caught.value.code == "record"
        with writing(engine) as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO record_entries"))
        assert record.begin(attempt(3)) == 2
    assert report(engine).problems == ()


def test_a_batch_is_recorded_whole_or_not_at_all(engine, monkeypatch):
    def half(connection, entries, heads):
        tables.append(connection, entries, heads)
        raise ZeroDivisionError("canary-12")

    with Record.open(engine) as record:
        record.begin(attempt(1))
        monkeypatch.setattr("backend.record.journal.append", half)
        with pytest.raises(RecordError, match="internal error ZeroDivisionError") as caught:
            record.begin(attempt(2))
        assert "canary-12" not in caught.value.reason
        monkeypatch.undo()
        assert record.begin(attempt(3)) == 2
    assert report(engine).problems == ()


SPENT = Table("test_spent", METADATA, Column("attempt", Integer, nullable=False))


def spend(number) -> Alongside:
    return Alongside("spend", lambda connection: connection.execute(insert(SPENT).values(attempt=number)))


def spent(engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(select(SPENT.c.attempt)).scalars())


@pytest.fixture
def spending(engine):
    make_tables(engine, SPENT)
    with writing(engine) as connection:
        connection.execute(SPENT.delete())
    return engine


def test_what_goes_with_an_entry_is_written_with_it(spending, monkeypatch):
    seen = []

    def watched(connection, entries, heads):
        numbers = tables.append(connection, entries, heads)
        seen.append((len(entries), spent(spending), list(connection.execute(select(SPENT.c.attempt)).scalars())))
        return numbers

    with Record.open(spending) as record:
        number = record.begin(attempt(1))
        monkeypatch.setattr("backend.record.journal.append", watched)
        assert record.submit(outcome(number), spend(number)).result() == number + 1
    assert seen == [(1, [], [number])]  # others see neither yet
    assert spent(spending) == [number]


def test_an_entry_is_not_written_without_what_goes_with_it_and_the_others_are(spending):
    def fail(connection):
        connection.execute(text("INSERT INTO no_such_table VALUES ('canary-13')"))

    with Record.open(spending) as record:
        number = record.begin(attempt(1))
        with writing(spending, tables.PART):  # so that they go together
            holding = record.submit(attempt(2))
            while not holding.running():
                pass
            bad = record.submit(outcome(number), Alongside("spend", fail))
            good = record.submit(outcome(number), spend(number))
            other = record.submit(attempt(3))
        with pytest.raises(RecordError, match="the outcome cannot be recorded") as caught:
            bad.result()
        assert "canary" not in caught.value.reason
        assert (holding.result(), good.result(), other.result()) == (2, 3, 4)
    assert spent(spending) == [number]
    assert [body["kind"] for body in bodies(spending)] == ["attempt", "attempt", "outcome", "attempt"]


def test_what_a_call_took_is_written_though_its_outcome_cannot_be(spending, monkeypatch):
    def fail(connection, entries, heads):
        tables.append(connection, entries, heads)
        raise ZeroDivisionError

    with Record.open(spending) as record:
        number = record.begin(attempt(1))
        monkeypatch.setattr("backend.record.journal.append", fail)
        with pytest.raises(RecordError):
            record.submit(outcome(number), spend(number)).result()
    assert spent(spending) == [number]
    assert [body["kind"] for body in bodies(spending)] == ["attempt"]


def test_a_patient_outcome_goes_with_the_next_attempt(engine, monkeypatch):
    sizes = []

    def counted(connection, entries, heads):
        sizes.append(len(entries))
        return tables.append(connection, entries, heads)

    with Record.open(engine) as record:
        number = record.begin(attempt(1))
        monkeypatch.setattr("backend.record.journal.append", counted)
        ended = record.submit(outcome(number), patience_s=HANGS_S)
        assert not ended.done()
        record.begin(attempt(2))
        assert ended.result(0) == number + 1
    assert sizes == [2]


def test_a_closed_record_takes_nothing(engine):
    record = Record.open(engine)
    record.close()
    record.close()
    with pytest.raises(RecordError, match="closed"):
        record.begin(attempt())


def test_closing_writes_what_was_handed_in(engine):
    record = Record.open(engine)
    futures = [record.submit(attempt(task)) for task in range(600)]
    record.close()
    assert [future.result(0) for future in futures] == list(range(1, 601))
    assert report(engine).entries == 600


def test_who_hands_in_while_it_closes_is_answered(engine):
    record = Record.open(engine)
    ended = []

    def work():
        try:
            while True:
                record.begin(attempt())
        except RecordError as error:
            ended.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    record.close()
    for thread in threads:
        thread.join(HANGS_S)
    assert len(ended) == 4


def test_heads_are_signed_now_and_then_and_at_the_end(engine, signer):
    with Record.open(engine, signer, heads_every=10) as record:
        for task in range(25):
            record.begin(attempt(task))
    with stored(engine) as source:
        assert [seal.seq for seal in source.seals] == [10, 20, 25]
        assert all(seal.is_good(signer.public) for seal in source.seals)


def test_the_time_does_not_go_backwards(engine, monkeypatch):
    times = iter(["2026-11-25T10:00:00.000000Z", "2026-11-25T09:00:00.000000Z", "2026-11-25T10:00:01.000000Z"])
    monkeypatch.setattr("backend.record.tables.now", lambda: next(times))
    with Record.open(engine) as record:
        for task in range(3):
            record.begin(attempt(task))
    assert [body["time"][11:19] for body in bodies(engine)] == ["10:00:00", "10:00:00", "10:00:01"]


def test_nothing_is_added_to_a_record_that_lost_its_end(engine):
    with Record.open(engine) as record:
        for task in range(3):
            record.begin(attempt(task))
    with writing(engine, tables.PART) as connection:
        connection.execute(text("DELETE FROM record_entries WHERE seq = 3"))
    with pytest.raises(RecordError, match="labelguard audit verify"):
        Record.open(engine)


def test_what_goes_out_is_in_the_record_however_the_sender_ends(store_url, tmp_path):
    command = [sys.executable, "-m", "tests.record_kills", store_url, str(tmp_path / "wire"), "25", "2026"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=HANGS_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["sent"] >= 12
