"""Views of what was sent: entries of the chain, written before anybody sees it, and pruned with what they show."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.errors import RecordError
from backend.record.entries import View
from backend.record.journal import Record
from backend.record.keys import Signer, make_signing_keys
from backend.record.prune import find_cut
from backend.record.sendings import Wanted, sendings
from backend.record.sources import stored
from backend.record.verify import Trust, verify_record
from backend.record.views import ViewBook
from backend.store import open_store, writing
from tests.record import attempt, outcome


def view(number, **other):
    return View(**({"attempt": number, "who": "admin", "by": "console", "keep_days": None} | other))


@pytest.fixture
def book(store_url, tmp_path):
    make_signing_keys(tmp_path / "record.pem")
    return ViewBook(open_store(store_url), tmp_path / "record.pem", 1000)


def begun(book, **said):
    with Record.open(book.engine) as record:
        number = record.begin(attempt(1, **said))
        record.end(outcome(number))
    return number


def report(book):
    key = Signer.read(book.key_file).public
    with stored(book.engine) as source:
        return verify_record(source, Trust([key]))


def test_a_view_is_signed_into_the_chain_and_told(book):
    number = begun(book)
    book.note([view(number), view(number, who="ann", by="command")])
    found = report(book)
    assert (found.count, found.entries, found.views, found.signed) == (0, 4, 2, 4)
    assert [(one["who"], one["by"], one["attempt"]) for one in book.views()] == [
        ("ann", "command", number),
        ("admin", "console", number),
    ]
    assert [one.attempt["seq"] for one in sendings(book.engine, Wanted())] == [number]
    assert book.entries([number, 99]).keys() == {number}


def test_a_view_that_is_changed_or_taken_away_is_found(tmp_path):
    book = ViewBook(open_store(f"sqlite:///{tmp_path / 'state.db'}"), None, 1000)
    book.note([view(begun(book))])
    begun(book)
    for statement, problem in (
        ("UPDATE record_entries SET body = replace(body, 'admin', 'other') WHERE seq = 3", "entry 3 was changed"),
        ("DELETE FROM record_entries WHERE seq = 3", "entry 3 is missing"),
    ):
        with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
            connection.execute(statement)
        with stored(book.engine) as source:
            assert verify_record(source).problems[0].what.startswith(problem)


def test_nothing_is_noted_where_the_record_is_broken(book):
    number = begun(book)
    with writing(book.engine) as connection:
        connection.execute(text("UPDATE record_tip SET seq = 9"))
    with pytest.raises(RecordError, match="does not end as it was written"):
        book.note([view(number)])


def test_whoever_has_no_plain_name_is_hashed():
    assert view(1, who="Ann Onymous <ann@example.org>").who.startswith("sha256:")
    assert view(1, who="www-data").who == "www-data"
    with pytest.raises(RecordError):
        view(1, by="nowhere")


@pytest.mark.parametrize(("keep_days", "through"), [(30, 3), (None, 0)])
def test_a_view_is_pruned_as_what_it_shows(book, keep_days, through):
    number = begun(book, keep_days=keep_days)
    book.note([view(number, keep_days=keep_days)])
    begun(book)
    with stored(book.engine) as source:
        cut = find_cut(source, datetime.now(UTC) + timedelta(days=31))
    assert cut.through == through


def test_a_view_that_is_kept_for_ever_says_so(book):
    book.note([view(begun(book, keep_days=1), keep_days=None)])
    with stored(book.engine) as source:
        cut = find_cut(source, datetime.now(UTC) + timedelta(days=31))
    assert (cut.through, cut.kept) == (2, "entry 3 is kept for ever, as what it shows")
