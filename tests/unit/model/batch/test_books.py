"""The books of batches: what is written once stays, whoever comes late."""

import pytest

from backend.budget.amounts import Use
from backend.budget.ledger import Ledger
from backend.budget.limits import Limits
from backend.errors import DayBudgetError, RecordError
from backend.model.batch.books import BatchBooks, Line, LineEnd
from backend.providers import Price
from backend.record.journal import Record
from backend.store import open_store
from tests.record import attempt


@pytest.fixture
def books(store_url):
    store = open_store(store_url)
    opened = BatchBooks(store, Record.open(store), Ledger(store))
    yield opened
    opened.close()


def line(name):
    use = Use("rule", "12", "vendor", "m", Price(100, 100), 1000, 1000)
    return Line(name, attempt(), use, Limits(spend_per_day=1.0), b"{}")


def test_a_line_enters_once(books):
    books.open("first", "vendor", "place").result()
    assert books.enter(line("a"), "first", ()).result() == ("first", "open")
    assert books.enter(line("a"), "second", ()).result() == ("first", "open")
    books.dissolve("first").result()
    assert books.enter(line("a"), "second", ()).result() == ("second", "open")
    assert list(books.lines("second")) == ["a"]


def test_a_line_that_failed_is_asked_anew_unless_it_is_told_why(books):
    books.enter(line("a"), "first", ()).result()
    for settled in books.settle("first", {"a": LineEnd("failed", "batch", tokens=(0, 0))}):
        settled.result()
    assert books.enter(line("a"), "second", {"first"}).result() == ("first", "failed")
    assert books.enter(line("a"), "second", ()).result() == ("second", "open")


def test_an_end_counts_once(books):
    books.enter(line("a"), "first", ()).result()
    for tokens in ((10, 20), (99, 99)):
        for settled in books.settle("first", {"a": LineEnd("answered", tokens=tokens)}):
            settled.result()
    spent = Ledger(books.store).spent("rule")
    assert (spent.day, spent.day_held) == (30 * 100_000, 0)


def test_what_there_is_no_money_for_does_not_enter_and_costs_the_others_nothing(books):
    entered = [books.enter(line(name), "first", ()) for name in "abcdefgh"]
    refused = [one for one in entered if isinstance(one.exception(), DayBudgetError)]
    assert len(refused) == 3
    assert len(books.lines("first")) == 5


def test_who_is_late_does_not_change_a_batch_that_is_over(books):
    books.open("first", "vendor", "place").result()
    books.change("first", state="over", status="completed", output="file-2").result()
    books.change("first", status="finalizing", output="").result()
    assert (books.batch("first").status, books.batch("first").output) == ("completed", "file-2")


def test_nothing_enters_once_the_record_is_closed(books):
    record = Record.open(books.store)
    late = BatchBooks(books.store, record, Ledger(books.store))
    record.close()
    with pytest.raises(RecordError):
        late.enter(line("a"), "first", ()).result()
    assert books.lines("first") == {}
    late.close()
