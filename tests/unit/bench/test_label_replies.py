"""The gateway of the bench of labels: what was answered once is not asked again, in this run or another."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from backend.errors import CutAnswerError, InvalidAnswerError, ProviderAuthError
from backend.model.attempts import CallContext
from tests.bench.label_replies import KeptGateway, NotKeptError, Replies
from tests.parts import open_attempt_log, stood_in
from tests.standin import StandIn
from tests.unit.model.test_gateway import ANSWER, cleared, provider


@pytest.fixture
def standin():
    with StandIn() as server:
        yield server


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-test-key-5512")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "labels" / "replies.json"


def ask(standin, replies, prompt, call_context=CallContext("1"), **settings):  # noqa: B008
    async def run(folder):
        gateway = KeptGateway(open_attempt_log(Path(folder)), stood_in, replies=replies)
        try:
            return await gateway.ask(prompt, ANSWER, [provider(standin, "embedded", **settings)], call_context)
        finally:
            await gateway.aclose()
            replies.save()

    with TemporaryDirectory() as folder:
        return asyncio.run(run(folder))


def test_an_answer_is_kept_for_a_later_run(standin, file):
    first = ask(standin, Replies(file), cleared())
    again = ask(standin, Replies(file, asks=False), cleared())
    assert first.answer.model_dump() == again.answer.model_dump()
    assert len(standin.requests) == 1
    assert "smiled" not in file.read_text()


@pytest.mark.parametrize("changed", ["text", "model", "settings"])
def test_what_an_answer_hangs_on_asks_anew(standin, file, changed):
    ask(standin, Replies(file), cleared())
    prompt = cleared("canary-7731 Bob wept.") if changed == "text" else cleared()
    replies = Replies(file, [1] if changed == "settings" else [])
    ask(standin, replies, prompt, attempts=3 if changed == "model" else 2)
    assert len(standin.requests) == 2


def test_what_could_not_be_answered_is_kept_until_what_reads_answers_changes(standin, file):
    standin.answer = lambda request, schema: "nonsense"
    with pytest.raises(InvalidAnswerError):
        ask(standin, Replies(file), cleared())
    asked = len(standin.requests)
    with pytest.raises(InvalidAnswerError):
        ask(standin, Replies(file), cleared())
    assert len(standin.requests) == asked
    with pytest.raises(InvalidAnswerError):
        ask(standin, Replies(file), cleared(), max_tokens=99)
    assert len(standin.requests) == 2 * asked
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({key: reply | {"code": "older"} for key, reply in kept.items()}))
    with pytest.raises(InvalidAnswerError):
        ask(standin, Replies(file), cleared())
    assert len(standin.requests) == 3 * asked


def test_an_answer_that_was_cut_is_not_asked_for_at_greater_length(standin, file):
    with pytest.raises(CutAnswerError):
        ask(standin, Replies(file), cleared(), CallContext("1", longer=4))
    assert not standin.requests


def test_nothing_is_asked_where_only_what_is_kept_is_wanted(standin, file):
    with pytest.raises(NotKeptError):
        ask(standin, Replies(file, asks=False), cleared())
    assert not standin.requests
    assert not file.exists()


def test_two_runs_at_a_time_keep_each_others_answers(standin, file):
    one, other = Replies(file), Replies(file)
    ask(standin, one, cleared())
    ask(standin, other, cleared("canary-7731 Bob wept."))
    assert len(Replies(file).by_key) == 2


def test_other_errors_are_not_kept(standin, file):
    standin.status = 401
    with pytest.raises(ProviderAuthError):
        ask(standin, Replies(file), cleared())
    assert not file.exists()
