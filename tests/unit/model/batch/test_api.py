"""The Batch API's own answers are foreign input too; what it is asked goes by the one client, with one key."""

import asyncio
import json

import pytest

from backend.errors import GatewayError, NoCompletionError, ProviderAuthError, ProviderDownError
from backend.model import retries
from backend.model.batch.api import BatchApi
from backend.model.batch.results import ResultFile
from backend.providers import Provider
from tests.batches import BatchStandIn
from tests.seams.providers import Vendor, http

BODY = {"model": "m", "messages": [{"role": "user", "content": "It rains."}]}
LINE = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": BODY}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_S", 0.0)


def ask(address, work, **settings):
    """Ask a provider; the key stands in the environment."""

    async def run():
        api = BatchApi(Provider("vendor", "openai", "m", external=True, address=address, batch=True, **settings))
        try:
            return await work(api)
        finally:
            await api.aclose()

    return asyncio.run(run())


async def sent(api, line=LINE):
    """Send a file of one line, have a batch made of it, and ask for it until it is over."""
    made = await api.create(await api.upload(json.dumps(line).encode(), "x"), "name")
    while not made.is_over:
        made = await api.status(made.number)
    return made


def test_a_batch_is_made_and_found_by_its_file(monkeypatch):
    monkeypatch.setenv("VENDORS_KEY", "sk-own-7731")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-another")
    with BatchStandIn() as openai:
        status = ask(openai.address, sent, key_env="VENDORS_KEY")
        assert (status.status, status.total, status.done) == ("completed", 1, 1)
        assert ask(openai.address, lambda api: api.find(status.file), key_env="VENDORS_KEY") == status
        assert ask(openai.address, lambda api: api.find("file-other"), key_env="VENDORS_KEY") is None
        heads = [line for line in bytes(openai.received).split(b"\r\n") if b"sk-" in line]
        assert set(heads) == {b"authorization: Bearer sk-own-7731"}
        assert b"another" not in openai.received
        assert b"stainless" not in openai.received.lower()


def test_one_of_many_is_found():
    with BatchStandIn() as openai:

        async def work(api):
            files = [await api.upload(b"{}", "x") for _ in range(130)]
            for file in files:
                await api.create(file, "name")
            return files[0], await api.find(files[0])

        file, found = ask(openai.address, work)
        assert found.file == file


@pytest.mark.parametrize(
    "line",
    [
        {},
        LINE | {"method": "GET"},
        LINE | {"url": "/v1/embeddings"},
        LINE | {"more": 1},
        LINE | {"body": {"messages": []}},
        LINE | {"custom_id": "n" * 65},
        LINE | {"body": BODY | {"stream": True}},
    ],
)
def test_the_stand_in_is_strict(line):
    with BatchStandIn() as openai:
        status = ask(openai.address, lambda api: sent(api, line))
        assert status.status == "failed"
        assert status.code


GOOD = {
    "id": "batch_1",
    "status": "completed",
    "input_file_id": "file-1",
    "output_file_id": "file-2",
    "error_file_id": None,
    "request_counts": {"total": 3, "completed": 2, "failed": 1},
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../files"},
        {"id": 7},
        {"id": "n" * 129},
        {"status": "done"},
        {"status": ["completed"]},
        {"input_file_id": None},
        {"output_file_id": "a/b?c"},
        {"error_file_id": {"id": 1}},
    ],
)
def test_what_is_no_batch_is_not_taken_for_one(change):
    with Vendor.running() as vendor:
        vendor.respond = lambda head, body: http(200, json.dumps(GOOD | change).encode())
        with pytest.raises(NoCompletionError, match="Batch API gave no answer that can be read"):
            ask(vendor.address, lambda api: api.status("batch_1"))


@pytest.mark.parametrize("counts", [None, [], {"total": -1, "completed": "2", "failed": 1e300}])
def test_counts_that_are_none_are_nothing(counts):
    with Vendor.running() as vendor:
        vendor.respond = lambda head, body: http(200, json.dumps(GOOD | {"request_counts": counts}).encode())
        status = ask(vendor.address, lambda api: api.status("batch_1"))
        assert (status.total, status.done, status.failed) == (0, 0, 0)


def test_a_redirect_is_not_followed():
    with Vendor.running() as elsewhere, Vendor.running() as vendor:
        vendor.respond = lambda head, body: http(302, b"", f"location: {elsewhere.address}")
        with pytest.raises(GatewayError, match="redirects elsewhere"):
            ask(vendor.address, lambda api: api.fetch("file-1", lambda: ResultFile((), 1)))
        assert not elsewhere.requests


def test_a_key_that_is_refused_is_told():
    with BatchStandIn() as openai:
        openai.statuses = [401]
        with pytest.raises(ProviderAuthError):
            ask(openai.address, lambda api: api.upload(b"{}", "x"))


def test_what_makes_a_batch_is_not_sent_again_where_nobody_knows_what_became_of_it():
    with BatchStandIn() as openai:
        openai.statuses = [200, 0]
        with pytest.raises(ProviderDownError):
            ask(openai.address, sent)
        assert openai.asked == ["POST /v1/files", "POST /v1/batches"]


def test_a_file_that_was_cut_is_fetched_anew():
    with BatchStandIn() as openai:

        async def work(api):
            status = await sent(api)
            openai.statuses = [0, 503]
            return await api.fetch(status.output, lambda: ResultFile(("a",), 9))

        found = ask(openai.address, work)
        assert (set(found.found), found.doubled) == ({"a"}, set())
