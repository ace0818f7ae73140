"""Kept answers: found for their time, by their name alone; unreadable without the key; bounded; never in the way."""

import sqlite3
from contextlib import closing

import pytest

from backend.model import kept_answers as module
from backend.model.kept_answers import ANSWERS, KeptAnswers
from backend.store import open_store
from tests.stores import looking

SECRET = b"0123456789abcdef0123456789abcdef"
CANARY = b"canary-3307"


@pytest.fixture
def clock():
    return [1_000_000.0]


@pytest.fixture
def opened(store_url, clock):
    """Open what is kept: again and again, as another process would."""
    made: list[KeptAnswers] = []

    def open_again(secret: bytes = SECRET) -> KeptAnswers:
        made.append(KeptAnswers(open_store(store_url), secret, lambda: clock[0]))
        return made[-1]

    yield open_again
    for one in made:
        one.close()


def rows(store_url: str) -> list[str]:
    with looking(store_url) as connection:
        return [row.name for row in connection.execute(ANSWERS.select().order_by(ANSWERS.c.expires))]


def test_an_answer_is_found_at_once_and_by_another_process(opened, clock):
    kept = opened()
    name = kept.name({"task": "1"})
    assert kept.find(name).result() is None
    kept.keep(name, "12", CANARY, 60)
    assert kept.find(name).result() == CANARY
    kept.close()
    assert opened().find(name).result() == CANARY
    assert opened().find(opened().name({"task": "2"})).result() is None
    clock[0] += 60
    assert opened().find(name).result() is None


def test_what_has_expired_is_removed(opened, clock, store_url):
    kept = opened()
    kept.keep("a", "12", CANARY, 60)
    kept.close()
    assert rows(store_url) == ["a"]
    clock[0] += 61
    again = opened()
    again.keep("b", "12", CANARY, 60)
    again.close()
    assert rows(store_url) == ["b"]


def test_the_newest_answer_counts_and_a_forgotten_one_is_gone(opened):
    kept = opened()
    kept.keep("a", "12", b"old", 60)
    kept.keep("a", "12", b"new", 60)
    kept.keep("b", "12", b"old", 60)
    kept.forget(["b"])
    assert (kept.find("a").result(), kept.find("b").result()) == (b"new", None)
    kept.close()
    other = opened()
    assert (other.find("a").result(), other.find("b").result()) == (b"new", None)
    other.forget(["a"])
    assert other.find("a").result() is None
    other.close()
    assert opened().find("a").result() is None


def test_p05_without_the_key_neither_a_name_nor_an_answer_can_be_read(opened):
    kept, other = opened(), opened(b"another secret of as many bytes!")
    name = kept.name({"task": "1"})
    kept.keep(name, "12", CANARY, 60)
    kept.close()
    assert other.name({"task": "1"}) != name
    assert other.find(name).result() is None


def test_p05_the_file_holds_no_text_and_a_moved_or_changed_entry_is_not_taken(tmp_path):
    url = f"sqlite:///{tmp_path / 'state.db'}"
    kept = KeptAnswers(open_store(url), SECRET)
    kept.keep("a", "12", CANARY, 3600)
    kept.keep("b", "12", b"another", 3600)
    kept.close()
    for file in tmp_path.iterdir():
        assert CANARY not in file.read_bytes()
    for change in (
        "UPDATE kept_answers SET body = (SELECT body FROM kept_answers WHERE name = 'b') WHERE name = 'a'",
        "UPDATE kept_answers SET expires = expires + 9999",
        "UPDATE kept_answers SET body = x'00'",
    ):
        with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
            connection.execute(change)
        again = KeptAnswers(open_store(url), SECRET)
        assert again.find("a").result() is None
        again.close()


@pytest.mark.parametrize(("bound", "value"), [("MOST", 3), ("MOST_BYTES", 3 * 128 + 20)])
def test_those_that_end_first_make_room(opened, store_url, monkeypatch, bound, value):
    monkeypatch.setattr(module, bound, value)
    kept = opened()
    for number in range(9):
        kept.keep(f"a{number}", "12", bytes(100), 60 + number)
    kept.close()
    assert rows(store_url) == ["a6", "a7", "a8"]


def test_a_very_long_answer_is_not_kept(opened):
    kept = opened()
    kept.keep("a", "12", bytes(module.LONGEST + 1), 60)
    assert kept.find("a").result() is None


def test_a_store_that_fails_costs_no_prediction_and_is_told_once(tmp_path, caplog):
    kept = KeptAnswers(open_store(f"sqlite:///{tmp_path / 'state.db'}"), SECRET)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("DROP TABLE kept_answers")
    assert kept.find("b").result() is None
    kept.keep("a", "12", CANARY, 60)
    kept.close()
    assert caplog.text.count("answers are not kept: ") == 1
    assert "canary" not in caplog.text
