"""An answer that was cut at max_tokens is asked for again: in halves of a text, or with more tokens."""

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.engine.ask import AskResult
from backend.engine.persistence import LEVELS, LONGER, Persistence
from backend.errors import CutAnswerError, ProviderDownError, RateLimitError, TaskTimeoutError, UnknownModelError
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Prediction, Task
from backend.model.attempts import MOST_TOKENS, CallContext
from backend.model.gateway import Reply
from backend.policy.types import Decision
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Detection, Operator
from backend.prompting.answer_form import compose_answer
from backend.prompting.calls import LEAST, halves, plan_calls
from backend.prompting.task_texts import BoundTask, read_task
from backend.providers import Provider
from backend.results.regions import Results
from tests.parts import ALL, ENTITIES, HANDLERS, SENTIMENT, SUMMARY, build_engine, provider, write_policy
from tests.standin import StandIn, schema_of

CODE = re.compile(r"ZX-\d+")
NAMES = re.compile(r"Mary Lee|Ann")
PARAGRAPHS = (
    '<View><Paragraphs name="text" value="$text" nameKey="who" textKey="says"/>'
    '<ParagraphLabels name="ner" toName="text"><Label value="PER"/></ParagraphLabels></View>'
)
HTML = (
    '<View><HyperText name="text" value="$text"/><HyperTextLabels name="ner" toName="text"><Label value="PER"/>'
    "</HyperTextLabels></View>"
)
OWN = Provider("own", "openai", "m", external=False)


def entities(text):
    return [{"label": "PER", "text": code} for code in CODE.findall(text)]


def detect(text):
    return [Detection(match.start(), match.end(), "PERSON", 0.9) for match in NAMES.finditer(text)]


def long_text(number, words="He sent {} to us today. "):
    return "".join(words.format(f"ZX-{n}") for n in range(number))


# --- the way of a task ------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """A server's engine, a rule and a stand-in whose answers are as long as max_tokens lets them be."""

    outcome: object
    requests: list[dict[str, Any]]
    port: int
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def asked(self):
        return [request["max_tokens"] for request in self.requests]


def run(tmp_path, config, text, answer, **settings):
    """Predict a task; settings: most (tokens), token (its characters), rule and providers that come beside."""
    token, most = settings.get("token", 3), settings.get("most", 1024)
    with StandIn(answer, port=settings.get("port", 0)) as standin:
        standin.token = token
        providers = {"own": provider(standin.address, "openai", external=False, max_tokens=most)}
        providers |= settings.get("providers", {})
        rules = [{"name": "all", "match": "everything", "providers": list(providers), "redact": False}]
        rules = [rule | settings.get("rule", {}) for rule in rules]
        policy = write_policy(tmp_path, providers, rules)
        engine = build_engine(policy, lambda text: [], keeps=True)

        async def predict():
            try:
                return (await engine.predict(engine.job(config, "1"), [Task({"text": text})]))[0]
            finally:
                await engine.aclose()

        found = Run(asyncio.run(predict()), standin.requests, standin.port)
    with closing(sqlite3.connect(tmp_path / "state.db")) as state:
        entries = [json.loads(row[0]) for row in state.execute("SELECT body FROM record_entries ORDER BY seq")]
    found.outcomes = [entry for entry in entries if entry["kind"] == "outcome"]
    return found


def shown(request):
    return request["messages"][-1]["content"].removeprefix("<text>\n").removesuffix("\n</text>")


def marking(request, schema):
    """Mark all codes that are shown, and answer all else that is asked."""
    answers = {"ner": entities(shown(request)), "mood": "Good", "summary": "Some codes."}
    return {key: answers[key] for key in schema["properties"]}


def wordy(request, schema):
    return {"summary": "word " * 900}


def codes(prediction):
    return [r["value"]["text"] for r in prediction.result if r["type"] == "labels"]


def test_spans_are_asked_for_each_half_of_the_text(tmp_path):
    text = long_text(100)
    found = run(tmp_path, ENTITIES, text, marking)
    assert isinstance(found.outcome, Prediction)
    assert sorted(codes(found.outcome)) == sorted(CODE.findall(text))
    assert found.asked == [1024, 1024, 1024]
    assert all(0 < len(shown(request)) < 0.6 * len(text) for request in found.requests[1:])
    assert len(found.outcomes) == 3


def test_all_else_is_asked_apart_and_once(tmp_path):
    found = run(tmp_path, ALL, long_text(100), marking)
    assert len(codes(found.outcome)) == 100
    assert {r["from_name"] for r in found.outcome.result} == {"mood", "ner", "summary"}
    asked = [sorted(schema_of(request)["properties"]) for request in found.requests]
    assert asked == [["mood", "ner", "summary"], ["mood", "summary"], ["ner"], ["ner"]]
    assert shown(found.requests[1]) == long_text(100)


def test_what_has_no_halves_is_asked_with_more_tokens(tmp_path):
    found = run(tmp_path, SUMMARY, "A text.", lambda request, schema: {"summary": "word " * 500}, most=512)
    assert isinstance(found.outcome, Prediction)
    assert found.asked == [512, 512 * LONGER]


def test_a_short_text_is_not_halved(tmp_path):
    text = long_text(10)
    assert len(text) < LEAST
    found = run(tmp_path, ENTITIES, text, marking, most=64)
    assert len(codes(found.outcome)) == 10
    assert found.asked == [64, 64 * LONGER]


def test_an_answer_without_end_costs_few_attempts_and_tells_the_number(tmp_path):
    def endless(request, schema):
        return '{"ner": [' + '{"label": "PER", "text": "ZX-1"}, ' * 100_000

    found = run(tmp_path, ENTITIES, long_text(200), endless, most=1000)
    assert isinstance(found.outcome, CutAnswerError)
    assert "max_tokens (1000)" in found.outcome.reason
    assert "max_tokens (4000)" in found.outcome.reason
    assert found.asked == [1000] * (LEVELS + 1) + [4000]
    assert len(found.outcomes) == LEVELS + 2


def test_thoughts_that_take_all_tokens_are_given_more(tmp_path):
    found = run(tmp_path, SENTIMENT, "A text.", thinking)
    assert isinstance(found.outcome, Prediction)
    assert found.asked == [1024, 4096]


def thinking(request, schema):
    """Think for 2,000 tokens before the answer, in white space, as it counts for none."""
    return " " * 6000 + '{"mood": "Good"}'


def test_more_tokens_have_a_bound(tmp_path):
    ends = lambda request, schema: "[" * 1_000_000  # noqa: E731
    assert run(tmp_path, SENTIMENT, "A text.", ends, most=MOST_TOKENS - 1, token=1).asked[1:] == [MOST_TOKENS]
    (tmp_path / "b").mkdir()
    assert run(tmp_path / "b", SENTIMENT, "A text.", ends, most=MOST_TOKENS, token=1).asked == [MOST_TOKENS]


def test_each_attempt_is_booked_with_the_tokens_that_it_was_asked_with(tmp_path):
    """The worst case of the second attempt is more than the rule's minute holds: it is not made."""
    rule = {"limits": {"tokens_per_minute": 4000}}
    found = run(tmp_path, SUMMARY, "A text.", wordy, rule=rule)
    assert isinstance(found.outcome, RateLimitError)
    assert found.asked == [1024]


def test_an_answer_that_was_longer_is_kept_by_what_it_was_asked_with(tmp_path):
    rule = {"retention": {"answers_hours": 1}}
    found = run(tmp_path, SUMMARY, "A text.", wordy, rule=rule)
    again = run(tmp_path, SUMMARY, "A text.", wordy, rule=rule, port=found.port)
    assert isinstance(again.outcome, Prediction)
    assert (found.asked, again.asked) == ([1024, 4096], [1024])  # one that was cut is none, and is not kept


def test_who_asks_again_does_not_wait_for_what_was_cut_before(tmp_path):
    """A request may end before both are answered; the next goes on from there."""
    with StandIn(wordy) as standin:
        standin.token = 3
        own = {"own": provider(standin.address, "openai", external=False)}
        rule = {"name": "all", "match": "everything", "providers": ["own"], "redact": False}
        rule |= {"retention": {"answers_hours": 1}}
        engine = build_engine(write_policy(tmp_path, own, [rule]), lambda text: [], keeps=True)

        async def predict():
            try:
                return [(await engine.predict(engine.job(SUMMARY, "1"), [Task({"text": "A text."})]))[0] for _ in "12"]
            finally:
                await engine.aclose()

        first, again = asyncio.run(predict())
    assert isinstance(first, Prediction)
    assert isinstance(again, Prediction)
    assert [request["max_tokens"] for request in standin.requests] == [1024, 4096]


def test_the_time_of_a_task_holds_all_the_same(tmp_path):
    def endless(request, schema):
        return "[" * 100_000

    with StandIn(endless) as standin:
        standin.token = 3
        standin.moods = lambda: (200, "hang" if len(standin.requests) > 1 else "")
        own = {"own": provider(standin.address, "openai", external=False)}
        rule = {"name": "all", "match": "everything", "providers": ["own"], "redact": False}
        engine = build_engine(write_policy(tmp_path, own, [rule | {"limits": {"task_timeout_s": 1.0}}]), lambda t: [])

        async def predict():
            try:
                return (await engine.predict(engine.job(SENTIMENT, "1"), [Task({"text": "A text."})]))[0]
            finally:
                await engine.aclose()

        assert isinstance(asyncio.run(predict()), TaskTimeoutError)


def test_a_provider_after_it_that_is_down_does_not_hide_that_one_was_cut(tmp_path):
    down = {"down": provider("http://127.0.0.1:9/v1", "openai", external=False, attempts=1)}
    found = run(tmp_path, ENTITIES, long_text(100), marking, providers=down)
    assert len(codes(found.outcome)) == 100


# --- how it goes on ---------------------------------------------------------------------------------------------------


def persist(ask, decision=Decision("r", (OWN,)), halve=lambda call: ()):  # noqa: B008
    task = prepare(ENTITIES, "Ann.")
    (call,) = plan_calls(task, HANDLERS, 10_000)
    return asyncio.run(Persistence(ask, halve, decision, CallContext("1")).answers(written(call)))


def written(call):
    """Return a call as it is asked; what is sent is not looked at here."""
    nothing: Any = None
    return call, nothing, compose_answer(call.question, HANDLERS)


def failing(*errors):
    left = list(errors)

    async def ask(written, decision, call_context):
        error = left.pop(0)
        if isinstance(error, Exception):
            raise error
        return error

    return ask


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (CutAnswerError("own", "cut at 4096"), CutAnswerError),
        (UnknownModelError("own", "no room for so much"), CutAnswerError),
        (ProviderDownError("own", "is down"), ProviderDownError),
    ],
)
def test_what_the_second_attempt_says_is_told_beside_the_first(second, kind):
    with pytest.raises(kind) as caught:
        persist(failing(CutAnswerError("own", "cut at 1024"), second))
    if kind is CutAnswerError:
        assert caught.value.reason.startswith("provider own: cut at 1024; asked for again: provider own: ")


def test_only_who_can_write_more_is_asked_again():
    full = replace(OWN, name="full", max_tokens=MOST_TOKENS)
    seen = []

    async def ask(written, decision, call_context):
        seen.append([provider.name for provider in decision.providers])
        raise CutAnswerError("own", "cut")

    with pytest.raises(CutAnswerError):
        persist(ask, Decision("r", (full, OWN)))
    assert seen == [["full", "own"], ["own"]]


# --- halves -----------------------------------------------------------------------------------------------------------


def prepare(config, data, operators=None):
    plan = build_plan(config, HANDLERS)
    reading = read_task(plan, Decision("", ()), (), {"text": data})
    redactor = Redactor(detect)
    task = redactor.redact(
        reading.texts(), RedactOptions(borders=reading.borders(), operators=operators or {}, seed="s")
    )
    return BoundTask.of(plan, reading, task)


def answer_to(call, words=CODE.findall):
    """Mark all codes and names that are shown."""
    text = call.texts.documents["text"]
    return {"ner": [{"label": "PER", "text": word} for word in dict.fromkeys(words(text))]}


def spans(task, config, most):
    """Return the spans that come of answers of at most so many characters, and the texts that were shown."""
    results = Results.of(task, HANDLERS)
    (whole,) = plan_calls(task, HANDLERS, 1_000_000)
    texts = []
    words = re.compile(r"ZX-\d+|\[PERSON_\d+(?:_[A-Z])?\]|" + "|".join(tokens(task)) + r"|Mary Lee|Ann").findall

    async def ask(asked, decision, call_context):
        call, _, form = asked
        said = json.dumps(answer_to(call, words))
        if len(said) > most * call_context.longer:
            raise CutAnswerError("own", "cut")
        texts.append(call.texts.documents["text"])
        return AskResult(Reply(form.model_validate_json(said), "own", said, (), 1, 0, 0))

    persistence = Persistence(
        ask, lambda call: list(map(written, halves(call, task))), Decision("r", (OWN,)), CallContext("1")
    )
    for call, asked in asyncio.run(persistence.answers(written(whole))):
        results.add(call.question, asked.reply.answer, call.pieces)
    found = [{**a.result["value"], "labels": None} for a in results.answers]
    return sorted(found, key=json.dumps), texts


def tokens(task):
    found = {p.token for text in task.task.fields.values() for p in text.placeholders}
    return sorted(map(re.escape, found), key=len, reverse=True) or ["(?!)"]


words = st.sampled_from(
    [
        "ZX-{}",
        "ZX-{}.",
        "ZX-{}!",
        "Ann",
        "Mary Lee",
        "😀",
        "👩‍👩‍👧",
        "naïve",
        "слово",
        "went\n\n",
        "to. ",
        "the",
        "«{}»",
    ]
)
texts = st.lists(words, min_size=60, max_size=150).map(
    lambda many: " ".join(word.replace("{}", str(n)) for n, word in enumerate(many))
)


def paragraphs(text):
    return [{"who": f"W{n}", "says": line} for n, line in enumerate(text.split(". ")) if line.strip()]


def html(text):
    return "".join(f"<p>{line}<br/>&amp;</p>" for line in text.split(". "))


@pytest.mark.parametrize("operators", [{}, {"*": Operator("surrogate")}], ids=["placeholders", "surrogates"])
@pytest.mark.parametrize(
    ("config", "data"),
    [(ENTITIES, str), (PARAGRAPHS, paragraphs), (HTML, html)],
    ids=["Text", "Paragraphs", "HyperText"],
)
def test_p09_spans_found_by_halves_are_those_found_whole(config, data, operators):
    seen = set()

    @settings(max_examples=20)
    @given(texts, st.integers(800, 2000))
    @example(" ".join(f"ZX-{n} to. Ann went 😀" for n in range(100)), 900)
    def check(text, most):
        task = prepare(config, data(text), operators)
        by_halves, parts = spans(task, config, most)
        whole, _ = spans(task, config, 10**9)
        assert by_halves == whole
        own = re.compile("|".join(tokens(task)))
        for part in parts:
            assert not re.search(r"\[|\]|PERSON", own.sub("", part))  # what stands for a value is never cut
        seen.add(len(parts) > 1)

    check()
    assert True in seen


def test_a_required_mark_need_not_stand_in_each_half():
    config = ENTITIES.replace('toName="text"', 'toName="text" required="true"')
    task = prepare(config, "Nothing here. " * 40 + long_text(20))
    (whole,) = plan_calls(task, HANDLERS, 10_000)
    first, *_ = halves(whole, task)
    compose_answer(first.question, HANDLERS).model_validate({"ner": []})
    with pytest.raises(ValueError, match="at least 1"):
        compose_answer(whole.question, HANDLERS).model_validate({"ner": []})


def test_no_mention_is_lost_at_the_border_of_two_halves_where_there_are_no_spaces():
    text = "".join(f"第{n:03}号阀门坏了" for n in range(200))
    task = prepare(ENTITIES, text)
    (whole,) = plan_calls(task, HANDLERS, 10_000)
    shown = [half.texts.documents["text"] for half in halves(whole, task)]
    assert all(any(f"第{n:03}号阀门" in half for half in shown) for n in range(200))


def test_halves_get_smaller_and_end():
    task = prepare(ENTITIES, "x" * 5000)
    (whole,) = plan_calls(task, HANDLERS, 10_000)
    level, calls = 0, [whole]
    while calls:
        level += 1
        calls = [half for call in calls for half in halves(call, task)]
        assert all(len(call.texts.documents["text"]) <= 5000 * 0.57**level + 2 for call in calls)
    assert level < 7
