"""What a provider answers is foreign: bounded, checked, tried again where that helps, and booked as what it was."""

import asyncio
import json
import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backend.errors import GatewayError, InvalidAnswerError, ProviderBusyError, ProviderDownError, ProviderQuotaError
from backend.model import retries
from backend.model.attempts import CallContext
from backend.model.clients import MAX_ANSWER
from backend.model.gateway import Gateway
from backend.providers import Price
from tests.parts import open_attempt_log, stood_in
from tests.seams.providers import ANSWER, KEY, KINDS, Vendor, ask, cleared, http, provider, vendor_answer

IDS = [kind.name for kind in KINDS]
OPENAI = KINDS[0]
PRICE = Price(1_000.0, 1_000.0)


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as running:
        yield running


def changed(change):
    """Return an answer in which something is not as it should be."""

    def respond(head, body):
        answer = vendor_answer(head, json.loads(body))
        change(answer)
        return http(200, json.dumps(answer).encode())

    return respond


def outcomes(folder, *providers, call_context=None):
    """Ask once; returns what was raised, or the reply, and the outcomes that stand in the record."""

    async def run():
        gateway = Gateway(open_attempt_log(folder), stood_in)
        try:
            return await gateway.ask(cleared(), ANSWER, providers, call_context or CallContext("1"))
        except GatewayError as error:
            return error
        finally:
            await gateway.aclose()

    told = asyncio.run(run())
    with closing(sqlite3.connect(folder / "state.db")) as state:
        entries = [json.loads(row[0]) for row in state.execute("SELECT body FROM record_entries ORDER BY seq")]
    return told, [entry for entry in entries if entry["kind"] == "outcome"]


@pytest.mark.parametrize("packed", ["", "gzip", "deflate"])
@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_an_answer_is_bounded_packed_or_not(vendor, kind, packed):
    body = b'{"choices": "' + b" " * (MAX_ANSWER + 1) + b'"}'
    packer = zlib.compressobj(wbits=31 if packed == "gzip" else 15)
    content = packer.compress(body) + packer.flush() if packed else body
    headers = [f"content-encoding: {packed}"] if packed else []
    vendor.respond = lambda head, _: http(200, content, *headers)
    with pytest.raises(InvalidAnswerError, match="more than 8 MiB"):
        ask(provider(kind, vendor.address))
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("packed", ["gzip", "deflate"])
def test_a_packed_answer_is_read(vendor, packed):
    def respond(head, body):
        packer = zlib.compressobj(wbits=31 if packed == "gzip" else 15)
        content = packer.compress(json.dumps(vendor_answer(head, json.loads(body))).encode()) + packer.flush()
        return http(200, content, f"content-encoding: {packed}")

    vendor.respond = respond
    assert ask(provider(OPENAI, vendor.address)).answer.c0 == "Good"


COUNTS = [-(10**9), 10**30, "x", 1.5, True, [], {}, float("inf"), float("nan")]


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
@pytest.mark.parametrize("wrong", COUNTS, ids=str)
def test_counts_that_are_none_neither_lose_an_answer_nor_spend_a_budget(vendor, kind, wrong, tmp_path):
    def change(answer):
        for name in ("usage", "usageMetadata"):
            if name in answer:
                answer[name] = dict.fromkeys(answer[name], wrong)
        if "eval_count" in answer:
            answer |= {"eval_count": wrong, "prompt_eval_count": wrong}

    vendor.respond = changed(change)
    reply, ended = outcomes(tmp_path, provider(kind, vendor.address, price=PRICE, max_tokens=10))
    assert reply.answer.c0 == "Good"
    assert [entry["outcome"] for entry in ended] == ["answered"]
    most = (len(vendor.requests[0][1]) * 2 + 10) * 1e-3
    assert 0 < ended[0]["cost_usd"] < most


@pytest.mark.parametrize("wrong", [None, "x", float("nan"), float("-inf"), 5.0, True], ids=str)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[2]], ids=lambda kind: kind.name)
def test_probabilities_that_are_none_are_left_out(vendor, kind, wrong):
    def change(answer):
        token = {"token": "Good", "logprob": wrong, "bytes": None, "top_logprobs": []}
        answer["choices"][0]["logprobs"] = {"content": [token]}

    vendor.respond = changed(change)
    reply = ask(provider(kind, vendor.address, scores="tokens"))
    assert (reply.answer.c0, reply.logprobs) == ("Good", ())


@pytest.mark.parametrize("wrong", [None, 5, [], {}, "x" * 10**6], ids=lambda wrong: str(wrong)[:9])
@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_an_id_that_is_none_loses_no_answer(vendor, kind, wrong):
    vendor.respond = changed(
        lambda answer: answer.update(id=wrong, model=wrong, created=wrong, system_fingerprint=wrong)
    )
    assert ask(provider(kind, vendor.address)).answer.c0 == "Good"


def after(vendor, *answers):
    """Have the vendor give these answers first; b"" cuts the connection."""
    left = list(answers)

    def respond(head, body):
        if not left:
            return None
        answer = left.pop(0)
        if not answer:
            raise ConnectionError
        return answer

    vendor.respond = respond


BUSY = http(429, {"error": {"message": "x", "code": "rate_limit_exceeded"}}, "retry-after: 0")


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
@pytest.mark.parametrize(
    "first",
    [BUSY, *(http(status, b"<html>") for status in (500, 502, 503, 504, 529)), b""],
    ids=lambda b: b[9:12].decode(),
)
def test_what_passes_by_itself_is_tried_again(vendor, kind, first):
    after(vendor, first, first)
    reply = ask(provider(kind, vendor.address))
    assert reply.answer.c0 == "Good"
    assert len(vendor.requests) == reply.attempts == 3


def test_each_try_stands_in_the_record(vendor, tmp_path):
    after(vendor, BUSY, http(500, b""))
    _, ended = outcomes(tmp_path, provider(OPENAI, vendor.address, price=PRICE))
    assert [entry["code"] for entry in ended] == ["provider_busy", "provider_down", ""]
    assert ended[0]["cost_usd"] == 0
    assert ended[1]["cost_usd"] > 0


def test_tries_are_bounded(vendor):
    vendor.respond = lambda *_: BUSY
    with pytest.raises(ProviderBusyError):
        ask(provider(OPENAI, vendor.address))
    assert len(vendor.requests) == retries.TRIES


@pytest.mark.parametrize("status", [429, 400, 403])
@pytest.mark.parametrize("place", ["code", "type"])
def test_a_quota_that_is_used_up_is_not_tried_again(vendor, status, place):
    vendor.respond = lambda *_: http(status, {"error": {"message": "x", place: "insufficient_quota"}}, "retry-after: 0")
    with pytest.raises(ProviderQuotaError, match="quota is used up"):
        ask(provider(OPENAI, vendor.address))
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "asked",
    ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)],
    ids=["seconds", "a date"],
)
def test_who_wants_to_wait_too_long_is_given_up_at_once(vendor, asked):
    vendor.respond = lambda *_: http(429, {}, f"retry-after: {asked}")
    with pytest.raises(ProviderBusyError):
        ask(provider(OPENAI, vendor.address))
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("0", 0, 0),
        ("2", 2, 2),
        ("1.5", 1.5, 1.5),
        ("-5", 0, 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        pytest.param(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True), 0, 30, id="soon"),
        ("", None, None),
        ("soon", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("1e999", None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, least, most):
    found = retries._asked(header)
    assert found is None if least is None else least <= found <= most


def test_nothing_waits_past_the_deadline(vendor, tmp_path):
    """The next provider is asked in its stead."""
    vendor.respond = lambda *_: http(429, {}, "retry-after: 20")

    async def run():
        gateway = Gateway(open_attempt_log(tmp_path), stood_in)
        try:
            call_context = CallContext("1", deadline=asyncio.get_running_loop().time() + 15)
            with Vendor.running() as own:
                providers = [provider(OPENAI, vendor.address), provider(KINDS[1], own.address)]
                return await gateway.ask(cleared(), ANSWER, providers, call_context)
        finally:
            await gateway.aclose()

    assert asyncio.run(run()).provider == "embedded"
    assert len(vendor.requests) == 1


def test_a_place_is_free_while_its_call_waits(vendor, tmp_path, monkeypatch):
    """One place: the second task is answered while the first one waits."""
    waits = asyncio.Event()
    pause = asyncio.sleep

    async def sleep(seconds):
        if seconds > 1:
            await waits.wait()
        await pause(0)

    monkeypatch.setattr("backend.model.gateway.asyncio.sleep", sleep)
    monkeypatch.setattr(retries, "FIRST_S", 7.0)
    after(vendor, http(500, {}))
    one = provider(OPENAI, vendor.address, concurrency=1)

    async def run():
        gateway = Gateway(open_attempt_log(tmp_path), stood_in)
        first = asyncio.create_task(gateway.ask(cleared(), ANSWER, [one], CallContext("1")))
        while not vendor.requests:
            await pause(0.01)
        second = await gateway.ask(cleared(), ANSWER, [one], CallContext("2"))
        assert not first.done()
        waits.set()
        assert (await first).attempts == 2
        await gateway.aclose()
        return second

    assert asyncio.run(run()).attempts == 1


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_a_server_that_is_not_there_costs_nothing(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("POLICYS_KEY", KEY)
    error, ended = outcomes(tmp_path, provider(kind, Vendor.gone().address, price=PRICE))
    assert isinstance(error, ProviderDownError)
    assert "cannot be reached - check address, and that the server runs" in error.reason
    assert [(entry["code"], entry["cost_usd"]) for entry in ended] == [("provider_down", 0)] * retries.TRIES


@pytest.mark.parametrize("status", [200, 201, 418, 451, 599, 600, 999, 299])
@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_any_status_is_told(vendor, kind, status, monkeypatch):
    monkeypatch.setattr(retries, "TRIES", 1)
    vendor.respond = lambda *_: http(status, b"<html>canary-5501</html>", "content-type: text/html")
    with pytest.raises(GatewayError) as caught:
        ask(provider(kind, vendor.address, attempts=1))
    assert "canary" not in caught.value.reason
    assert str(status) in caught.value.reason or status < 400
