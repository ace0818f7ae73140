"""What is wanted is found by the index: the same as by reading all, however long the record is, with few rows read."""

import json
import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text

from backend.errors import RecordError
from backend.record.entries import BEGUN, RESULTS
from backend.record.index import FOUND, FOUND_TYPES, GROUPS, INDEX_TABLES, INDEXED, indexed_to
from backend.record.indexing import index_record
from backend.record.journal import Record
from backend.record.prune import prune_record
from backend.record.sendings import Wanted, sendings, sendings_page
from backend.record.tables import ENTRIES, PART, TIP, Heads, append
from backend.store import reading, writing
from tests.record import attempt, outcome, refusal

PROJECTS, RULES, PROVIDERS, TYPES = ("1", "2", "13"), ("a", "b"), ("openai", "ollama"), ("PERSON", "DATE_TIME", "URL")


def write_some(engine, count: int, seed: int = 7) -> None:
    """Write attempts of all sorts, in batches; each outcome comes much later, or never."""
    chance = random.Random(seed)
    with Record.open(engine) as record, writing(engine, PART) as connection:
        waiting: list[int] = []
        for task in range(count):
            given: dict[str, Any] = {
                "project": chance.choice(PROJECTS),
                "rule": chance.choice(RULES),
                "provider": chance.choice(PROVIDERS),
                "entities": {kind: chance.randrange(2) for kind in TYPES},
                "keep_days": 0,
            }
            if chance.random() < 0.2:
                record.add(connection, [refusal(task % 9, **given)])
                continue
            waiting += record.add(connection, [attempt(task % 9, **given)])
            if len(waiting) > 20:
                how = chance.choice(RESULTS)
                record.add(connection, [outcome(waiting.pop(chance.randrange(10)), outcome=how)])


def read_all(engine) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Return all attempts with their outcomes by reading each entry, the newest first."""
    with reading(engine) as connection:
        bodies = [json.loads(body) for body in connection.scalars(select(ENTRIES.c.body).order_by(ENTRIES.c.seq))]
    outcomes = {body["attempt"]: body for body in bodies if body["kind"] == "outcome"}
    begun = [body for body in bodies if body["kind"] in (*BEGUN, "refusal")]
    return [(body["seq"], body, outcomes.get(body["seq"], {})) for body in reversed(begun)]


def expected(everything, wanted: Wanted) -> list[int]:
    """Return the numbers of those that are wanted."""

    def fits(body: dict[str, Any], end: dict[str, Any]) -> bool:
        ended = end.get("outcome", "refused" if body["kind"] == "refusal" else "unknown")
        names = all(
            getattr(wanted, name) in (None, body[name]) for name in ("project", "rule", "provider", "task")
        ) and wanted.outcome in (None, ended)
        times = (wanted.since or "") <= body["time"] and (wanted.until is None or body["time"] < wanted.until)
        return names and times and (wanted.entity_type is None or body["entities"].get(wanted.entity_type, 0) > 0)

    return [seq for seq, body, end in everything if fits(body, end)]


def random_wanted(chance, everything) -> Wanted:
    def some(values):
        return chance.choice((None, None, *values, "none such"))

    since, until = (chance.choice(everything)[1]["time"] if chance.random() < 0.3 else None for _ in "ab")
    outcomes = (*RESULTS, "unknown")
    return Wanted(some(PROJECTS), some(PROVIDERS), some(outcomes), since, until, some(RULES), some("123"), some(TYPES))


def test_the_index_finds_what_reading_all_finds(engine):
    write_some(engine, 400)
    everything, chance = read_all(engine), random.Random(11)
    for _ in range(150):
        wanted = random_wanted(chance, everything)
        assert [one.attempt["seq"] for one in sendings(engine, wanted)] == expected(everything, wanted), wanted
    for wanted in (Wanted(), Wanted(provider="openai"), Wanted(entity_type="URL"), Wanted(task="3")):
        paged, before = [], None
        while True:
            page = sendings_page(engine, wanted, before, 7)
            paged += [one.attempt["seq"] for one in page.shown]
            if page.is_end:
                break
            before = page.oldest
        assert paged == expected(everything, wanted)


def test_an_outcome_is_seen_however_far_it_is_from_its_attempt(engine):
    with Record.open(engine) as record:
        first = record.begin(attempt(1, project="far"))
        with writing(engine, PART) as connection:
            record.add(connection, [attempt(number, project="near") for number in range(6000)])
        record.end(outcome(first, outcome="failed", code="provider_down"))
    page = sendings_page(engine, Wanted(project="far"), 100, 5)
    assert [(one.attempt["seq"], one.ended) for one in page.shown] == [(first, "failed")]
    assert [one.attempt["seq"] for one in sendings_page(engine, Wanted(outcome="failed"), None, 5).shown] == [first]


WANTED = (
    Wanted(project="1"),
    Wanted(provider="none such"),
    Wanted(outcome="failed"),
    Wanted(task="3"),
    Wanted(entity_type="URL"),
    Wanted("2", "openai", "answered", None, None, "a", "3", "PERSON"),
)


def test_no_plan_reads_a_table_of_the_record_through(engine):
    write_some(engine, 1500)
    times = [body["time"] for _, body, _ in read_all(engine)]
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            connection.execute(text("ANALYZE"))
    event.listen(engine, "before_cursor_execute", note)
    for wanted in WANTED:
        sendings_page(engine, wanted, None, 5)
        sendings_page(engine, replace(wanted, since=times[900], until=times[300]), 900, 5)
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    queries = [one for one in asked if one[0].startswith(("SELECT", "WITH")) and "record_" in one[0]]
    assert len(queries) > 4 * len(WANTED)
    with reading(engine) as connection:
        plans = [connection.exec_driver_sql(explain + said, given).all() for said, given in queries]
    for plan in plans:
        said = "\n".join(str(row[-1]) for row in plan)
        for table in (FOUND.name, FOUND_TYPES.name, ENTRIES.name):
            assert f"Seq Scan on {table}" not in said, said
            assert not any(f"SCAN {table}" in line and "INDEX" not in line for line in said.splitlines()), said


def test_pruning_prunes_the_index(engine, signer):
    write_some(engine, 50)
    with Record.open(engine) as record:
        last = record.begin(attempt(1, project="kept"))
    assert prune_record(engine, signer).through == last - 1
    with reading(engine) as connection:
        assert connection.scalars(select(FOUND.c.seq)).all() == [last]
        assert set(connection.scalars(select(FOUND_TYPES.c.seq))) == {last}
        assert connection.scalars(select(GROUPS.c.project)).all() == ["kept"]
    assert [one.attempt["project"] for one in sendings(engine, Wanted())] == ["kept"]


def as_they_are(engine) -> list[list[tuple[Any, ...]]]:
    with reading(engine) as connection:
        return [sorted(map(tuple, connection.execute(select(table)))) for table in INDEX_TABLES]


@pytest.mark.parametrize("harm", ["missing", "emptied", "behind", "ahead"])
def test_an_index_that_is_not_whole_is_made_anew(engine, harm, monkeypatch):
    write_some(engine, 120)
    whole = as_they_are(engine)
    monkeypatch.setattr("backend.record.indexing.AT_ONCE", 50)
    with writing(engine, PART) as connection:
        if harm == "missing":
            for table in INDEX_TABLES:
                table.drop(connection)
        elif harm == "emptied":
            connection.execute(delete(INDEXED))
        elif harm == "ahead":
            connection.execute(text("UPDATE record_indexed SET seq = 9999"))
        else:  # an older version, which knows no index, wrote the last entries
            last = connection.scalar(select(func.max(ENTRIES.c.seq)))
            for table in (FOUND, FOUND_TYPES):
                connection.execute(delete(table).where(table.c.seq > last - 70))
            connection.execute(text(f"UPDATE record_indexed SET seq = {last - 70}"))
    index_record(engine)
    assert as_they_are(engine) == whole


def test_what_is_added_while_the_index_is_behind_is_indexed_later(engine):
    with Record.open(engine) as record:
        record.begin(attempt(1))
        with writing(engine, PART) as connection:
            connection.execute(text("UPDATE record_indexed SET seq = 0"))
        second = record.begin(attempt(2))
        with reading(engine) as connection:
            assert indexed_to(connection) == 0
    assert [one.attempt["task"] for one in sendings(engine, Wanted())] == ["2", "1"]
    with reading(engine) as connection:
        assert indexed_to(connection) == second


def test_an_index_that_cannot_be_finished_is_said(engine, monkeypatch):
    write_some(engine, 5)
    with writing(engine, PART) as connection:
        connection.execute(delete(INDEXED))
    monkeypatch.setattr("backend.record.indexing.writing", lambda store, _: reading(store))  # as for who may not
    with pytest.raises(RecordError, match="index is behind and cannot be written"):
        list(sendings(engine, Wanted()))


@pytest.mark.parametrize("body", ["canary", "[]", '{"kind": "attempt"}', '{"kind": "outcome", "attempt": [1]}'])
def test_an_entry_that_is_none_stops_no_index(engine, body):
    write_some(engine, 5)
    with writing(engine, PART) as connection:
        connection.execute(ENTRIES.update().where(ENTRIES.c.seq == 2).values(body=body))
        connection.execute(delete(INDEXED))
    index_record(engine)
    with reading(engine) as connection:
        assert indexed_to(connection) == connection.scalar(select(TIP.c.seq))


def test_what_no_database_takes_is_not_found(engine):
    write_some(engine, 5)
    for value in ("\0", "\udc80", "x" * 300):
        assert list(sendings(engine, Wanted(rule=value))) == []


def test_entries_are_added_with_their_index_or_not_at_all(engine):
    write_some(engine, 5)
    before = as_they_are(engine)
    with suppress(ZeroDivisionError), writing(engine, PART) as connection:
        append(connection, [attempt(1)], Heads())
        raise ZeroDivisionError
    assert as_they_are(engine) == before
