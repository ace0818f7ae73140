"""Calls at half price: lines of a file, each in the record before it leaves, paid once, answered or failed by name.

The stand-in is as strict as OpenAI's documents say, and gives results in another order than they were asked for.
"""

import asyncio
import json
import os
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.engine.request_log import Outcome
from backend.errors import (
    BatchDeniedError,
    BatchedError,
    BatchError,
    BatchExpiredError,
    BatchResultError,
    DayBudgetError,
    FilteredError,
    InvalidAnswerError,
    LabelguardError,
    PrivacyError,
    ProviderDownError,
)
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction, Task
from backend.model.attempts import CallContext
from backend.model.batch import books, lines
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.privacy.redact import Message, Redactor
from backend.privacy.types import Detection
from backend.prompting.answer_form import Question, compose_answer
from backend.record.sources import stored
from backend.record.verify import verify_record
from backend.store import open_store
from tests.batches import BatchStandIn
from tests.parts import (
    ENTITIES,
    HANDLERS,
    SENTIMENT,
    build_engine,
    open_attempt_log,
    open_lines,
    provider,
    write_policy,
)
from tests.standin import StandIn

SECRET = "Mary canary-5501"
NAME = re.compile(SECRET)
NUMBER = re.compile(r"about (\d+)")
PRICE = {"input": 1000, "output": 1000, "batch": 0.5}
COST = 15 * 1000 / 10**6 * 0.5
"""Of a line, whose answer has 5 tokens by the stand-in's count, and itself 10."""


def detect(text: str) -> list[Detection]:
    return [Detection(match.start(), match.end(), "PERSON", 0.9) for match in NAME.finditer(text)]


def mood(request: dict[str, Any], _: object = None) -> object:
    """Answer by what stands in the text, so that an answer to another is seen."""
    number = NUMBER.search(json.dumps(request["messages"]))
    return {"mood": "Good" if number and int(number[1]) % 2 else "Bad"}


def texts(count: int, first: int = 0) -> list[str]:
    return [f"{SECRET} spoke about {number}." for number in range(first, first + count)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(lines, "POLL_S", 0.01)
    monkeypatch.setattr(lines, "LOCK_S", 0.01)


@pytest.fixture
def openai():
    with BatchStandIn(mood) as running:
        yield running


@dataclass
class Process:
    """What `labelguard predict --batch` does with a file of tasks, each time as a process of its own would.

    Attributes:
        folder: of its policy.
        url: of its state.
        predictions: those that it has, by text.
        unused: answers that came and were not used, in the last run.
        child: the process that is to be killed.
    """

    folder: Path
    address: str
    url: str = ""
    rule: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    config: str = SENTIMENT
    predictions: dict[str, Prediction] = field(default_factory=dict)
    unused: int = 0
    child: int = 0

    def __post_init__(self) -> None:
        self.url = self.url or f"sqlite:///{self.folder / 'state.db'}"

    def policy(self) -> Policy:
        vendor = provider(self.address, "openai", price=PRICE, **{"batch": True} | self.settings)
        rule = {"name": "all", "match": "everything", "providers": ["vendor", *self.others], "batch": True}
        return write_policy(self.folder, {"vendor": vendor, **self.others}, [rule | self.rule])

    def run(self, asked: Sequence[str], *, waits: bool = True) -> list[Outcome]:
        """Predict texts that have no prediction yet; return what came of each at last."""
        return asyncio.run(self._run(asked, waits))

    async def _run(self, asked: Sequence[str], waits: bool) -> list[Outcome]:
        policy = self.policy()
        ours = open_lines(policy, self.url)
        engine = build_engine(policy, detect)
        engine.gateway.lines = ours
        job = engine.job(self.config, "7")
        left = [text for text in asked if text not in self.predictions]
        outcomes: dict[str, Outcome] = dict(self.predictions)

        async def predict() -> None:
            tasks = [Task({"text": text}, {}, str(asked.index(text) + 1)) for text in left]
            outcomes.update(zip(left, await engine.predict(job, tasks), strict=True))
            left[:] = [text for text in left if isinstance(outcomes[text], BatchedError)]

        try:
            await ours.rounds(predict, waits=waits)
        finally:
            self.unused = ours.unused
            await engine.aclose()
        for text, outcome in outcomes.items():
            if isinstance(outcome, Prediction):
                self.predictions[text] = outcome
        return [outcomes[text] for text in asked]

    def killed(self, asked: Sequence[str], doom: Callable[[], None] | None = None) -> int:
        """Run in a process that is killed on its way; returns the signal that ended it.

        Args:
            asked: the texts.
            doom: prepares, in that process, when it is killed; what the stand-in does by default.
        """
        ready, go = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                os.read(ready, 1)
                if doom:
                    doom()
                self.run(asked)
            finally:
                os._exit(3)
        os.write(go, b".")
        _, status = os.waitpid(self.child, 0)
        os.close(ready)
        os.close(go)
        return os.waitstatus_to_exitcode(status)

    def entries(self, kind: str = "attempt") -> list[dict[str, Any]]:
        """Return the record's entries of one kind, which is as it was written."""
        store = open_store(self.url)
        with stored(store) as source:
            assert not verify_record(source).problems
        with stored(store) as source:
            bodies = [json.loads(link.body) for link in source.links]
        return [body for body in bodies if body["kind"] == kind]

    def spent(self) -> float:
        """Return what is booked, in US dollars."""
        with closing(sqlite3.connect(self.folder / "state.db")) as state:
            return float(state.execute("SELECT coalesce(sum(cost), 0) FROM spend").fetchone()[0]) / 10**9

    def held(self) -> int:
        """Return for how many calls money is held."""
        with closing(sqlite3.connect(self.folder / "state.db")) as state:
            return int(state.execute("SELECT count(*) FROM spend_held").fetchone()[0])


@pytest.fixture
def process(tmp_path, openai):
    return Process(tmp_path, openai.address)


def moods(outcomes: Sequence[Outcome]) -> list[Any]:
    """Return what each text was found to be, or the code of its failure."""
    return [
        outcome.result[0]["value"]["choices"][0] if isinstance(outcome, Prediction) else outcome.code
        for outcome in outcomes
    ]


def all_well(process: Process, openai: BatchStandIn, asked: Sequence[str]) -> None:
    """See that each text has its own prediction, was paid once, and stands in the record once."""
    right = ["Good" if int(NUMBER.findall(text)[0]) % 2 else "Bad" for text in asked]
    assert moods([process.predictions[text] for text in asked]) == right
    assert set(openai.paid.values()) == {1}
    assert len(openai.paid) == len(asked) == len(process.entries())
    assert sorted(entry["task"] for entry in process.entries()) == sorted(str(n + 1) for n in range(len(asked)))
    assert {entry["outcome"] for entry in process.entries("outcome")} == {"answered"}
    assert len(process.entries("outcome")) == len(asked)
    assert SECRET.encode() not in openai.received
    assert openai.calls == []


# --- a batch ----------------------------------------------------------------------------------------------------------


def test_a_batch_brings_each_text_its_own_answer_at_half_price(tmp_path, openai, store_url):
    process = Process(tmp_path, openai.address, store_url)
    outcomes = process.run(texts(20))
    assert len(openai.batches) == 1
    assert len(outcomes) == 20
    all_well(process, openai, texts(20))
    assert {entry["cost_usd"] for entry in process.entries("outcome")} == {COST}


def test_each_line_stands_in_the_record_and_its_money_is_held_before_the_file_leaves(process, openai):
    process.rule = {"limits": {"spend_per_day": 1000}}
    seen = []

    def before(asked: str) -> None:
        if asked == "POST /v1/files":
            seen.append((len(process.entries()), process.held(), process.spent()))

    openai.before = before
    process.run(texts(6))
    assert seen == [(6, 6, 0.0)]
    assert (process.held(), process.spent()) == (0, pytest.approx(6 * COST))
    sizes = [len(line) + 1 for line in openai.contents["file-in1"].splitlines()]
    assert sorted(entry["bytes_out"] for entry in process.entries()) == sorted(sizes)


def test_what_is_sent_goes_on_in_another_process(process, openai):
    assert moods(process.run(texts(4), waits=False)) == ["batched"] * 4
    openai.holds = True
    assert moods(process.run(texts(4), waits=False)) == ["batched"] * 4
    openai.holds = False
    process.run(texts(4))
    all_well(process, openai, texts(4))
    assert openai.asked.count("POST /v1/files") == 1


def test_a_file_that_is_full_is_sent_and_the_next_begun(process, openai, monkeypatch):
    monkeypatch.setattr(lines, "MOST", 3)
    process.run(texts(8))
    assert sorted(batch["request_counts"]["total"] for batch in openai.batches.values()) == [2, 3, 3]
    all_well(process, openai, texts(8))


def test_all_pieces_of_a_text_wait_together(process, openai):
    openai.answer = lambda request, schema: {"ner": []}
    process.config, process.rule = ENTITIES, {"limits": {"piece_characters": 200}}
    process.run([f"{SECRET} came. {'He spoke at length. ' * 40}"])
    assert len(openai.batches) == 1
    assert len(openai.lines()) > 2
    assert len(process.predictions) == 1


def test_the_same_text_twice_is_paid_once(process, openai):
    process.config = ENTITIES
    openai.answer = lambda request, schema: {"ner": []}
    policy = process.policy()

    async def run() -> list[Outcome]:
        ours = open_lines(policy)
        engine = build_engine(policy, detect)
        engine.gateway.lines = ours
        outcomes: list[Outcome] = []

        async def predict() -> None:
            job = engine.job(ENTITIES, "7")
            outcomes[:] = await engine.predict(job, [Task({"text": "It rains."}, {}, "")] * 2)

        try:
            await ours.rounds(predict, waits=True)
        finally:
            await engine.aclose()
        return outcomes

    assert [type(outcome) for outcome in asyncio.run(run())] == [Prediction] * 2
    assert list(openai.paid.values()) == [1]


# --- whatever is killed, and whenever ---------------------------------------------------------------------------------

MOMENTS = (
    "before POST /v1/files",
    "after POST /v1/files",
    "before POST /v1/batches",
    "after POST /v1/batches",
    "before GET /v1/batches/batch_1",
    "after GET /v1/batches/batch_1",
    "before GET /v1/files/file-out2/content",
    "after GET /v1/files/file-out2/content",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_while_it_speaks_with_the_provider_it_pays_nothing_twice(process, openai, moment):
    when, _, wanted = moment.partition(" ")

    def kill(asked: str) -> None:
        if asked == wanted:
            setattr(openai, when, lambda asked: None)
            os.kill(process.child, signal.SIGKILL)

    setattr(openai, when, kill)
    assert process.killed(texts(5)) == -signal.SIGKILL
    process.run(texts(5))
    all_well(process, openai, texts(5))


@pytest.mark.parametrize(("work", "times"), [("_enter", 3), ("_settle", 1), ("_settle", 2), ("_book", 2)])
def test_killed_while_it_writes_its_books_it_counts_nothing_twice(process, openai, monkeypatch, work, times):
    monkeypatch.setattr(books, "CHUNK", 2)
    process.rule = {"limits": {"spend_per_day": 1000}}

    def doom() -> None:
        left, done = [times], getattr(books.BatchBooks, work)

        def doomed(*arguments: Any, **named: Any) -> Any:
            found = done(*arguments, **named)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        monkeypatch.setattr(books.BatchBooks, work, doomed)

    assert process.killed(texts(5), doom) == -signal.SIGKILL
    process.run(texts(5))
    all_well(process, openai, texts(5))
    assert process.spent() == pytest.approx(5 * COST)
    assert process.held() == 0


def test_two_that_do_the_same_at_once_pay_once(process, openai, tmp_path_factory):
    other = Process(tmp_path_factory.mktemp("other"), process.address, process.url)
    with ThreadPoolExecutor(2) as running:
        for done in [running.submit(one.run, texts(12)) for one in (process, other)]:
            done.result()
    all_well(process, openai, texts(12))
    assert other.predictions.keys() == process.predictions.keys()


def test_what_was_answered_is_there_again_until_its_provider_keeps_it_no_more(process, openai):
    process.run(texts(3))
    process.predictions.clear()
    process.run(texts(3))
    all_well(process, openai, texts(3))
    process.predictions.clear()
    del openai.contents[openai.batches["batch_1"]["output_file_id"]]
    assert moods(process.run(texts(3))) == ["batch_result"] * 3
    process.run(texts(3))
    assert len(process.predictions) == 3
    assert set(openai.paid.values()) == {2}


def test_a_batch_that_its_provider_knows_no_more_is_booked_at_its_worst(process, openai):
    process.run(texts(2), waits=False)
    del openai.batches["batch_1"]
    assert moods(process.run(texts(2))) == ["batch_result"] * 2
    process.run(texts(2))
    assert [entry["code"] for entry in process.entries("outcome")] == ["batch_result"] * 2 + [""] * 2
    assert min(entry["cost_usd"] for entry in process.entries("outcome")[:2]) > 0.5
    assert len(process.predictions) == 2


def test_a_batch_whose_answer_was_cut_is_found_again(process, openai):
    openai.statuses = [200, 0]
    with pytest.raises(ProviderDownError):
        process.run(texts(3))
    assert len(openai.batches) == 1
    process.run(texts(3))
    assert len(openai.batches) == 1
    all_well(process, openai, texts(3))


def test_a_provider_that_is_busy_is_asked_again(process, openai):
    openai.statuses = [429, 500, 200, 200, 503, 429, 500, 502, 503, 200, 429]
    process.run(texts(3))
    assert len(openai.batches) == 1
    all_well(process, openai, texts(3))


# --- what fails -------------------------------------------------------------------------------------------------------


def test_lines_that_were_not_done_in_time_are_asked_again_by_the_same_command(process, openai):
    openai.ends = "expired"
    found = process.run(texts(6))
    assert Counter(moods(found))["batch_expired"] == 3
    assert all(isinstance(outcome, Prediction | BatchExpiredError) for outcome in found)
    assert process.spent() == pytest.approx(3 * COST)
    openai.ends = "completed"
    process.run(texts(6))
    assert len(process.predictions) == 6
    assert set(openai.paid.values()) == {1}
    assert len(openai.lines()) == 9
    assert Counter(entry["code"] for entry in process.entries("outcome")) == {"": 6, "batch_expired": 3}


def test_a_file_that_is_refused_costs_nothing(process, openai):
    process.rule = {"limits": {"spend_per_day": 1000}}
    openai.ends = "failed"
    found = process.run(texts(3))
    assert {type(outcome) for outcome in found} == {BatchError}
    assert "token_limit_exceeded" in str(found[0])
    assert (process.held(), process.spent()) == (0, 0.0)
    openai.ends = "completed"
    process.run(texts(3))
    assert len(process.predictions) == 3


def test_a_line_that_fails_costs_the_others_nothing(process, openai):
    kinds: dict[str, int | str] = {
        "about 1.": 400,
        "about 2.": 500,
        "about 3.": "batch_cancelled",
        "about 4.": "odd_one",
    }

    def fails(_: str, body: dict[str, Any]) -> int | str | None:
        return next((kind for words, kind in kinds.items() if words in body["messages"][-1]["content"]), None)

    openai.fails = fails
    found = process.run(texts(6))
    codes = ["Bad", "provider_refusal", "provider_down", "batch", "batch", "Good"]
    assert moods(found) == codes
    assert all(SECRET not in str(outcome) for outcome in found)
    kinds.clear()
    assert moods(process.run(texts(6))) == ["Bad", "Good"] * 3
    assert set(openai.paid.values()) == {1}


def test_who_fails_is_followed_by_the_next_provider_of_the_rule(process, openai, own):
    own.answer = mood
    process.others = {"own": provider(own.address, external=False)}
    openai.fails = lambda name, body: 400
    assert moods(process.run(texts(2))) == ["Bad", "Good"]
    assert len(own.requests) == 2


def test_results_are_foreign_input(process, openai):
    def spoil(results: list[str]) -> list[str]:
        """Cut one, double one, lose one, add one of nobody; and change a number that is none."""
        stranger = json.dumps(json.loads(results[0]) | {"custom_id": "somebody"})
        counts = results[4].replace('"prompt_tokens": 10', '"prompt_tokens": -7')
        odd = ["[]", "null", '{"custom_id": 7}', "\x00", '{"custom_id": "x", "response": {"status_code": true}}']
        return [results[0][:90], results[1], results[1], stranger, results[3], counts, *odd, *results[5:]]

    openai.spoil = spoil
    found = process.run(texts(8))
    assert Counter(map(type, found)) == {Prediction: 5, BatchResultError: 3}
    for text, outcome in zip(texts(8), found, strict=True):
        if isinstance(outcome, Prediction):
            assert moods([outcome]) == ["Good" if int(NUMBER.findall(text)[0]) % 2 else "Bad"]
        else:
            assert isinstance(outcome, LabelguardError)
            assert re.search("is missing|stands twice", outcome.reason)
    tokens = [entry["tokens_in"] for entry in process.entries("outcome")]
    assert sorted(tokens)[:4] == [0, 0, 0, 0]
    assert min(entry["cost_usd"] for entry in process.entries("outcome")) == COST
    openai.spoil = list
    process.run(texts(8))
    assert len(process.predictions) == 8


def test_an_answer_that_does_not_fit_is_asked_for_in_a_second_batch(process, openai):
    openai.answer = lambda request, _: mood(request) if len(request["messages"]) > 2 else {"mood": "Perhaps"}
    assert moods(process.run(texts(3))) == ["Bad", "Good", "Bad"]
    assert [batch["request_counts"]["total"] for batch in openai.batches.values()] == [3, 3]
    assert SECRET.encode() not in openai.received
    assert len(process.entries()) == 6


def test_an_answer_that_never_fits_is_a_failure(process, openai):
    openai.answer = lambda request, _: {"mood": "Perhaps"}
    found = process.run(texts(2), waits=False)
    found = process.run(texts(2))
    assert {type(outcome) for outcome in found} == {InvalidAnswerError}
    assert len(openai.batches) == 2


def test_what_a_content_filter_stops_is_called_so(process, openai):
    openai.fails = lambda name, body: None
    openai.spoil = lambda results: [
        result.replace('"finish_reason": "stop"', '"finish_reason": "content_filter"') for result in results
    ]
    assert {type(outcome) for outcome in process.run(texts(2))} == {FilteredError}


# --- what may leave ---------------------------------------------------------------------------------------------------


def test_a_rule_that_does_not_allow_a_batch_has_nothing_sent(process, openai):
    process.rule = {"batch": False}
    (outcome,) = process.run(texts(1))
    assert isinstance(outcome, BatchDeniedError)
    assert openai.received == b""
    assert [entry["code"] for entry in process.entries("refusal")] == ["batch_denied"]


def test_p04_a_line_that_holds_a_value_that_was_replaced_is_not_sent(process, openai):
    task = Redactor(lambda text: [Detection(0, 4, "PERSON", 1.0)]).redact({"text": "Good"})
    as_it_is = Redactor(lambda _: []).pass_through({"text": "It rains."})
    plan = build_plan(SENTIMENT, HANDLERS)
    form = compose_answer(Question(plan, plan.asked, {}, {}), HANDLERS)
    policy = process.policy()

    async def run() -> None:
        ours = open_lines(policy)
        gateway = Gateway(open_attempt_log(process.folder), lines=ours)
        try:
            async with ours.collecting():
                for prompt in (task.clear([Message("user", "Label.")]), as_it_is.clear([])):
                    with pytest.raises(PrivacyError):
                        await gateway.ask(prompt, form, policy.providers, CallContext("7"))
                with pytest.raises(TypeError, match="ClearedPrompt"):
                    await gateway.ask("Label.", form, policy.providers, CallContext("7"))  # type: ignore[arg-type]
        finally:
            await gateway.aclose()

    asyncio.run(run())
    assert openai.received == b""
    assert process.entries() == []


def test_no_more_lines_are_sent_than_the_budget_has_room_for(process, openai):
    process.rule = {"limits": {"spend_per_day": 4.0}}
    found = process.run(texts(9))
    spent = [outcome for outcome in found if isinstance(outcome, DayBudgetError)]
    assert spent
    assert len(spent) < 9
    assert len(openai.lines()) == len(process.entries()) == 9 - len(spent)


def test_a_text_that_was_changed_meanwhile_does_not_get_the_answer(process, openai):
    process.run(texts(3), waits=False)
    changed = [*texts(2), f"{SECRET} spoke about 9."]
    assert moods(process.run(changed)) == ["Bad", "Good", "Good"]
    assert process.unused == 1
    assert len(openai.lines()) == 4
    assert len(process.entries("outcome")) == 4


def test_a_batch_of_another_address_is_none_of_the_policy(process, openai):
    process.run(texts(2), waits=False)
    with BatchStandIn(mood) as elsewhere:
        process.address = elsewhere.address
        process.run(texts(2))
        assert len(elsewhere.lines()) == 2
    assert openai.asked == ["POST /v1/files", "POST /v1/batches"]


def test_a_batch_that_is_ended_keeps_what_was_done(process, openai):
    process.run(texts(4), waits=False)

    async def cancel() -> str:
        ours = open_lines(process.policy())
        try:
            return await ours.sent.cancel("batch_1")
        finally:
            await ours.aclose()

    assert asyncio.run(cancel()) == "cancelling"
    assert Counter(moods(process.run(texts(4))))["batch"] == 2
    assert len(process.predictions) == 2
    assert len(openai.paid) == 2
    assert process.spent() == pytest.approx(2 * COST)


def test_one_who_has_no_such_api_is_told_so(tmp_path):
    with StandIn() as plain:
        process = Process(tmp_path, plain.address)
        with pytest.raises(LabelguardError, match="Batch API gave no answer that can be read"):
            process.run(texts(1))
        assert plain.requests == []
