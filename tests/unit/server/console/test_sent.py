"""What was sent, in the console: shown to the administrator alone, and each view in the record before it is shown."""

import logging

import pytest
from sqlalchemy import update

from backend.model.sent_samples import SampledSend, SentSamples
from backend.policy.types import SentKeeping
from backend.record.journal import Record
from backend.record.sources import stored
from backend.record.tables import TIP
from backend.record.verify import verify_record
from backend.record.views import ViewBook
from backend.store import writing
from tests.record import attempt
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, VIEWER


def keep_sample(site, text, key=None):
    """Have an attempt of which what was sent is kept; return its number."""
    key = key or (site.folder / "cache" / "surrogate.key").read_bytes()
    with Record.open(site.store) as record:
        number = record.begin(attempt(7))
    samples = SentSamples(site.store, key)
    request = {"model": "gpt", "messages": [{"role": "system", "content": HOSTILE}, {"role": "user", "content": text}]}
    samples.keep(SampledSend(number, "12", "7", None, SentKeeping(1.0, 7)), request)
    samples.close()
    return number


def see_sample(site, entry, user=ADMIN, token=None):
    token = site.token("/record", ADMIN, "/sent") if token is None else token
    return site.client.post("/console/sent", data={"token": token, "entry": str(entry)}, auth=user)


def test_what_was_sent_is_shown_to_the_administrator_and_that_is_recorded(site, caplog):
    caplog.set_level(logging.DEBUG)
    number = keep_sample(site, f"{CANARY} & co")
    book = ViewBook(site.store)
    assert "/console/sent" not in site.get("/record").text
    assert f'aria-label="Show what was sent, entry {number}"' in site.get("/record", ADMIN).text
    assert CANARY not in site.get("/record", ADMIN).text
    assert list(book.views()) == []
    answer = see_sample(site, number)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert f"{CANARY} &amp; co" in answer.text
    assert "<script>" not in answer.text
    (view,) = book.views()
    assert (view["attempt"], view["who"], view["by"]) == (number, "admin", "console")
    with stored(site.store) as source:
        assert verify_record(source).count == 0
    assert CANARY not in caplog.text


def test_what_was_sent_is_shown_to_nobody_else(site):
    number = keep_sample(site, CANARY)
    for user, token, status in ((VIEWER, None, 403), (ADMIN, "", 403), (ADMIN, "1.2", 403), (None, None, 401)):
        answer = see_sample(site, number, user, token)
        assert answer.status_code == status
        assert CANARY not in answer.text
    assert list(ViewBook(site.store).views()) == []


@pytest.mark.parametrize("entry", ["", "0", "-1", "x", "99"])
def test_what_is_not_kept_cannot_be_shown(site, entry):
    keep_sample(site, CANARY)
    assert see_sample(site, entry).status_code == 400


def test_what_is_under_another_key_cannot_be_shown(site):
    number, token = keep_sample(site, CANARY, b"f" * 32), site.token("/record", ADMIN, "/sent")
    answer = see_sample(site, number, token=token)
    assert answer.status_code == 400
    assert "kept under another key" in answer.text
    assert list(ViewBook(site.store).views()) == []


def test_nothing_is_shown_if_the_view_cannot_be_recorded(site):
    number, token = keep_sample(site, CANARY), site.token("/record", ADMIN, "/sent")
    with writing(site.store) as connection:
        connection.execute(update(TIP).values(seq=99))
    answer = see_sample(site, number, token=token)
    assert answer.status_code >= 400
    assert CANARY not in answer.text
