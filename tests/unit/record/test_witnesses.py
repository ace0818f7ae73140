"""The record's end is signed and shown to its witnesses behind what the server does; one that fails is told, once."""

import json
import logging
import threading

import pytest
from sqlalchemy import func, select

from backend.record import witnesses
from backend.record.keys import make_signing_keys
from backend.record.published import read_heads
from backend.record.sources import stored
from backend.record.tables import PART, SEALS, Heads, append
from backend.record.witnesses import open_witnesses, witnessing
from backend.settings import Settings
from backend.store import alone, open_store, reading, writing
from tests.patience import until
from tests.record import attempt
from tests.timestamps import TimestampServer
from tests.witness import Reply, Witness


@pytest.fixture
def file(tmp_path):
    return tmp_path / "heads.jsonl"


@pytest.fixture
def settings(store_url, tmp_path, monkeypatch, file):
    make_signing_keys(tmp_path / "record.pem")
    monkeypatch.setenv("LABELGUARD_STATE_URL", store_url)
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(tmp_path / "record.pem"))
    monkeypatch.setenv("LABELGUARD_RECORD_HEADS_PATH", str(file))
    monkeypatch.setenv("LABELGUARD_RECORD_WITNESS_MINUTES", "0.001")
    return Settings()


def add(settings) -> None:
    """Write an entry that is not signed."""
    engine = open_store(settings.state_url.get_secret_value())
    open_witnesses(settings)
    with writing(engine, PART) as connection:
        append(connection, [attempt()], Heads())
    engine.dispose()


def test_what_is_new_is_signed_and_published_again_and_again(settings, file):
    add(settings)
    with witnessing(settings):
        until(file.exists)
        add(settings)
        until(lambda: len(file.read_text().splitlines()) == 2)
    assert [head.seq for head in read_heads(file)] == [1, 2]


def test_nothing_new_is_nothing_to_sign(settings, file):
    add(settings)
    shown = open_witnesses(settings)
    assert shown
    assert [shown.show().done for _ in range(2)] == [(f"heads in {file}: 1 more",), (f"heads in {file}: 0 more",)]
    with reading(shown.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(SEALS)) == 1


def test_one_process_at_a_time_shows_it(settings, file):
    add(settings)
    shown = open_witnesses(settings)
    assert shown
    with alone(open_store(settings.state_url.get_secret_value()), "record-witnesses") as is_ours:
        assert is_ours
        assert shown.show().done == ("another process is at it",)
    assert not file.exists()


def test_a_witness_that_fails_is_told_once_and_costs_the_others_nothing(settings, file, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "labelguard.record")
    add(settings)
    refused = threading.Semaphore(0)

    def refuse(_: bytes) -> Reply:
        refused.release()
        return Reply(500)

    with Witness.running(refuse) as witness:
        monkeypatch.setenv("LABELGUARD_RECORD_HEADS_URL", witness.url)
        with witnessing(Settings()):
            for _ in range(3):
                refused.acquire()
            assert [head.seq for head in read_heads(file)] == [1]
            witness.answer = lambda _: Reply()
            until(lambda: witness.bodies)
            until(lambda: "have seen it again" in caplog.text)
        assert json.loads(witness.content)["seq"] == 1
    assert caplog.text.count("the record has a witness less") == 1


def test_one_that_hangs_keeps_nobody(settings, monkeypatch):
    monkeypatch.setattr(witnesses, "CLOSE_S", 0.01)
    add(settings)
    asked = threading.Event()

    def hang(_: bytes) -> Reply:
        asked.set()
        return Reply(hangs=True)

    with Witness.running(hang) as witness:
        monkeypatch.setenv("LABELGUARD_RECORD_HEADS_URL", witness.url)
        with witnessing(Settings()):
            asked.wait()
            add(settings)


def test_an_authority_that_is_down_costs_nothing_and_is_asked_again(settings, file, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "labelguard.record")
    add(settings)
    clock = TimestampServer.made(tmp_path / "clock")
    with Witness.running(lambda _: Reply(503)) as witness:
        monkeypatch.setenv("LABELGUARD_RECORD_TIMESTAMP_URL", witness.url)
        monkeypatch.setenv("LABELGUARD_RECORD_TIMESTAMP_ROOT", str(clock.root))
        with witnessing(Settings()):
            until(lambda: "status 503" in caplog.text)
            assert [head.seq for head in read_heads(file)] == [1]
            witness.answer = clock.answer
            until(lambda: "have seen it again" in caplog.text)
    with stored(open_store(settings.state_url.get_secret_value())) as source:
        assert [token.seq for token in source.tokens] == [1]


def test_without_witnesses_nothing_is_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    with witnessing(Settings()):
        assert not (tmp_path / "state.db").exists()
