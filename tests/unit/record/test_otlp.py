"""Sending the record on: every entry once, in order, as real OpenTelemetry; where it was cut off it goes on."""

import json
import sys

import pytest

from backend.errors import RecordError
from backend.record import otlp
from backend.record.otlp import send_entries
from backend.record.tables import PART, Heads, append
from backend.store import writing
from tests.child import free_port
from tests.receiver import Receiver
from tests.record import attempt
from tests.tampering import read


@pytest.fixture
def receiver():
    with Receiver.running() as running:
        yield running


def test_every_entry_is_a_log_record(written, receiver):
    seen = []
    assert send_entries(written, receiver.url, lambda done, total: seen.append((done, total))) == 91
    links = read(written)
    assert [record.body.string_value for record in receiver.records] == [link.body for link in links]
    assert receiver.services == {"labelguard"}
    assert seen == [(91, 91)]


def test_a_log_record_has_time_name_hash_and_fields(written, receiver):
    send_entries(written, receiver.url)
    link, record = read(written)[0], receiver.records[0]
    said = {each.key: each.value for each in record.attributes}
    assert record.event_name == "labelguard.attempt"
    assert said["labelguard.hash"].string_value == link.hash
    assert said["labelguard.seq"].int_value == 1
    assert said["labelguard.external"].bool_value is True
    assert said["labelguard.entities.PERSON"].int_value == 2
    assert "labelguard.keep_days" not in said
    micros = json.loads(link.body)["time"][-7:-1]
    assert record.time_unix_nano % 1_000_000_000 == int(micros) * 1000


def test_only_what_is_new_is_sent_again(written, receiver):
    send_entries(written, receiver.url)
    assert send_entries(written, receiver.url) == 0
    with writing(written, PART) as connection:
        append(connection, [attempt(77)], Heads())
    assert send_entries(written, receiver.url) == 1
    assert json.loads(receiver.records[-1].body.string_value)["task"] == "77"


def test_where_it_was_cut_off_it_goes_on(written, receiver, monkeypatch):
    monkeypatch.setattr(otlp, "BATCH", 20)
    receiver.takes = 2
    with pytest.raises(RecordError, match="did not take entry 41 and those after it"):
        send_entries(written, receiver.url)
    receiver.takes = None
    assert send_entries(written, receiver.url) == 51
    assert [json.loads(record.body.string_value)["seq"] for record in receiver.records] == list(range(1, 92))


def test_each_receiver_gets_all(written, receiver):
    send_entries(written, receiver.url)
    with Receiver.running() as other:
        assert send_entries(written, other.url) == 91


def test_headers_come_from_opentelemetrys_variables(written, receiver, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer canary-31")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    send_entries(written, receiver.url)
    assert receiver.headers["authorization"] == "Bearer canary-31"
    assert len(receiver.records) == 91


def test_a_receiver_that_is_not_there(written, monkeypatch):
    monkeypatch.setattr(otlp, "TIMEOUT_S", 1)
    url = f"http://user:canary-31@127.0.0.1:{free_port()}/v1/logs?token=canary-32"
    with pytest.raises(RecordError, match="did not take entry 1") as caught:
        send_entries(written, url)
    assert "canary" not in caught.value.reason


@pytest.mark.parametrize("url", ["", "collector:4318", "ftp://collector/v1/logs", "http://"])
def test_an_address_that_is_none(written, url):
    with pytest.raises(RecordError, match="give one such as"):
        send_entries(written, url)


def test_without_the_extra_it_says_what_to_install(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http._log_exporter", None)
    with pytest.raises(RecordError, match=r"pip install 'labelguard\[otlp\]'"):
        send_entries(written, "http://127.0.0.1:4318/v1/logs")
