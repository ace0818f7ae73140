"""What people are shown: each attempt with its outcome, the newest first, by project, provider, time and outcome."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.errors import RecordError
from backend.record.chain import stamp
from backend.record.journal import Record
from backend.record.sendings import Sending, Wanted, first_since, sendings, sendings_page
from backend.record.tables import PART
from backend.store import writing
from tests.record import attempt, outcome, refusal


@pytest.fixture
def shown(engine):
    with Record.open(engine) as record:
        record.end(outcome(record.begin(attempt(1))))
        failed = record.begin(attempt(2, project="13", provider="ollama"))
        record.begin(attempt(3))
        record.end(outcome(failed, outcome="failed", code="provider_down"))
        record.refuse(refusal(4, "no_rule", provider=""))
    return engine


def found(engine, **wanted) -> list[Sending]:
    return list(sendings(engine, Wanted(**wanted)))


def tasks(engine, **wanted) -> list[str]:
    return [sending.attempt["task"] for sending in found(engine, **wanted)]


def test_the_newest_comes_first_with_its_outcome(shown):
    said = [(sending.attempt["task"], sending.ended, sending.code) for sending in found(shown)]
    assert said == [
        ("4", "refused", "no_rule"),
        ("3", "unknown", ""),
        ("2", "failed", "provider_down"),
        ("1", "answered", ""),
    ]


def test_only_what_is_wanted_is_shown(shown):
    assert tasks(shown, project="13") == ["2"]
    assert tasks(shown, provider="openai") == ["3", "1"]
    assert tasks(shown, outcome="unknown") == ["3"]
    assert tasks(shown, outcome="answered", project="13") == []
    now = datetime.now(UTC)
    assert len(tasks(shown, since=stamp(now - timedelta(hours=1)))) == 4
    assert tasks(shown, since=stamp(now + timedelta(hours=1))) == []
    assert len(tasks(shown, until=stamp(now + timedelta(hours=1)))) == 4
    assert tasks(shown, until=stamp(now - timedelta(hours=1))) == []


def test_a_rule_a_task_and_an_entity_type_are_wanted(engine):
    with Record.open(engine) as record:
        record.begin(attempt(1, rule="a", entities={"PERSON": 1, "DATE_TIME": 0}))
        record.begin(attempt(2, rule="b", entities={"DATE_TIME": 2}))
        record.refuse(refusal(2, "no_rule", rule="", entities={}))
    assert tasks(engine, rule="a") == ["1"]
    assert tasks(engine, task="2") == ["2", "2"]
    assert tasks(engine, entity_type="DATE_TIME") == ["2"]
    assert tasks(engine, entity_type="PERSON", rule="b") == []


def test_a_time_ends_before_its_entry(shown):
    third = next(sending for sending in found(shown) if sending.attempt["task"] == "3")
    assert tasks(shown, until=third.attempt["time"]) == ["2", "1"]
    assert tasks(shown, since=third.attempt["time"]) == ["4", "3"]


def test_a_refusal_was_not_begun(shown):
    assert [sending.was_begun for sending in found(shown)] == [False, True, True, True]


def test_no_record_is_said(engine):
    with pytest.raises(RecordError, match="no record"):
        found(engine)


def test_an_entry_that_cannot_be_read_is_named(shown):
    with writing(shown, PART) as connection:
        connection.execute(text("UPDATE record_entries SET body = 'canary' WHERE seq = 3"))
    with pytest.raises(RecordError, match="entry 3 cannot be read"):
        found(shown)


def test_pages_follow_one_another_by_the_entrys_number(shown):
    first = sendings_page(shown, Wanted(), None, 2)
    assert [one.attempt["task"] for one in first.shown] == ["4", "3"]
    rest = sendings_page(shown, Wanted(), first.oldest, 9)
    assert [(one.attempt["task"], one.ended) for one in rest.shown] == [("2", "failed"), ("1", "answered")]
    assert (first.is_end, rest.is_end) == (False, True)


def test_the_first_entry_of_a_day_is_found(shown):
    times = {one.attempt["seq"]: one.attempt["time"] for one in found(shown)}
    assert all(first_since(shown, time) == seq for seq, time in times.items())
    assert first_since(shown, stamp(datetime(2020, 1, 1, tzinfo=UTC))) == 1
    assert first_since(shown, stamp(datetime.now(UTC) + timedelta(days=1))) is None


def test_attempts_by_rule(shown):
    assert tasks(shown, rule="Cardiology: names go out as surrogates") == ["4", "3", "2", "1"]
    assert tasks(shown, rule="another") == []
